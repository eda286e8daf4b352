// What ElevenLabs calls after a conversation: its analysis. An optimisation only; the reconciler asks for it anyway.
#include "otto/api/routes.hpp"
#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/elevenlabs/record.hpp"
#include "otto/elevenlabs/webhook.hpp"

namespace otto::api {

namespace {

constexpr std::size_t kMaxPostCall = 16 * 1024 * 1024;  // a long conversation's transcript with its metrics

/// ElevenLabs counts only 200 as delivered and disables a webhook that fails: what is not ours is accepted too.
net::Response received() { return net::json_response(200, Json{{"received", true}}); }

Task<net::Response> post_call(const Deps& deps, net::Request request) {
  const auto call = elevenlabs::parse_post_call(request.body);
  if (!call) co_return net::error_response(call.error());
  if (call->type != "post_call_transcription" || !is_uuid(call->record.user_id)) co_return received();
  Fact fact{FactKind::ConversationAnalysed};
  fact.dedupe_key = "analysed:" + call->record.conversation_id;
  fact.at = deps.timers.now();
  fact.conversation_id = call->record.conversation_id;
  fact.summary = call->record.summary;
  fact.reason = call->record.termination_reason;
  std::vector<Fact> facts;
  facts.push_back(std::move(fact));
  auto recorded = co_await deps.recorder.record(AttemptId{call->record.user_id}, std::move(facts));
  if (!recorded) co_return net::error_response(recorded.error());
  failpoint::pass("before_ack", "post-call");
  co_return received();
}

}  // namespace

std::vector<net::Route> elevenlabs_routes(const Deps& deps) {
  net::Route route;
  route.method = "POST";
  route.pattern = "/api/elevenlabs/post-call";
  route.guard = "elevenlabs_signature";
  route.max_body = kMaxPostCall;
  route.check = [&deps](const net::Request& request) -> std::optional<net::Response> {
    const std::string& secret = deps.config.elevenlabs_webhook_secret;
    if (secret.empty())
      return net::error_response(404, "not_found", "This route is off: ELEVENLABS_WEBHOOK_SECRET is not set.");
    const auto valid = elevenlabs::verify_webhook(secret, request.headers.get("ElevenLabs-Signature"), request.body,
                                                  deps.timers.now());
    if (valid) return std::nullopt;
    log::warn("elevenlabs.signature_refused", {{"peer", request.peer}, {"reason", valid.error().detail}});
    return net::error_response(401, "bad_signature", valid.error().detail);
  };
  route.handle = [&deps](net::Request request) { return post_call(deps, std::move(request)); };
  std::vector<net::Route> routes;
  routes.push_back(std::move(route));
  return routes;
}

}  // namespace otto::api
