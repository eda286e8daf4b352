#include "otto/sandbox/webhooks.hpp"

#include "otto/base/ids.hpp"
#include "otto/net/http_client.hpp"
#include "otto/sandbox/signing.hpp"

namespace otto::sandbox {
namespace {

/// Forms as the carrier writes them: a space is "+".
std::string carrier_form(const FormFields& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (!out.empty()) out += '&';
    auto value = percent_encode(field.second);
    for (std::size_t at = 0; (at = value.find("%20", at)) != std::string::npos; ++at) value.replace(at, 3, "+");
    out += percent_encode(field.first) + "=" + value;
  }
  return out;
}

Json fields_json(const FormFields& fields) {
  Json json = Json::object();
  for (const auto& field : fields) json[field.first] = field.second;
  return json;
}

net::ClientRequest make_request(const Target& target, const FormFields& fields, const std::string& token,
                                const std::string& auth_token, bool bad_signature) {
  net::ClientRequest request;
  request.method = target.method;
  request.url = target.url;
  FormFields signed_fields;
  if (target.method == "GET") {
    request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + carrier_form(fields);
  } else {
    request.body = carrier_form(fields);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    signed_fields = fields;
  }
  const auto signature = twilio_signature(bad_signature ? "not-the-token" : auth_token, request.url, signed_fields);
  request.headers.add("X-Twilio-Signature", signature);
  request.headers.add("I-Twilio-Idempotency-Token", token);
  request.headers.add("User-Agent", "TwilioProxy/1.1");
  request.headers.add("Accept", "*/*");
  request.timeout = milliseconds{target.read_ms};
  return request;
}

bool should_retry(const Target& target, const net::ClientResult& result) {
  if (result.response) {
    const int status = result.response->status;
    return (status >= 500 && target.retry_5xx) || (status >= 400 && status < 500 && target.retry_4xx);
  }
  return result.response.error().code == Errc::ConnectFailed ? target.retry_connect : target.retry_read;
}

}  // namespace

void Webhooks::send(std::shared_ptr<CallRecord> call, std::string event, Target target, FormFields fields) {
  if (target.empty()) return;
  const auto& faults = world_.scenario.rule(call->request.to).webhooks;
  const auto dice = world_.dice();
  const auto key = call->request.to + " " + event + " " + std::to_string(call->sequence) + " ";
  if (dice.chance(key + "lose") < faults.lose) {
    Json lost = Json::object();
    lost["call"] = call->sid;
    lost["event"] = event;
    lost["fields"] = fields_json(fields);
    world_.ledger.note("webhook.lost", std::move(lost));
    return;
  }
  Delivery delivery;
  delivery.call = call;
  delivery.event = event;
  delivery.target = std::move(target);
  delivery.fields = std::move(fields);
  delivery.token = make_uuid_v7();
  delivery.bad_signature = dice.chance(key + "signature") < faults.bad_signature;
  milliseconds delay{dice.between(key + "delay", 0, faults.delay_max.count())};
  if (dice.chance(key + "late") < faults.late) delay += faults.late_by;
  const int copies = dice.chance(key + "duplicate") < faults.duplicate ? faults.copies : 1;
  for (int copy = 2; copy <= copies; ++copy) {
    const auto later = key + "later" + std::string(static_cast<std::size_t>(copy - 2), '+');
    const milliseconds apart{dice.between(later, 0, faults.delay_max.count() + 1000)};
    world_.tasks.spawn("webhook", deliver(delivery, apart));
  }
  world_.tasks.spawn("webhook", deliver(std::move(delivery), delay));
}

Task<void> Webhooks::deliver(Delivery delivery, milliseconds delay) {
  if (delay.count() > 0) co_await world_.wait(delay);
  const auto response = co_await attempt_all(delivery);
  if (response) judge(delivery, *response);
}

Task<std::optional<net::Response>> Webhooks::ask(std::shared_ptr<CallRecord> call, std::string event, Target target,
                                                 FormFields fields) {
  Delivery delivery;
  delivery.call = std::move(call);
  delivery.event = std::move(event);
  delivery.target = std::move(target);
  delivery.fields = std::move(fields);
  delivery.token = make_uuid_v7();
  auto response = co_await attempt_all(delivery);
  co_return response;
}

Task<std::optional<net::Response>> Webhooks::attempt_all(Delivery& delivery) {
  const auto began = world_.timers.steady();
  std::optional<net::Response> last;
  for (int attempt = 0; attempt <= delivery.target.retries; ++attempt) {
    if (world_.tasks.stopping()) co_return last;
    auto request = make_request(delivery.target, delivery.fields, delivery.token, world_.identity.auth_token,
                                delivery.bad_signature);
    const auto sent = world_.timers.steady();
    ++delivery.call->webhooks_sent;
    auto result = co_await net::send_request(std::move(request));
    Json line = Json::object();
    line["call"] = delivery.call->sid;
    line["event"] = delivery.event;
    line["url"] = delivery.target.url;
    line["attempt"] = attempt;
    line["ms"] = std::chrono::duration_cast<milliseconds>(world_.timers.steady() - sent).count();
    line["fields"] = fields_json(delivery.fields);
    if (delivery.bad_signature) line["badSignature"] = true;
    if (result.response) {
      line["status"] = result.response->status;
    } else {
      line["error"] = result.response.error().detail;
    }
    world_.ledger.note("webhook", std::move(line));
    const bool again = should_retry(delivery.target, result);
    if (result.response) last = std::move(*result.response);
    const auto spent = world_.timers.steady() - began;
    if (!again || spent > milliseconds{delivery.target.total_ms}) break;
    co_await world_.wait(milliseconds{500 << attempt});
  }
  co_return last;
}

/// What the carrier would put into its debugger about the answer to a callback.
void Webhooks::judge(const Delivery& delivery, const net::Response& response) {
  Json fields = Json::object();
  fields["call"] = delivery.call->sid;
  fields["event"] = delivery.event;
  fields["status"] = response.status;
  if (delivery.bad_signature) {
    if (response.status < 400)
      world_.ledger.violate("webhook." + delivery.event, 0, "a request with a wrong signature was accepted", fields);
    return;
  }
  if (response.status >= 400) {
    ++delivery.call->webhooks_refused;
    world_.ledger.violate("webhook." + delivery.event, 15003,
                          "the callback was answered with HTTP " + std::to_string(response.status), fields);
  } else if (response.status >= 300) {
    world_.ledger.violate("webhook." + delivery.event, 11215, "the callback was answered with a redirect", fields);
  } else if (!response.body.empty()) {
    const auto type = response.headers.get("Content-Type");
    if (type.find("xml") == std::string_view::npos)
      world_.ledger.violate("webhook." + delivery.event, 12300,
                            "the callback's answer has a body of type \"" + std::string{type} + "\"", fields);
  }
}

}  // namespace otto::sandbox
