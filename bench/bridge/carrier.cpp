#include "otto/base/clock.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/twilio/signature.hpp"

#include "bench/bridge/providers.hpp"

namespace otto::bench {

namespace {

// From the create to the callee's "Hello?"; a real phone rings for some 15 s, which tells nothing here.
constexpr std::int64_t kRingingAfter = 40 * kMs, kAnsweredAfter = 120 * kMs;
constexpr int kWebhookTries = 3;

std::string sid(const char* kind, std::uint32_t number) {
  static const std::string run = crypto::to_hex(crypto::random_bytes(12));
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", number);
  return kind + run + digits;
}

/// What stands between `before` and the next quote.
std::string quoted(const std::string& text, const std::string& before, std::size_t from = 0) {
  const auto at = text.find(before, from);
  if (at == std::string::npos) return {};
  const auto begin = at + before.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

std::string without_fragment(const std::string& url) { return url.substr(0, url.find('#')); }

std::string target_of(const std::string& url) { return url.substr(url.find('/', url.find("://") + 3)); }

}  // namespace

Carrier::Carrier(Load& load, std::uint16_t daemon_port)
    : load_{load}, daemon_{load.poller, daemon_port}, base_{"/2010-04-01/Accounts/" + std::string{kAccount}} {}

HttpServer::Answer Carrier::handle(const HttpText& request) {
  const std::string target = request.second.substr(0, request.second.find('?'));
  if (request.first == "POST" && target == base_ + "/Calls.json") return create(request);
  if (target == base_ + ".json") return {200, Json{{"sid", kAccount}, {"status", "active"}, {"type", "Full"}}.dump()};
  if (target == base_ + "/Calls.json") {
    const auto query = parse_form(request.second.substr(std::min(request.second.size(), target.size() + 1)));
    Json list = Json::array();
    for (const auto& call : load_.calls)
      if (query && call->to == form_value(*query, "To")) list.push_back(describe(*call));
    return {200, Json{{"calls", list}, {"next_page_uri", nullptr}}.dump()};
  }
  const auto call = load_.by_sid.find(target.substr(std::min(target.size(), base_.size() + 7), 34));
  if (call == load_.by_sid.end()) return {404, R"({"code":20404,"message":"not found","status":404})"};
  if (request.first == "POST") return update(*call->second);
  return {200, describe(*call->second).dump()};
}

Json Carrier::describe(const Call& call) const {
  return {{"sid", call.sid},
          {"account_sid", kAccount},
          {"to", call.to},
          {"from", "+14155550100"},
          {"status", call.status},
          {"date_created", format_rfc2822(std::chrono::system_clock::now())},
          {"duration", call.status == "completed" ? Json("1") : Json(nullptr)},
          {"queue_time", "0"}};
}

HttpServer::Answer Carrier::create(const HttpText& request) {
  const auto form = parse_form(request.body);
  if (!form) return {400, R"({"code":20001,"message":"the form is malformed","status":400})"};
  auto made = std::make_unique<Call>(load_, static_cast<std::uint32_t>(load_.calls.size()));
  Call& call = *made;
  load_.calls.push_back(std::move(made));
  call.sid = sid("CA", call.number);
  call.stream_sid = sid("MZ", call.number);
  call.to = form_value(*form, "To");
  call.twiml_url = without_fragment(std::string{form_value(*form, "Url")});
  call.status_url = without_fragment(std::string{form_value(*form, "StatusCallback")});
  call.attempt = call.twiml_url.substr(call.twiml_url.find("attempt=") + 8);
  load_.by_sid[call.sid] = load_.by_attempt[call.attempt] = &call;
  load_.totals.last_placed = now_ns();
  if (load_.totals.placed++ == 0) load_.totals.first_placed = load_.totals.last_placed;
  load_.poller.after(0, [this, &call] { report(call, "initiated"); });
  load_.poller.after(kRingingAfter, [this, &call] { report(call, "ringing"); });
  load_.poller.after(kAnsweredAfter, [this, &call] { answer(call); });
  return {201, describe(call).dump()};
}

HttpServer::Answer Carrier::update(Call& call) {
  if (call.is_over) return {400, R"({"code":21220,"message":"Call is not in-progress","status":400})"};
  ++load_.totals.failed;  // nobody here gives the daemon a reason to hang up
  load_.poller.after(0, [this, &call] { hang_up(call); });
  return {200, describe(call).dump()};
}

FormFields Carrier::fields_of(const Call& call) const {
  return {
      {"CallSid", call.sid},      {"AccountSid", kAccount}, {"From", "+14155550100"},     {"To", call.to},
      {"Caller", "+14155550100"}, {"Called", call.to},      {"ApiVersion", "2010-04-01"}, {"Direction", "outbound-api"},
      {"CallStatus", call.status}};
}

void Carrier::report(Call& call, const std::string& status) {
  if (status != "initiated") call.status = status;
  auto form = fields_of(call);
  form.back().second = status;
  form.emplace_back("SequenceNumber", std::to_string(call.sequence++));
  form.emplace_back("Timestamp", format_rfc2822(std::chrono::system_clock::now()));
  form.emplace_back("CallbackSource", "call-progress-events");
  if (status == "completed") {
    form.emplace_back("CallDuration", "1");
    form.emplace_back("Duration", "1");
    form.emplace_back("SipResponseCode", "200");
  }
  const bool is_last = status == "completed";
  post(call.status_url, form, [this, is_last](int answer, const std::string&) {
    if (answer < 200 || answer > 299) ++load_.totals.webhooks_failed;
    if (is_last) ++load_.totals.over;
  });
}

void Carrier::answer(Call& call) {
  report(call, "in-progress");
  call.answered_at = now_ns();
  post(call.twiml_url, fields_of(call), [this, &call](int, const std::string& twiml) { open_stream(call, twiml); });
}

void Carrier::open_stream(Call& call, const std::string& twiml) {
  const auto url = quoted(twiml, "<Stream url=\"");
  if (url.empty()) {
    ++load_.totals.failed;
    return hang_up(call);
  }
  Json parameters = Json::object();
  for (auto at = twiml.find("<Parameter "); at != std::string::npos; at = twiml.find("<Parameter ", at + 1))
    parameters[quoted(twiml, "name=\"", at)] = quoted(twiml, "value=\"", at);
  const auto port = static_cast<std::uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1));
  call.line.stream.open(connect_to(port));
  load_.poller.watch(call.line.stream.fd(), &call.line);
  call.line.send("GET " + target_of(url) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                 "\r\nUser-Agent: Twilio.TmeWs/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                 crypto::base64_encode(crypto::random_bytes(16)) +
                 "\r\nX-Twilio-Signature: " + twilio::compute_signature(kToken, url) + "\r\n\r\n");
  call.line.hello = Json{
      {"event", "start"},
      {"sequenceNumber", "1"},
      {"start",
       {{"accountSid", kAccount},
        {"streamSid", call.stream_sid},
        {"callSid", call.sid},
        {"tracks", {"inbound"}},
        {"mediaFormat", {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}},
        {"customParameters", parameters}}},
      {"streamSid",
       call.stream_sid}}.dump();
}

void Carrier::hang_up(Call& call) {
  if (call.is_over) return;
  call.is_over = true;
  if (call.line.stream.is_open()) {
    load_.writer.begin().append(R"({"event":"stop","streamSid":")" + call.stream_sid + R"(","stop":{"accountSid":")" +
                                kAccount + R"(","callSid":")" + call.sid + R"("}})");
    call.line.send(load_.writer.finish(true));
    load_.writer.begin().append("\x03\xE8");
    call.line.send(load_.writer.finish(true, WsKind::Close));
  }
  report(call, "completed");
}

void Carrier::post(const std::string& url, const FormFields& form, std::function<void(int, const std::string&)> done) {
  static std::uint64_t numbers = 0;
  HttpClient::Request request;
  request.method = "POST";
  request.target = target_of(url);
  request.body = format_form(form);
  request.headers = "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Twilio-Signature: " +
                    twilio::compute_signature(kToken, url, form) + "\r\nI-Twilio-Idempotency-Token: bench-" +
                    std::to_string(++numbers) + "\r\n";
  struct Again {
    HttpClient& daemon;
    HttpClient::Request request;
    std::function<void(int, const std::string&)> done;
    int tries = 0;
  };
  auto again = std::make_shared<Again>(Again{daemon_, std::move(request), std::move(done)});
  again->request.done = [again](int status, const std::string& body) {
    if (status == 0 && ++again->tries < kWebhookTries) return again->daemon.send(again->request);
    auto finish = std::move(again->done);
    again->request.done = nullptr;  // which held this
    finish(status, body);
  };
  daemon_.send(again->request);
}

}  // namespace otto::bench
