#include "otto/sandbox/sandbox.hpp"

#include "otto/audio/wav.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::sandbox {
namespace {

constexpr std::string_view kControl = "/_sandbox/";

net::ServerLimits wide_limits() {
  net::ServerLimits limits;  // all traffic comes from one loopback address
  limits.connections = 100'000;
  limits.connections_per_address = 100'000;
  return limits;
}

std::uint64_t salt_from(const Options& options) {
  if (options.id_salt != 0) return options.id_salt;
  std::uint64_t salt = 0;
  for (const char c : crypto::random_bytes(8)) salt = salt << 8 | static_cast<unsigned char>(c);
  return salt;
}

CallLookup lookup_in(Carrier& carrier) {
  CallLookup lookup;
  lookup.find = [&carrier](const std::string& name, const std::string& conversation) {
    PhoneCall* call = carrier.find_named(name);
    if (call == nullptr) return std::string{};
    call->link_conversation(conversation);
    return call->record().sid;
  };
  lookup.last_words = [&carrier](const std::string& sid) {
    const PhoneCall* call = carrier.find(sid);
    return call == nullptr || call->voice() == nullptr ? std::string{} : call->voice()->last_text();
  };
  return lookup;
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::make(Loop& loop, rt::Timers& timers, const Options& options) {
  auto clips = load_clips(options.samples);
  if (!clips) return clips.error();
  std::unique_ptr<Sandbox> sandbox{new Sandbox{loop, timers, options, std::move(*clips)}};
  if (!options.log_file.empty()) {
    const auto opened = sandbox->world_.ledger.open(options.log_file);
    if (!opened) return opened.error();
  }
  for (const auto& spec : options.sheets) {
    const auto added = sandbox->sheets_.add(spec);
    if (!added) return added.error();
  }
  return sandbox;
}

Sandbox::Sandbox(Loop& loop, rt::Timers& timers, const Options& options, Clips clips)
    : world_{loop, timers, options.identity, options.scenario, std::move(clips), options.speed, salt_from(options)},
      carrier_{world_},
      agents_{world_, lookup_in(carrier_)},
      sheets_{world_},
      google_{world_, sheets_},
      server_{loop, *this, wide_limits()} {}

Task<void> Sandbox::stop() {
  server_.stop_accepting();
  world_.tasks.stop();
  co_await world_.tasks.join();
  co_await server_.stop();
}

std::size_t Sandbox::max_body(const net::Request& head) {
  return head.path.starts_with("/2010-04-01/") ? 256 * 1024 : 4 * 1024 * 1024;
}

Task<net::Response> Sandbox::handle(net::Request request) {
  net::Response response;
  if (request.path.starts_with("/2010-04-01/")) {
    response = co_await carrier_.handle(std::move(request));
  } else if (request.path.starts_with("/v1/")) {
    response = co_await agents_.handle(std::move(request));
  } else if (request.path.starts_with("/spreadsheets/") || request.path.starts_with("/export/") ||
             request.path == "/ServiceLogin") {
    response = sheets_.handle(request);
  } else if (request.path.starts_with("/v4/") || request.path == "/token") {
    response = google_.handle(request);
    if (google_.latency() > milliseconds{0}) co_await world_.timers.sleep_for(google_.latency());
  } else if (request.path.starts_with(kControl)) {
    response = control(request);
  } else {
    response = net::error_response(404, "not_found",
                                   "The sandbox serves /2010-04-01/, /v1/, /v4/, /spreadsheets/ and /_sandbox/.");
  }
  co_return response;
}

Task<net::HttpHandler::Upgrade> Sandbox::upgrade(net::Request request) { return agents_.upgrade(std::move(request)); }

net::Response Sandbox::control(const net::Request& request) {
  const auto path = split(std::string_view{request.path}.substr(kControl.size()), '/');
  const bool get = request.method == "GET";
  if (request.method == "POST" && path[0] == "scenario") return replace_scenario(request);
  if (path[0] == "google" && path.size() == 1) return google_.control(request);
  if (path[0] == "sheets" && path.size() == 2) return sheets_.control(request, path[1]);
  if (!get) return net::error_response(405, "method_not_allowed", "Only GET is served here.");
  if (path[0] == "calls" && path.size() == 1) {
    Json list = Json::array();
    for (const auto& call : carrier_.calls()) list.push_back(truth_json(call->record()));
    return net::json_response(200, {{"calls", std::move(list)}, {"live", carrier_.live()}});
  }
  if (path[0] == "conversations" && path.size() == 1) {
    Json list = Json::array();
    for (const auto& record : agents_.conversations()) list.push_back(truth_json(*record));
    return net::json_response(200, {{"conversations", std::move(list)}});
  }
  if (path.size() == 3) return heard(path[0], path[1], path[2]);
  if (path[0] == "violations") return net::json_response(200, {{"violations", world_.ledger.violations()}});
  if (path[0] == "log") {
    const auto since = request.query_value("since").value_or("0");
    const bool number =
        !since.empty() && since.size() < 19 && since.find_first_not_of("0123456789") == std::string::npos;
    return net::Response{200, "application/x-ndjson", world_.ledger.lines_after(number ? std::stoull(since) : 0)};
  }
  if (path[0] == "health")
    return net::json_response(200, {{"ok", true}, {"live", carrier_.live()}, {"last", world_.ledger.last()}});
  return net::error_response(404, "not_found", "There is no control route " + request.path + ".");
}

net::Response Sandbox::heard(const std::string& kind, const std::string& id, const std::string& what) {
  const auto missing = net::error_response(404, "not_found", "There is no such recording.");
  if (kind == "conversations" && what == "heard.wav") {
    const auto record = agents_.find(id);
    if (!record) return missing;
    const audio::Wav wav{record->input, record->heard};
    return net::Response{200, "audio/wav", audio::format_wav(wav)};
  }
  PhoneCall* call = kind == "calls" ? carrier_.find(id) : nullptr;
  if (call == nullptr) return missing;
  if (what == "heard.wav") return net::Response{200, "audio/wav", ulaw_wav(call->record().otto_audio, nullptr)};
  if (what == "said.wav") return net::Response{200, "audio/wav", ulaw_wav(call->record().callee_audio, nullptr)};
  return missing;
}

net::Response Sandbox::replace_scenario(const net::Request& request) {
  const auto json = parse_json(request.body);
  if (!json) return net::error_response(json.error());
  auto scenario = parse_scenario(*json);
  if (!scenario) return net::error_response(scenario.error());
  world_.scenario = std::move(*scenario);
  world_.ledger.note("scenario", {{"scenario", *json}});
  return net::json_response(200, {{"ok", true}});
}

}  // namespace otto::sandbox
