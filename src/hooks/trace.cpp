#include "otto/hooks/trace.hpp"

#include <algorithm>
#include <optional>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/rt/group.hpp"

namespace otto::hooks {

namespace {

/// SpanKind and StatusCode of opentelemetry/proto/trace/v1/trace.proto.
constexpr int kInternal = 1, kClient = 3, kError = 2;
constexpr milliseconds kLook{1000};

std::string nanos(TimePoint at) {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count());
}

Json attribute(std::string_view key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}
Json attribute(std::string_view key, std::int64_t value) {  // a 64-bit number is a string in protobuf's JSON
  return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}};
}

/// 16 hex digits, the same whenever the same call is exported.
std::string span_id(const std::string& trace, std::string_view name) {
  return crypto::sha256_hex(trace + std::string{name}).substr(0, 16);
}

struct Maker {
  const ports::CallDetail& detail;
  std::string trace;
  Json::array_t spans;

  std::optional<TimePoint> first(FactKind kind) const {
    const auto fact = std::ranges::find(detail.facts, kind, &Fact::kind);
    return fact == detail.facts.end() ? std::nullopt : std::optional{fact->at};
  }
  std::optional<TimePoint> status(LegStatus status) const {
    const auto fact = std::ranges::find_if(
        detail.facts, [&](const Fact& f) { return f.kind == FactKind::Status && f.status == status; });
    return fact == detail.facts.end() ? std::nullopt : std::optional{fact->at};
  }

  Json& add(std::string_view name, int kind, TimePoint from, TimePoint to) {
    Json span{{"traceId", trace},
              {"spanId", span_id(trace, name)},
              {"name", name},
              {"kind", kind},
              {"startTimeUnixNano", nanos(from)},
              {"endTimeUnixNano", nanos(std::max(from, to))},
              {"attributes", Json::array()}};
    if (!spans.empty()) span["parentSpanId"] = span_id(trace, "call");
    return spans.emplace_back(std::move(span));
  }

  void call(TimePoint from, TimePoint to) {
    const ports::CallLine& line = detail.line;
    Json& span = add("call", kClient, from, to);
    Json& attributes = span["attributes"];
    attributes.push_back(attribute("otto.attempt", line.attempt->value));
    attributes.push_back(attribute("otto.call_sid", line.call_sid));
    if (line.campaign_id) attributes.push_back(attribute("otto.campaign", *line.campaign_id));
    attributes.push_back(attribute("otto.status", line.status));
    if (line.outcome) attributes.push_back(attribute("otto.outcome", *line.outcome));
    if (line.answered_by) attributes.push_back(attribute("otto.answered_by", *line.answered_by));
    if (line.duration) attributes.push_back(attribute("otto.duration_seconds", std::int64_t{*line.duration}));
    if (line.status == "FAILED") span["status"] = {{"code", kError}};
    Json events = Json::array();
    for (const Fact& fact : detail.facts) {
      Json event{{"timeUnixNano", nanos(fact.at)}, {"name", to_string(fact.kind)}, {"attributes", Json::array()}};
      if (fact.status) event["attributes"].push_back(attribute("otto.leg", std::string{to_string(*fact.status)}));
      if (fact.kind == FactKind::ToolUsed) event["attributes"].push_back(attribute("otto.tool", fact.reason));
      if (!fact.error_code.empty()) event["attributes"].push_back(attribute("otto.error_code", fact.error_code));
      events.push_back(std::move(event));
    }
    span["events"] = std::move(events);
  }

  /// From the answer to the agent's first word on the line.
  void connect(TimePoint answered) {
    if (detail.report.figures.empty()) return;
    const ports::CallFigures& figures = detail.report.figures.front();
    if (!figures.answer_to_audio) return;
    Json& attributes = add("connect", kInternal, answered, answered + *figures.answer_to_audio)["attributes"];
    if (figures.answer_to_ready)
      attributes.push_back(attribute("otto.answer_to_ready_ms", figures.answer_to_ready->count()));
    if (figures.answer_to_stream)
      attributes.push_back(attribute("otto.answer_to_stream_ms", figures.answer_to_stream->count()));
  }

  void conversation(TimePoint from, TimePoint to) {
    Json& attributes = add("conversation", kInternal, from, to)["attributes"];
    Json turns = Json::array();
    int interruptions = 0;
    for (const ports::CallFigures& figures : detail.report.figures) {
      interruptions += figures.interruptions;
      for (const milliseconds turn : figures.turns) turns.push_back({{"intValue", std::to_string(turn.count())}});
    }
    attributes.push_back(attribute("otto.interruptions", std::int64_t{interruptions}));
    attributes.push_back({{"key", "otto.turn_ms"}, {"value", {{"arrayValue", {{"values", std::move(turns)}}}}}});
  }
};

Task<void> pause(rt::Timers& timers) { co_await timers.sleep_for(kLook); }
Task<void> signal(rt::Event& event) { std::ignore = co_await event.wait(); }

}  // namespace

Json::array_t spans_of(const ports::CallDetail& detail) {
  const ports::CallLine& line = detail.line;
  if (!line.attempt || detail.facts.empty()) return {};
  Maker maker{detail, line.attempt->value, {}};
  std::erase(maker.trace, '-');

  const auto by_time = std::ranges::minmax(detail.facts, {}, &Fact::at);
  // The line's own times are whole seconds and may lie before ours.
  const TimePoint began = std::min(line.initiated_at, by_time.min.at);
  const TimePoint ended = line.completed_at.value_or(by_time.max.at);
  const auto placed = maker.first(FactKind::Placed), ringing = maker.status(LegStatus::Ringing);
  const auto streaming = maker.first(FactKind::StreamStarted);
  maker.call(began, ended);
  if (placed) maker.add("dial", kClient, began, *placed);
  if (ringing) maker.add("ring", kClient, *ringing, line.answered_at.value_or(ended));
  if (line.answered_at) maker.connect(maker.first(FactKind::Answered).value_or(*line.answered_at));
  if (streaming) maker.conversation(*streaming, maker.first(FactKind::StreamEnded).value_or(ended));
  return std::move(maker.spans);
}

Json export_request(const std::string& service, const std::string& instance, Json::array_t spans) {
  return {{"resourceSpans",
           {{{"resource",
              {{"attributes", {attribute("service.name", service), attribute("service.instance.id", instance)}}}},
             {"scopeSpans", {{{"scope", {{"name", "otto"}}}, {"spans", std::move(spans)}}}}}}}};
}

TraceExporter::TraceExporter(Deps deps, Options options)
    : deps_{deps}, options_{std::move(options)}, stopped_{deps_.loop} {}

void TraceExporter::call_ended(std::string call_sid) {
  ended_.push_back({std::move(call_sid), deps_.timers.now()});
  if (ended_.size() <= options_.waiting) return;
  ended_.pop_front();
  metrics::add("otto_traces_total", {{"result", "dropped"}});
}

Task<void> TraceExporter::run() {
  bool is_last = false;
  while (!is_last) {
    std::ignore = co_await rt::first_of(pause(deps_.timers), signal(stopped_));
    is_last = stopping_;
    if (deps_.timers.now() < not_before_) continue;
    while (true) {
      std::vector<Ended> calls = take_due();
      if (calls.empty()) break;
      if (co_await send(calls)) continue;
      put_back(std::move(calls));
      not_before_ = deps_.timers.now() + options_.patience;
      break;
    }
  }
}

void TraceExporter::stop() {
  stopping_ = true;
  stopped_.set();
}

std::vector<TraceExporter::Ended> TraceExporter::take_due() {
  const TimePoint until = deps_.timers.now() - options_.delay;
  std::vector<Ended> due;
  while (!ended_.empty() && due.size() < options_.batch && (stopping_ || ended_.front().at <= until)) {
    due.push_back(std::move(ended_.front()));
    ended_.pop_front();
  }
  return due;
}

void TraceExporter::put_back(std::vector<Ended> calls) {
  ended_.insert(ended_.begin(), std::move_iterator{calls.begin()}, std::move_iterator{calls.end()});
}

/// False: to be tried again.
Task<bool> TraceExporter::send(const std::vector<Ended>& calls) {
  Json::array_t spans;
  for (const Ended& call : calls) {
    auto detail = co_await deps_.views.call(call.call_sid);
    if (!detail && detail.error().code != Errc::NotFound) co_return false;  // the database is away
    if (!detail) continue;                                                  // removed meanwhile
    for (Json& span : spans_of(*detail)) spans.push_back(std::move(span));
  }
  co_return spans.empty() || co_await post(std::move(spans), calls.size());
}

/// By OTLP these answers ask for the same again; any other refusal means what was sent.
Task<bool> TraceExporter::post(Json::array_t spans, std::size_t calls) {
  ports::HookRequest request;
  request.url = options_.url;
  request.headers = options_.headers;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = dump_json(export_request(options_.service, options_.instance, std::move(spans)));
  const auto answer = co_await deps_.sender.post(std::move(request));
  const int status = answer ? answer->status : 0;
  const bool is_taken = status >= 200 && status < 300;
  const bool again = !answer || status == 429 || status == 502 || status == 503 || status == 504;
  std::string result = "refused";
  if (is_taken) result = "sent";
  if (again) result = "put_off";
  metrics::add("otto_traces_total", {{"result", result}}, static_cast<double>(calls));
  if (!is_taken)
    log::warn("traces.not_taken", {{"url", mask_url(options_.url)},
                                   {"calls", std::uint64_t{calls}},
                                   {"error", answer ? "HTTP " + std::to_string(status) : answer.error().detail},
                                   {"detail", again ? "sent again later" : "dropped"}});
  co_return !again;
}

}  // namespace otto::hooks
