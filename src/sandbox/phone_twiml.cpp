// What an answered call does: its TwiML, verb by verb.
#include <algorithm>

#include "otto/sandbox/media_stream.hpp"
#include "otto/sandbox/phone_call.hpp"

namespace otto::sandbox {

Task<std::optional<PhoneCall::Document>> PhoneCall::first_document() {
  const auto& request = record_->request;
  if (request.url.empty()) co_return make_document(request.twiml, api_base_);
  auto document = co_await fetch_document(request.url, "twiml");
  if (document && world_.scenario.rule(request.to).webhooks.twiml_twice)
    document = co_await fetch_document(request.url, "twiml");
  if (!document && !request.fallback.empty()) document = co_await fetch_document(request.fallback, "twiml.fallback");
  if (!document) ended_by_ = "application-error";
  co_return document;
}

PhoneCall::Document PhoneCall::make_document(const std::string& body, const std::string& url) {
  Document document;
  document.url = url;
  document.twiml = parse_twiml(body, url);
  for (const auto& problem : document.twiml.problems) {
    Json fields = Json::object();
    fields["call"] = record_->sid;
    fields["body"] = body;
    world_.ledger.violate("twiml", problem.code, problem.sentence, std::move(fields));
  }
  return document;
}

std::optional<PhoneCall::Document> PhoneCall::read_document(const net::Response& response, const std::string& url) {
  Json fields = Json::object();
  fields["call"] = record_->sid;
  fields["status"] = response.status;
  const std::string type{response.headers.get("Content-Type")};
  if (response.status != 200) {
    world_.ledger.violate("twiml", 11200, "the TwiML request was answered with HTTP " + std::to_string(response.status),
                          std::move(fields));
    return std::nullopt;
  }
  if (!type.starts_with("text/xml") && !type.starts_with("application/xml")) {
    world_.ledger.violate("twiml", 12300, "the TwiML has the type \"" + type + "\"", std::move(fields));
    return std::nullopt;
  }
  auto document = make_document(response.body, url);
  if (document.twiml.fatal) return std::nullopt;
  return document;
}

Task<std::optional<PhoneCall::Document>> PhoneCall::fetch_document(Target target, std::string event, FormFields extra) {
  ++record_->twiml_requests;
  auto fields = common_fields(*record_, record_->status);
  fields.insert(fields.end(), extra.begin(), extra.end());
  if (!record_->answered_by.empty() && !record_->request.async_amd) {
    fields.emplace_back("AnsweredBy", record_->answered_by);
    fields.emplace_back("MachineDetectionDuration", std::to_string(record_->detection_ms));
  }
  if (!record_->streams.empty() && event == "connect-action")
    fields.emplace_back("StreamSid", record_->streams.back().stream_sid);
  const auto url = target.url;
  const auto response = co_await webhooks_.ask(record_, std::move(event), std::move(target), std::move(fields));
  if (!response) {
    if (world_.tasks.stopping()) co_return std::nullopt;
    Json line = Json::object();
    line["call"] = record_->sid;
    world_.ledger.violate("twiml", 11200, "no answer to the TwiML request", std::move(line));
    co_return std::nullopt;
  }
  co_return read_document(*response, url);
}

Task<std::optional<PhoneCall::Document>> PhoneCall::take_order() {
  if (orders_.empty()) co_return std::nullopt;
  auto order = co_await orders_.pop();
  if (!order || order->kind == Order::Kind::HangUp) {
    ended_by_ = "api";
    co_return std::nullopt;
  }
  line_->playout.clear();
  if (order->kind == Order::Kind::RunTwiml) co_return make_document(order->text, api_base_);
  Target target;
  target.url = order->text;
  target.method = order->method;
  auto document = co_await fetch_document(std::move(target), "twiml.update");
  co_return document;
}

/// What comes after this document; nullopt ends the call.
Task<std::optional<PhoneCall::Document>> PhoneCall::run_document(Document document) {
  for (const auto& verb : document.twiml.verbs) {
    bool done = false;
    std::optional<Document> next;
    while (line_->due() > 0) line_->tick(), work_line();  // the callee has not waited for the document
    if (interrupted()) {
      next = co_await take_order();
      co_return next;
    }
    switch (verb.kind) {
      case Verb::Kind::Hangup:
        ended_by_ = "twiml";
        co_return std::nullopt;
      case Verb::Kind::Redirect: {
        Target target;
        target.url = verb.url;
        target.method = verb.method;
        next = co_await fetch_document(std::move(target), "twiml.redirect");
        co_return next;
      }
      case Verb::Kind::Say:
        co_await say(verb.text, verb.loop);
        break;
      case Verb::Kind::Play:
        co_await play(verb);
        break;
      case Verb::Kind::Pause:
        co_await run_line(std::int64_t{verb.seconds} * 1000);
        break;
      case Verb::Kind::ConnectStream:
        next = co_await run_connect(verb, done);
        if (done) co_return next;
        break;
      case Verb::Kind::Dial:
        next = co_await run_dial(verb, done);
        if (done) co_return next;
        break;
    }
  }
  std::optional<Document> next;
  if (interrupted()) next = co_await take_order();
  co_return next;
}

Task<void> PhoneCall::say(const std::string& text, int loop) {
  for (int i = 0; i < std::max(loop, 1) && !interrupted(); ++i) {
    record_->texts_spoken.push_back(text);
    record_->spoken_at_ms.push_back(line_->ms());
    const auto length = spoken_bytes(text);
    const auto& speech = world_.agent_voice(AudioFormat{AudioEncoding::Ulaw, 8000}).first;
    for (std::size_t left = length; left > 0;) {
      const auto count = std::min(left, speech.size());
      line_->playout.push(std::span{speech}.first(count));
      left -= count;
    }
    co_await run_line(static_cast<std::int64_t>(length / 8));
  }
}

namespace {

/// The sound of a µ-law WAV file at 8 kHz, the one kind of file that the sandbox plays; empty for anything else.
std::string_view ulaw_in_wav(std::string_view file) {
  constexpr std::string_view kUlaw8k{"\x07\x00\x01\x00\x40\x1F\x00\x00", 8};  // format 7, one channel, 8000 Hz
  if (file.size() < 46 || !file.starts_with("RIFF") || file.substr(8, 8) != "WAVEfmt " || file.substr(20, 8) != kUlaw8k)
    return {};
  const auto data = file.find("data", 36);
  return data == std::string_view::npos || data + 8 > file.size() ? std::string_view{} : file.substr(data + 8);
}

}  // namespace

Task<void> PhoneCall::play(const Verb& verb) {
  Target target;
  target.url = verb.url;
  target.method = "GET";
  const auto file = co_await webhooks_.ask(record_, "play", std::move(target), {});
  const bool audio = file && file->status == 200 && file->headers.get("Content-Type").starts_with("audio/");
  const auto sound = audio ? ulaw_in_wav(file->body) : std::string_view{};
  if (sound.empty()) {
    Json fields = Json::object();
    fields["call"] = record_->sid;
    world_.ledger.violate("twiml", 12300, "<Play> got no audio that it can play from " + verb.url, std::move(fields));
    co_return;
  }
  for (int i = 0; i < std::max(verb.loop, 1) && !interrupted(); ++i) {
    record_->texts_spoken.push_back("(audio of " + std::to_string(sound.size()) + " bytes)");
    record_->spoken_at_ms.push_back(line_->ms());
    line_->playout.push({reinterpret_cast<const std::uint8_t*>(sound.data()), sound.size()});
    co_await run_line(static_cast<std::int64_t>(sound.size() / 8));
  }
}

/// `done`: what is returned decides; otherwise the document's next verb runs.
Task<std::optional<PhoneCall::Document>> PhoneCall::run_connect(const Verb& verb, bool& done) {
  auto may_stop = [this] { return interrupted(); };
  auto on_tick = [this] { work_line(); };
  MediaStream stream{world_, *record_, *line_, verb, may_stop, on_tick};
  const auto tell = [&](const std::string& event, const std::string& error) {
    Json line = Json::object();
    line["call"] = record_->sid;
    line["stream"] = stream.stats().stream_sid;
    line["event"] = event;
    world_.ledger.note("stream", std::move(line));
    if (verb.stream_status_url.empty()) return;
    Target target;
    target.url = verb.stream_status_url;
    FormFields fields{{"AccountSid", record_->account_sid},
                      {"CallSid", record_->sid},
                      {"StreamSid", stream.stats().stream_sid},
                      {"StreamName", verb.stream_name},
                      {"StreamEvent", event},
                      {"Timestamp", format_iso8601(world_.timers.now())}};
    if (!error.empty()) fields.emplace_back("StreamError", error);
    webhooks_.send(record_, event, target, std::move(fields));
  };
  if (world_.scenario.carrier.stream_delay.count() > 0) co_await run_line(world_.scenario.carrier.stream_delay.count());
  tell("stream-started", "");
  const auto ended = co_await stream.run();
  tell(ended == StreamEnd::NoHandshake ? "stream-error" : "stream-stopped", "");
  record_->streams.push_back(stream.stats());
  if (ended == StreamEnd::CallEnded) {
    if (!orders_.empty()) co_return std::nullopt;  // run_document takes the order
    if (ended_by_ == "callee" && world_.scenario.carrier.action_after_hangup) co_await after_stream(verb, done);
    done = true;
    co_return std::nullopt;
  }
  auto next = co_await after_stream(verb, done);
  co_return next;
}

Task<std::optional<PhoneCall::Document>> PhoneCall::after_stream(const Verb& verb, bool& done) {
  done = !verb.action.empty();
  if (!done) co_return std::nullopt;
  std::vector<std::pair<int, std::string>> warnings;
  auto target = parse_target(verb.action, verb.action_method, warnings);
  if (!target) co_return std::nullopt;
  auto next = co_await fetch_document(std::move(*target), "connect-action");
  co_return next;
}

}  // namespace otto::sandbox
