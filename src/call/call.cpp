#include "call.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "otto/audio/g711.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"

namespace otto::call {

namespace {

PlayoutOptions playout_options(const CallOptions& options) {
  PlayoutOptions playout;
  playout.lead = options.lead;
  return playout;
}

/// A call that lost its first stream goes on behind the turns that the other instance has stored. How many there were
/// died with it; nobody completes more than one turn per second.
int first_turn_number(const ports::AttemptContext& context, TimePoint now) {
  if (!context.call.stream_started) return 0;
  return static_cast<int>(
      std::max<std::int64_t>(1, std::chrono::duration_cast<seconds>(now - context.sending_at).count()));
}

/// What this room itself has dropped; the link and the conversation count what they did not take.
void count_drops(const char* side, std::size_t bytes) {
  const auto frames = static_cast<double>(bytes / audio::kFrameBytes);
  if (frames > 0) metrics::add("otto_media_dropped_total", {{"side", side}}, frames);
}

constexpr milliseconds kLookPause{100};
constexpr int kMaxTraces = 200;  ///< of tools and keys; an agent in a loop or a child at the keys fills no table

Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }

/// What nobody has decided. An instance that has been frozen notices it when it wakes, and by then another one may talk
/// on with the callee.
bool is_noticed(EndReason reason) {
  return reason == EndReason::LinkLost || reason == EndReason::AgentLost || reason == EndReason::AgentFailed ||
         reason == EndReason::MaxDuration || reason == EndReason::Silence;
}

}  // namespace

std::string_view to_string(EndReason reason) noexcept {
  static constexpr std::array<std::string_view, 14> kNames{
      "agent_ended", "callee_hung_up", "link_lost",   "agent_lost", "agent_failed", "machine",   "max_duration",
      "silence",     "hung_up",        "handed_over", "no_stream",  "not_answered", "opted_out", "transferred"};
  return kNames[static_cast<std::size_t>(reason)];
}

Call::Call(const CallDeps& deps, ports::AttemptContext context)
    : deps_{deps},
      uplink_{deps.options.keep_uplink},
      playout_{playout_options(deps.options)},
      context_{std::move(context)},
      nonce_{make_uuid_v7()},
      since_{deps.timers.now()},
      transcript_{first_turn_number(context_, since_)},
      reporter_{deps.loop, deps.recorder, context_.attempt, transcript_},
      over_{deps.loop},
      finished_{deps.loop},
      ticket_fetched_{deps.loop},
      agent_gone_{deps.loop},
      agent_idle_{deps.loop},
      message_rendered_{deps.loop},
      group_{deps.loop, "call"} {
  group_.spawn("report", reporter_.run());
}

void Call::expect() {
  is_fetching_ = true;
  group_.spawn("ticket", fetch_ticket_ahead());
  expect_until_ = now() + deps_.options.expect_limit;
}

void Call::answer(const ports::AttemptContext& context) {
  if (phase_ != Phase::Expected) return;
  context_ = context;
  phase_ = Phase::Answered;
  since_ = deps_.timers.now();
  answered_at_ = now();
  timeline_.answered = answered_at_;
  has_agent_task_ = true;
  group_.spawn("agent", agent_loop());
  AnswerJudge::Options judging;
  judging.wanted = context_.settings.voicemail;
  judging.has_message = !context_.settings.voicemail_message.empty();
  judging.screening = context_.settings.call_screening;
  judge_ = AnswerJudge{judging};
  // Now and not at the dispatch: it is paid by the character, and the shortest greeting is longer than a rendering.
  if (deps_.speeches && wants_agent_voice(context_.settings)) group_.spawn("message", render_message());
  if (early_verdict_) machine(*early_verdict_);
}

Dialog Call::dialog() const {
  Dialog dialog;
  dialog.exchanges = transcript_.exchanges();
  dialog.is_first_run = dialog.exchanges == 1 && transcript_.turns().back().role == ports::Turn::Role::Customer;
  if (const auto first = transcript_.first_user_words())
    dialog.since_words = std::chrono::duration_cast<milliseconds>(deps_.timers.now() - *first);
  return dialog;
}

void Call::tick(SteadyPoint at) {
  if (look_ != nullptr) *look_ = is_over() ? SteadyPoint::max() : at + kLookPause;
  if (phase_ == Phase::Expected && at >= expect_until_) return end(EndReason::NotAnswered);
  if (phase_ != Phase::Answered && phase_ != Phase::Live) return;
  if (judge_.is_due(at)) follow(judge_.tick(dialog(), at));
  if (is_over()) return;
  if (!link_) {
    if (at - answered_at_ >= deps_.options.stream_limit) end(EndReason::NoStream);
    return;
  }
  uplink_.flush();
  play(at);
  tell_keys(at);
  if (const auto speech = voice_.last_speech()) last_activity_ = std::max(last_activity_, *speech);
  expect_first_word(at);
  if (at >= max_until_) return end(EndReason::MaxDuration);
  if (at - last_activity_ >= deps_.options.silence_limit) return end(EndReason::Silence);
  progress_drain(at);
  if (!is_at_rest()) look_soon();
}

void Call::end(EndReason reason, std::string text) {
  if (is_over()) return;
  if (!link_ || !is_noticed(reason) || !deps_.recorder.is_elsewhere) return close(reason, std::move(text));
  if (!std::exchange(is_asking_, true)) group_.spawn("elsewhere", end_unless_elsewhere(reason, std::move(text)));
}

Task<void> Call::end_unless_elsewhere(EndReason reason, std::string text) {
  const bool is_elsewhere = co_await deps_.recorder.is_elsewhere(context_.attempt);
  if (is_over()) co_return;
  if (is_elsewhere) {
    log::warn("call.is_elsewhere", {{"attempt", context_.attempt.value}, {"noticed", to_string(reason)}});
    co_return close(EndReason::HandedOver, {});
  }
  close(reason, std::move(text));
}

void Call::close(EndReason reason, std::string text) {
  phase_ = Phase::Over;
  reason_ = reason;
  reason_text_ = text.empty() ? std::string{to_string(reason)} : std::move(text);
  uplink_.close();
  // Whatever the end, nothing more may be heard: the apology or the message replaces the agent at once.
  const auto cut = playout_.drop_all(now());
  if (cut.clear && link_) link_->clear();
  for (Listener* listener : std::exchange(listeners_, {})) listener->on_over();
  // Before the stream closes: the line's question what to do next must find the answer in the store.
  report_end();
  over_.set();
}

/// What comes from either side is handed to the other.
void Call::join_reaches() {
  if (!link_ || !conversation_) return;
  const auto* const own = reinterpret_cast<const char*>(this);
  const auto upward = static_cast<std::size_t>(reinterpret_cast<const char*>(&downlink_) - own);
  const auto both = static_cast<std::size_t>(reinterpret_cast<const char*>(&context_) - own);
  Reach line{own, upward};
  line.add(uplink_.reach());
  line.add(conversation_->reach());
  Reach agent{own, both};
  if (downlink_) agent.add(downlink_->reach());
  agent.add(link_->reach());
  link_->expect(line);
  conversation_->expect(agent);
}

Task<void> Call::run() {
  co_await wait_for(over_);
  co_await tear_down();
  finished_.set();
}

Task<void> Call::tear_down() {
  co_await act_on_line();
  if (conversation_) co_await conversation_->close();
  if (link_) co_await link_->close();
  // The ports' own deadlines end these two; cancelling a half-open conversation could leak its place.
  if (has_agent_task_) co_await wait_for(agent_idle_);
  if (is_fetching_) co_await wait_for(ticket_fetched_);
  co_await flush_reports();
  group_.stop();
  co_await group_.join();
  log_end();
  conversation_.reset();
  link_.reset();
}

Task<void> Call::flush_reports() {
  reporter_.finish();
  auto flushed = wait_for(reporter_.done());
  auto limit = deps_.timers.sleep_for(deps_.options.flush_limit);
  co_await rt::first_of(std::move(flushed), std::move(limit));
  if (reporter_.done().is_set()) co_return;
  reporter_.abandon();
  log::error("call.reports_lost", {{"attempt", context_.attempt.value},
                                   {"facts", std::uint64_t{reporter_.pending_facts()}},
                                   {"turns", std::uint64_t{transcript_.turns().size()}}});
}

Fact Call::make_fact(FactKind kind) const {
  Fact fact{kind};
  fact.dedupe_key = std::string{to_string(kind)} + ":" + nonce_;
  fact.at = deps_.timers.now();
  fact.call_sid = context_.call.call_sid;
  return fact;
}

std::optional<Fact> Call::make_trace(FactKind kind) {
  if (traces_ == kMaxTraces) return std::nullopt;
  Fact fact = make_fact(kind);
  fact.dedupe_key += ":" + std::to_string(++traces_);
  return fact;
}

void Call::report_end() {
  if (!timeline_.stream_started) return;
  Fact stream = make_fact(FactKind::StreamEnded);
  stream.reason = reason_text_;
  Fact talk = make_fact(FactKind::ConversationEnded);
  talk.reason = reason_text_;
  talk.conversation_id = conversation_id_;
  talk.user_turns = transcript_.user_turns();
  talk.agent_turns = transcript_.agent_turns();
  if (reason_ == EndReason::AgentLost || reason_ == EndReason::AgentFailed) talk.evidence = loss_text_;
  reporter_.fact(std::move(stream));
  reporter_.figures(make_figures(timeline_, nonce_, deps_.timers.now(), dropped_bytes()));
  // Handed over: the conversation has no end yet; another instance goes on with it.
  if (reason_ != EndReason::HandedOver) reporter_.fact(std::move(talk));
}

void Call::log_end() const {
  if (!timeline_.answered) return log::debug("call.not_answered", {{"attempt", context_.attempt.value}});
  metrics::add("otto_conversations_total", {{"reason", std::string{to_string(reason_)}}});
  count_drops("callee", uplink_.dropped());
  count_drops("agent", timeline_.playout_drops);
  const auto observe = [this](const char* name, const std::optional<SteadyPoint>& when) {
    if (const auto ms = between(timeline_.answered, when); ms >= 0)
      metrics::observe(name, static_cast<double>(ms) / 1000);
  };
  observe("otto_answer_to_ready_seconds", timeline_.agent_ready);
  observe("otto_answer_to_speech_seconds", timeline_.first_audio_sent);
  log::info("call.ended", {{"attempt", context_.attempt.value},
                           {"call_sid", context_.call.call_sid},
                           {"conversation", conversation_id_},
                           {"reason", reason_text_},
                           {"user_turns", transcript_.user_turns()},
                           {"agent_turns", transcript_.agent_turns()},
                           {"interruptions", timeline_.interruptions},
                           {"answer_to_agent_ms", between(timeline_.answered, timeline_.agent_ready)},
                           {"answer_to_stream_ms", between(timeline_.answered, timeline_.stream_started)},
                           {"answer_to_speech_ms", between(timeline_.answered, timeline_.first_audio_sent)},
                           {"turn_latency_median_ms", timeline_.median_latency().count()},
                           {"turn_latency_worst_ms", timeline_.worst_latency().count()},
                           {"agent_refusals", std::uint64_t{timeline_.agent_refusals}},
                           {"dropped_bytes", std::uint64_t{dropped_bytes()}}});
}

LiveCall Call::describe() const {
  static constexpr std::array<std::string_view, 4> kStates{"expected", "answered", "live", "ending"};
  LiveCall row;
  row.attempt = context_.attempt;
  row.campaign = context_.campaign;
  row.call_sid = context_.call.call_sid;
  row.state = kStates[static_cast<std::size_t>(draining_ ? Phase::Over : phase_)];
  row.since = since_;
  const auto& name = context_.contact.name;
  // The first character, which may be several bytes of UTF-8.
  std::size_t first = name.empty() ? 0 : 1;
  while (first < name.size() && (static_cast<unsigned char>(name[first]) & 0xC0) == 0x80) ++first;
  row.name = name.substr(0, first) + "•••";
  row.phone = mask_phone(context_.contact.phone);
  row.user_turns = transcript_.user_turns();
  row.agent_turns = transcript_.agent_turns();
  return row;
}

}  // namespace otto::call
