// Reading of the scenario file.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {
namespace {

/// A FieldReader that remembers which keys were asked for, so that all others can be refused.
class Section {
 public:
  Section(const Json& object, std::vector<FieldError>& errors, const std::string& prefix)
      : object_{object}, errors_{errors}, reader_{object, errors, prefix}, prefix_{prefix} {}

  void integer(std::string_view name, int& out, int min, int max) {
    if (const auto value = reader_.integer(known(name), min, max)) out = static_cast<int>(*value);
  }
  void wait(std::string_view name, milliseconds& out) {
    if (const auto value = reader_.integer(known(name), 0, kMaxWait)) out = milliseconds{*value};
  }
  void wait(std::string_view name, std::optional<milliseconds>& out) {
    if (const auto value = reader_.integer(known(name), 0, kMaxWait)) out = milliseconds{*value};
  }
  void number(std::string_view name, double& out, double min, double max) {
    if (const auto value = reader_.number(known(name), min, max)) out = *value;
  }
  void text(std::string_view name, std::string& out) {
    if (auto value = reader_.string(known(name))) out = std::move(*value);
  }
  void flag(std::string_view name, bool& out) {
    if (const auto value = reader_.boolean(known(name))) out = *value;
  }
  const Json* object(std::string_view name) { return reader_.object(known(name)); }
  /// The value itself, whatever it is; nullptr when absent.
  const Json* any(std::string_view name) {
    const auto found = object_.find(std::string{known(name)});
    return found == object_.end() ? nullptr : &*found;
  }
  std::string path(std::string_view name) const {
    return prefix_.empty() ? std::string{name} : prefix_ + "." + std::string{name};
  }
  void fail(std::string_view name, std::string message) { errors_.emplace_back(path(name), std::move(message)); }
  void refuse_unknown() {
    for (const auto& entry : object_.items())
      if (std::find(known_.begin(), known_.end(), entry.key()) == known_.end()) fail(entry.key(), "is not a known key");
  }

 private:
  static constexpr std::int64_t kMaxWait = 24 * 3'600'000;
  std::string_view known(std::string_view name) {
    known_.emplace_back(name);
    return name;
  }
  const Json& object_;
  std::vector<FieldError>& errors_;
  FieldReader reader_;
  std::string prefix_;
  std::vector<std::string> known_;
};

CreateFault read_create_fault(const Json& json, std::vector<FieldError>& errors, const std::string& path) {
  CreateFault fault;
  const Json as_object = json.is_string() ? Json{{"mode", json}} : json;
  if (!as_object.is_object()) {
    errors.emplace_back(path, "must be a mode or an object");
    return fault;
  }
  Section in{as_object, errors, path};
  std::string mode = "ok";
  in.text("mode", mode);
  if (const auto parsed = parse_create_mode(mode)) {
    fault.mode = *parsed;
  } else {
    in.fail("mode", "\"" + mode + "\" is no mode of a create request");
  }
  in.wait("answer_delay_ms", fault.answer_delay);
  in.integer("http", fault.http, 400, 599);
  in.integer("code", fault.code, 0, 99'999);
  in.refuse_unknown();
  return fault;
}

void read_personas(Section& in, NumberRule& rule) {
  const Json* value = in.any("persona");
  if (value == nullptr) return;
  rule.personas.clear();
  const Json list = value->is_array() ? *value : Json::array({*value});
  for (const auto& entry : list) {
    const auto name = entry.is_string() ? entry.get<std::string>() : entry.dump();
    if (name == "mix" && list.size() == 1) return;
    if (const auto persona = parse_persona(name)) {
      rule.personas.push_back(*persona);
    } else {
      in.fail("persona", "\"" + name + "\" is no persona");
    }
  }
}

void read_webhooks(const Json& json, WebhookFaults& faults, std::vector<FieldError>& errors, const std::string& path) {
  Section in{json, errors, path};
  in.number("lose", faults.lose, 0, 1);
  in.number("duplicate", faults.duplicate, 0, 1);
  in.number("bad_signature", faults.bad_signature, 0, 1);
  in.integer("copies", faults.copies, 2, 10);
  in.wait("delay_max_ms", faults.delay_max);
  in.number("late", faults.late, 0, 1);
  in.wait("late_ms", faults.late_by);
  in.flag("twiml_twice", faults.twiml_twice);
  in.refuse_unknown();
}

NumberRule read_number(const Json& json, NumberRule rule, std::vector<FieldError>& errors, const std::string& path) {
  const Json as_object = json.is_string() ? Json{{"persona", json}} : json;
  if (!as_object.is_object()) {
    errors.emplace_back(path, "must be a persona or an object");
    return rule;
  }
  Section in{as_object, errors, path};
  read_personas(in, rule);
  in.wait("ring_ms", rule.ring);
  if (in.any("turns") != nullptr) {
    int turns = 0;
    in.integer("turns", turns, 0, 100);
    rule.turns = turns;
  }
  in.wait("talk_ms", rule.talk);
  in.integer("sip_code", rule.sip_code, 0, 699);
  in.integer("refuse_code", rule.refuse_code, 10'000, 99'999);
  in.text("digits", rule.digits);
  in.text("answered_by", rule.answered_by);
  in.wait("verdict_after_ms", rule.verdict_after);
  in.text("screening", rule.screening);
  if (!rule.screening.empty() && rule.screening != "through" && rule.screening != "declined")
    in.fail("screening", "must be through or declined");
  if (const Json* create = in.any("create")) {
    rule.create.clear();
    const Json list = create->is_array() ? *create : Json::array({*create});
    for (const auto& entry : list) rule.create.push_back(read_create_fault(entry, errors, in.path("create")));
  }
  if (const Json* webhooks = in.object("webhooks"))
    read_webhooks(*webhooks, rule.webhooks, errors, in.path("webhooks"));
  in.refuse_unknown();
  return rule;
}

void read_tools(const Json& list, AgentRule& rule, std::vector<FieldError>& errors, const std::string& path) {
  rule.tools.clear();
  if (!list.is_array()) return void(errors.emplace_back(path, "must be a list"));
  for (const auto& entry : list) {
    if (!entry.is_object()) {
      errors.emplace_back(path, "must hold objects");
      continue;
    }
    ToolCue cue;
    Section in{entry, errors, path};
    in.text("name", cue.name);
    if (cue.name.empty()) in.fail("name", "is required");
    if (const Json* parameters = in.object("parameters")) cue.parameters = *parameters;
    in.integer("turn", cue.turn, 1, 100);
    in.flag("expects_response", cue.expects_response);
    in.flag("twice", cue.twice);
    in.refuse_unknown();
    rule.tools.push_back(std::move(cue));
  }
}

AgentRule read_agent(const Json& json, AgentRule rule, std::vector<FieldError>& errors, const std::string& path) {
  Section in{json, errors, path};
  std::string mode;
  in.text("mode", mode);
  if (mode == "tone") {
    rule.mode = AgentMode::Tone;
  } else if (mode == "silent") {
    rule.mode = AgentMode::Silent;
  } else if (mode == "speech") {
    rule.mode = AgentMode::Speech;
  } else if (!mode.empty()) {
    in.fail("mode", "must be speech, tone or silent");
  }
  in.integer("turns", rule.turns, 0, 100);
  in.integer("signed_url_status", rule.signed_url_status, 200, 599);
  in.integer("handshake_status", rule.handshake_status, 101, 599);
  in.wait("close_after_ms", rule.close_after);
  in.integer("close_code", rule.close_code, 1000, 4999);
  in.wait("mute_after_ms", rule.mute_after);
  in.text("close_error", rule.close_error);
  in.text("metadata_format", rule.metadata_format);
  in.flag("cut_in_frame", rule.cut_in_frame);
  in.flag("odd_chunks", rule.odd_chunks);
  in.integer("interruption_offset", rule.interruption_offset, -100, 100);
  in.integer("times", rule.times, 0, 1'000'000);
  in.wait("ready_after_ms", rule.ready_after);
  in.wait("first_audio_ms", rule.first_audio);
  in.integer("chunk_ms", rule.chunk_ms, 20, 10'000);
  in.wait("first_message_ms", rule.first_message);
  if (const Json* tools = in.any("tools")) read_tools(*tools, rule, errors, in.path("tools"));
  in.text("tier", rule.tier);
  in.integer("subscription_status", rule.subscription_status, 200, 599);
  in.integer("speech_status", rule.speech_status, 200, 599);
  in.wait("speech_delay_ms", rule.speech_delay);
  in.refuse_unknown();
  return rule;
}

void read_carrier(const Json& json, CarrierRule& rule, std::vector<FieldError>& errors) {
  Section in{json, errors, "carrier"};
  in.wait("list_lag_ms", rule.list_lag);
  in.wait("recording_lag_ms", rule.recording_lag);
  in.wait("answer_delay_ms", rule.answer_delay);
  in.number("calls_per_second", rule.calls_per_second, 0, 10'000);
  in.integer("max_concurrent", rule.max_concurrent, 0, 1'000'000);
  in.wait("stream_delay_ms", rule.stream_delay);
  in.flag("action_after_hangup", rule.action_after_hangup);
  in.refuse_unknown();
}

void read_mix(const Json& json, Scenario& scenario, std::vector<FieldError>& errors) {
  scenario.mix.clear();
  for (const auto& entry : json.items()) {
    const auto persona = parse_persona(entry.key());
    if (!persona || !entry.value().is_number_unsigned()) {
      errors.emplace_back("mix." + entry.key(), "must be a persona with a whole weight");
      continue;
    }
    scenario.mix[*persona] = entry.value().get<int>();
  }
}

Error first_errors(const std::vector<FieldError>& errors) {
  std::string text = "the scenario is wrong:";
  for (const auto& error : errors) text += " " + error.field + " " + error.message + ";";
  text.pop_back();
  return Error{Errc::InvalidInput, text};
}

}  // namespace

Result<Scenario> parse_scenario(const Json& json) {
  if (!json.is_object()) return Error{Errc::InvalidInput, "the scenario must be a JSON object"};
  Scenario scenario;
  std::vector<FieldError> errors;
  Section in{json, errors, ""};
  if (const Json* seed = in.any("seed"); seed != nullptr && seed->is_number_unsigned()) scenario.seed = *seed;
  if (const Json* mix = in.object("mix")) read_mix(*mix, scenario, errors);
  if (const Json* rule = in.any("default")) scenario.fallback = read_number(*rule, {}, errors, "default");
  if (const Json* numbers = in.object("numbers"))
    for (const auto& entry : numbers->items())
      scenario.numbers[entry.key()] = read_number(entry.value(), scenario.fallback, errors, "numbers." + entry.key());
  if (const Json* agent = in.object("agent")) scenario.agent = read_agent(*agent, {}, errors, "agent");
  if (const Json* agents = in.object("agents"))
    for (const auto& entry : agents->items())
      scenario.agents[entry.key()] = read_agent(entry.value(), scenario.agent, errors, "agents." + entry.key());
  if (const Json* carrier = in.object("carrier")) read_carrier(*carrier, scenario.carrier, errors);
  in.refuse_unknown();
  if (!errors.empty()) return first_errors(errors);
  return scenario;
}

Result<Scenario> read_scenario(const std::string& path) {
  std::ifstream file{path};
  if (!file) return Error{Errc::NotFound, "cannot read the scenario file " + path};
  std::ostringstream text;
  text << file.rdbuf();
  const auto json = parse_json(text.str());
  if (!json) return Error{Errc::InvalidInput, "the scenario file " + path + ": " + json.error().detail};
  return parse_scenario(*json);
}

}  // namespace otto::sandbox
