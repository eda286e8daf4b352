// What Twilio calls: TwiML at the answer, the media stream, status, detector and recording callbacks, and the end of a
// stream. Every handler is safe against repeats and any order; state is what the recorder makes of the facts.
#include <string>

#include "otto/api/routes.hpp"
#include "otto/audio/wav.hpp"
#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/dial/gate.hpp"
#include "otto/twilio/callbacks.hpp"
#include "otto/twilio/media.hpp"
#include "otto/twilio/twiml.hpp"

namespace otto::api {

namespace {

constexpr std::string_view kPrefix = "/api/twilio/outbound/";
/// A call whose instance died is brought back at most this often.
constexpr int kMaxStreams = 3;
/// At the end of the action's URL: a balancer may still lead Twilio to the instance that has just died, and the
/// database may be on its way back. The callee hears nothing meanwhile; Twilio allows 15 s in all.
constexpr std::string_view kActionRetries = "#rc=4&rp=ct,rt,5xx";
/// How long an answered callee waits for a store that does not answer, when this instance knows the call.
constexpr milliseconds kPatience{500};
constexpr std::string_view kSorry = "We are sorry, we cannot talk right now. Goodbye.";
constexpr std::string_view kNobody = "We are sorry, nobody could be reached. Goodbye.";

net::Response twiml(std::string document) { return net::Response{200, "text/xml; charset=utf-8", std::move(document)}; }
net::Response done() {
  net::Response response;
  response.status = 204;
  return response;
}

/// The attempt that a callback is about: from the URL that we gave, else by its CallSid.
Task<Result<AttemptId>> attempt_of(const Deps& deps, const net::Request& request, const std::string& call_sid) {
  const std::string given = request.query_value("attempt").value_or("");
  if (is_uuid(given)) co_return AttemptId{given};
  auto found = co_await deps.store.attempts.find_by_call(call_sid);
  if (!found) co_return found.error();
  if (!*found) co_return Error{Errc::NotFound, "No attempt of ours has this CallSid."};
  co_return **found;
}

using Parse = Result<Fact> (*)(const twilio::Callback&);

/// The fact that a callback reports, recorded. An unknown call is answered with 204: Twilio has nothing to repeat.
struct Taken {
  Result<ports::Recorded> recorded;
  AttemptId attempt;
  Fact fact;
};
Task<Taken> take(const Deps& deps, net::Request request, Parse parse,
                 std::optional<milliseconds> patience = std::nullopt) {
  Taken taken{Error{Errc::Malformed, "The body is not a form."}, {}, Fact{FactKind::Status}};
  auto form = parse_form(request.body);
  if (!form) {
    taken.recorded = form.error();
    co_return taken;
  }
  const twilio::Callback callback{deps.config.twilio_account_sid,
                                  deps.config.twilio_api_base_url,
                                  *form,
                                  request.body,
                                  request.headers.get("I-Twilio-Idempotency-Token"),
                                  deps.timers.now()};
  auto fact = parse(callback);
  if (!fact) {
    taken.recorded = fact.error();
    co_return taken;
  }
  taken.fact = *fact;
  auto attempt = co_await attempt_of(deps, request, fact->call_sid);
  if (!attempt) {
    taken.recorded = attempt.error();
    co_return taken;
  }
  taken.attempt = *attempt;
  std::vector<Fact> facts;
  facts.push_back(*fact);
  if (patience && deps.calls.known(*attempt)) {
    taken.recorded = co_await deps.recorder.record_soon(*attempt, std::move(facts), *patience);
  } else {
    taken.recorded = co_await deps.recorder.record(*attempt, std::move(facts));
  }
  co_return taken;
}

net::Response acknowledge(const Taken& taken) {
  if (taken.recorded) {
    if (!taken.recorded->known) log::warn("twilio.unknown_call", {{"call_sid", taken.fact.call_sid}});
    return done();
  }
  const Error error = taken.recorded.error();
  if (error.code == Errc::NotFound) {
    log::warn("twilio.unknown_call", {{"call_sid", taken.fact.call_sid}});
    return done();
  }
  return net::error_response(error);  // 503 while the database is away: the URL's rp=5xx makes Twilio try again
}

Task<net::Response> status_callback(const Deps& deps, net::Request request) {
  auto taken = co_await take(deps, std::move(request), twilio::parse_status);
  co_return acknowledge(taken);
}

Task<net::Response> amd_callback(const Deps& deps, net::Request request) {
  auto taken = co_await take(deps, std::move(request), twilio::parse_amd);
  if (taken.fact.answered_by && !taken.attempt.empty()) deps.calls.on_machine(taken.attempt, *taken.fact.answered_by);
  co_return acknowledge(taken);
}

Task<net::Response> recording_callback(const Deps& deps, net::Request request) {
  auto taken = co_await take(deps, std::move(request), twilio::parse_recording);
  co_return acknowledge(taken);
}

/// What the stream's token is made for: a stream is one call's, and the `number`-th of it.
std::string stream_name(const std::string& call_sid, std::string_view number) {
  return call_sid + "#" + std::string{number};
}

/// The same for whoever asks twice, so that of one document only one stream can come.
std::string stream_document(const Deps& deps, const ports::AttemptContext& context, const std::string& call_sid,
                            int number) {
  std::string socket_base = deps.config.base_url;
  socket_base.replace(0, 4, "ws");  // http → ws, https → wss
  twilio::ConnectStream connect;
  connect.stream_url = socket_base + std::string{kPrefix} + "media-stream";
  connect.action_url = deps.config.base_url + std::string{kPrefix} + "stream-end?attempt=" + context.attempt.value +
                       std::string{kActionRetries};
  connect.parameters.emplace_back("attempt", context.attempt.value);
  const std::string count = std::to_string(number);
  connect.parameters.emplace_back("stream", count);
  connect.parameters.emplace_back("token",
                                  deps.tokens.make(context.attempt, stream_name(call_sid, count), deps.timers.now()));
  connect.parameters.emplace_back("customerName", context.contact.name);
  connect.parameters.emplace_back("campaignType", std::string{to_string(context.type)});
  return twilio::connect_stream(connect);
}

/// An opt-out that came while the phone rang; one that comes during the call leaves it time to say goodbye.
bool is_barred(const ports::Recorded& recorded) {
  return recorded.suppressed && !recorded.after.stream_started && !recorded.after.opted_out;
}

/// The answer to the answer. The fence stands here: only the SID that is bound to the attempt hears the agent.
Task<net::Response> answer(const Deps& deps, net::Request request) {
  auto taken = co_await take(deps, std::move(request), twilio::parse_twiml_request, kPatience);
  const std::string& call_sid = taken.fact.call_sid;
  if (!taken.recorded && !dial::is_away(taken.recorded.error())) {
    const Error error = taken.recorded.error();
    log::warn("twilio.twiml_refused", {{"call_sid", call_sid}, {"reason", error.detail}});
    // Nobody's call, or another attempt's.
    if (error.code == Errc::NotFound || error.code == Errc::DatabaseConflict) co_return twiml(twilio::hang_up());
    co_return net::error_response(error);  // a 5xx makes Twilio ask again, maybe another instance
  }
  auto context = deps.calls.context(taken.attempt);
  if (!context) {
    auto loaded = co_await deps.store.attempts.load(taken.attempt);
    if (loaded && *loaded) context = std::move(**loaded);
  }
  const bool is_fenced = taken.recorded && !taken.recorded->journalled &&
                         (!taken.recorded->known || taken.recorded->duplicate_call ||
                          !is_open(taken.recorded->after.state) || is_barred(*taken.recorded));
  // What this instance remembers, for the time in which the store cannot tell.
  const bool has_another = context && !context->call.call_sid.empty() && context->call.call_sid != call_sid;
  if ((is_fenced || has_another) && !failpoint::is_broken("fence")) {
    log::warn("twilio.fenced",
              {{"call_sid", call_sid}, {"attempt", taken.attempt.value}, {"detail", "hung up before a word was said"}});
    co_return twiml(twilio::hang_up());
  }
  if (!context) {
    log::error("twilio.no_context", {{"call_sid", call_sid}, {"attempt", taken.attempt.value}});
    co_return twiml(twilio::say_and_hang_up(kSorry));
  }
  context->call.call_sid = call_sid;
  // It may have waited at the line, or rung, until after the hours in which it was dialed.
  if (auto verdict = dial::may_dial(context->contact, context->settings, deps.timers.now()); !verdict.may_dial) {
    log::warn("twilio.hours_closed", {{"call_sid", call_sid}, {"attempt", taken.attempt.value}});
    Fact fact{FactKind::HoursClosed};
    fact.dedupe_key = "hours_closed";
    fact.at = deps.timers.now();
    fact.call_sid = call_sid;
    fact.reason = std::move(verdict.reason);
    std::vector<Fact> facts{std::move(fact)};
    std::ignore = co_await deps.recorder.record(taken.attempt, std::move(facts));
    co_return twiml(twilio::hang_up());
  }
  // Asked again when the stream has been taken already, maybe elsewhere: the agent is there.
  const bool is_streaming = taken.recorded && taken.recorded->after.streams > 0;
  if (!is_streaming && !deps.calls.answered(*context)) {
    log::warn("twilio.no_place", {{"call_sid", call_sid}, {"attempt", taken.attempt.value}});
    co_return twiml(twilio::say_and_hang_up(kSorry));
  }
  co_return twiml(stream_document(deps, *context, call_sid, 1));
}

/// After a transfer: whether the callee has been left alone.
bool is_unreached(std::string_view dial_status) { return dial_status != "completed" && dial_status != "answered"; }

/// After the stream: over, or to be taken up again because the instance that carried it is gone.
Task<net::Response> stream_end(const Deps& deps, net::Request request) {
  auto form = parse_form(request.body);
  if (!form) co_return net::error_response(form.error());
  const std::string call_sid{form_value(*form, "CallSid")};
  if (const auto dial_status = form_value(*form, "DialCallStatus"); !dial_status.empty())
    co_return twiml(is_unreached(dial_status) ? twilio::say_and_hang_up(kNobody) : twilio::hang_up());
  auto attempt = co_await attempt_of(deps, request, call_sid);
  if (!attempt || deps.calls.streamed(*attempt)) co_return twiml(twilio::hang_up());
  auto context = co_await deps.store.attempts.load(*attempt);
  if (!context) co_return net::error_response(context.error());
  if (!*context) co_return twiml(twilio::hang_up());
  const CallState& call = (*context)->call;
  const bool ours = call.call_sid == call_sid && is_open(call.state);
  const bool ended_on_purpose = !call.end_reason.empty() || !call.machine_action.empty();
  const bool never_came = call.streams == 0 && deps.calls.known(*attempt);
  if (!ours || ended_on_purpose || never_came || call.streams >= kMaxStreams) co_return twiml(twilio::hang_up());
  deps.calls.leave(*attempt, call.streams);  // what has waited here for the stream that is gone
  if (!deps.calls.answered(**context)) co_return twiml(twilio::hang_up());
  log::warn("call.reattached", {{"attempt", attempt->value}, {"call_sid", call_sid}});
  co_return twiml(stream_document(deps, **context, call_sid, call.streams + 1));
}

/// The sound of a voicemail message. Its name is its permission: Twilio does not sign what <Play> fetches.
Task<net::Response> voicemail_sound(const Deps& deps, net::Request request) {
  const auto attempt = voicemail_attempt(deps.tokens, request.param("name"), deps.timers.now());
  if (!attempt) co_return net::error_response(404, "not_found", "There is no such message.");
  auto context = deps.calls.context(*attempt);
  if (!context) {
    auto loaded = co_await deps.store.attempts.load(*attempt);
    if (!loaded) co_return net::error_response(loaded.error());
    if (!*loaded) co_return net::error_response(404, "not_found", "There is no such message.");
    context = std::move(**loaded);
  }
  const auto clip = co_await deps.calls.voicemail(std::move(*context));
  if (!clip) co_return net::error_response(clip.error());
  net::Response response{200, "audio/wav", audio::format_wav(audio::Wav{AudioFormat{}, **clip})};
  response.headers.set("Cache-Control", "private, max-age=120");
  co_return response;
}

/// A call that another instance has dialed, or whose TwiML another one has served, as the store knows it.
Task<std::optional<ports::AttemptContext>> load_call(const Deps& deps, AttemptId attempt, std::string call_sid) {
  auto context = co_await deps.store.attempts.load(attempt);
  if (!context || !*context) co_return std::nullopt;
  const CallState& call = (**context).call;
  const bool is_ours = call.call_sid == call_sid && is_open(call.state);
  if (!is_ours && !failpoint::is_broken("fence")) co_return std::nullopt;
  co_return std::move(**context);
}

/// Each stream of a call is taken once, by the instance that writes its row; without a store, by whoever knows the
/// call.
Task<bool> take_stream(const Deps& deps, AttemptId attempt, std::string call_sid, std::string number) {
  std::optional<ports::AttemptContext> elsewhere;
  if (!deps.calls.known(attempt)) {
    elsewhere = co_await load_call(deps, attempt, call_sid);
    if (!elsewhere) co_return false;
  }
  Fact fact{FactKind::StreamStarted};
  fact.dedupe_key = "stream_started:" + number;
  fact.at = deps.timers.now();
  fact.call_sid = std::move(call_sid);
  fact.reason = deps.instance.value;
  std::vector<Fact> facts{std::move(fact)};
  const auto recorded = co_await deps.recorder.record_soon(attempt, std::move(facts), kPatience);
  const bool is_away = recorded ? recorded->journalled : dial::is_away(recorded.error());
  const bool is_ours = recorded && recorded->fresh && !recorded->duplicate_call && is_open(recorded->after.state);
  if (!is_away && !is_ours && !failpoint::is_broken("fence")) co_return false;
  co_return !elsewhere || deps.calls.answered(std::move(*elsewhere));
}

/// Runs as long as the stream: the start message names the attempt and its token.
Task<void> serve_stream(const Deps& deps, std::unique_ptr<net::WebSocket> socket) {
  twilio::MediaOptions options;
  options.account_sid = deps.config.twilio_account_sid;
  auto accepted = co_await twilio::accept_media(deps.loop, deps.timers, std::move(socket), options);
  if (!accepted) {
    log::warn("media.refused", {{"reason", accepted.error().detail}});
    co_return;
  }
  auto stream = std::move(*accepted);
  const AttemptId attempt{std::string{stream.start.parameter("attempt")}};
  const std::string number{stream.start.parameter("stream")};
  const bool admitted = deps.tokens.accepts(stream.start.parameter("token"), attempt,
                                            stream_name(stream.start.call_sid, number), deps.timers.now());
  const bool expected = admitted && co_await take_stream(deps, attempt, stream.start.call_sid, number);
  if (!expected) {
    log::warn("media.refused", {{"call_sid", stream.start.call_sid},
                                {"reason", admitted ? "no call waits for this stream, or it has been taken already"
                                                    : "the stream's token is missing, too old or for another call"}});
    co_await stream.link->close();
    co_return;
  }
  co_await deps.calls.serve(attempt, std::move(stream.link));
}

Task<net::HttpHandler::Upgrade> media_stream(const Deps& deps, net::Request) {
  net::HttpHandler::Upgrade upgrade;
  upgrade.limits.max_message = 64 * 1024;
  upgrade.serve = [&deps](std::unique_ptr<net::WebSocket> socket) { return serve_stream(deps, std::move(socket)); };
  co_return upgrade;
}

/// What a callback reports is stored when the point is passed, and Twilio does not know that yet.
Task<net::Response> passing(std::string_view name, Task<net::Response> handling) {
  auto response = co_await std::move(handling);
  failpoint::pass("before_ack", name);
  co_return response;
}

}  // namespace

std::vector<net::Route> twilio_routes(const Deps& deps) {
  const Guard guard = twilio_guard(deps.config.base_url, deps.config.twilio_auth_tokens);
  std::vector<net::Route> routes;
  const auto post = [&](std::string_view name, auto handler) {
    net::Route route;
    route.method = "POST";
    route.pattern = std::string{kPrefix} + std::string{name};
    route.guard = "twilio_signature";
    route.check = guard;
    route.handle = [&deps, handler, name](net::Request request) {
      return passing(name, handler(deps, std::move(request)));
    };
    routes.push_back(std::move(route));
  };
  post("twiml", answer);
  post("status-callback", status_callback);
  post("amd-callback", amd_callback);
  post("recording-callback", recording_callback);
  post("stream-end", stream_end);
  net::Route sound;
  sound.method = "GET";
  sound.pattern = std::string{kVoicemailPath} + ":name";
  sound.guard = "name_is_secret";
  sound.check = [](const net::Request&) { return std::nullopt; };
  sound.handle = [&deps](net::Request request) { return voicemail_sound(deps, std::move(request)); };
  routes.push_back(std::move(sound));
  net::Route media;
  media.method = "GET";
  media.pattern = std::string{kPrefix} + "media-stream";
  media.guard = "twilio_signature";
  media.check = guard;
  media.upgrade = [&deps](net::Request request) { return media_stream(deps, std::move(request)); };
  routes.push_back(std::move(media));
  return routes;
}

}  // namespace otto::api
