// A call's agent side: tickets, the conversation, what the agent says and does.
#include <algorithm>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/call/variables.hpp"

#include "call.hpp"

namespace otto::call {

namespace {

constexpr int kNormalClosure = 1000;                                // RFC 6455 §7.4.1
constexpr std::string_view kAgentsLimit = "max_duration_exceeded";  // before a 1000, as a goodbye's
constexpr std::size_t kMaxRetoldTurn = 500;
constexpr seconds kTurnPause{1};  // of silence after which the callee waits for an answer

/// Whether asking once more may help: not when the provider has said a plain no.
bool may_pass(Errc code) {
  switch (code) {
    case Errc::TimedOut:
    case Errc::Closed:
    case Errc::ConnectFailed:
    case Errc::ConnectionLost:
    case Errc::ProviderUnavailable:
      return true;
    default:
      return false;
  }
}

/// Lost, going away, service failure, internal error, restart, try again later. Not 1008: the same start message would
/// be refused again.
bool may_pass(int close_code) {
  switch (close_code) {
    case 1001:
    case 1002:
    case 1006:
    case 1011:
    case 1012:
    case 1013:
      return true;
    default:
      return false;
  }
}

/// For the fresh conversation of a call that has lost its first one.
std::string what_went_before(const ports::AttemptContext& context) {
  std::string text =
      "The line dropped during this call and has just come back; the customer has already heard the greeting. Go on "
      "where the conversation stopped.";
  if (!context.last_turns.empty()) text += " What was said last:";
  for (const ports::Turn& turn : context.last_turns) {
    text += turn.role == ports::Turn::Role::Agent ? "\nYou: " : "\nCustomer: ";
    text += truncate_utf8(turn.text, kMaxRetoldTurn);
  }
  return text;
}

std::string sentence(const ports::AgentEnded& ended) {
  std::string text = std::to_string(ended.code);
  if (!ended.error_type.empty()) text += " " + ended.error_type;
  if (!ended.reason.empty()) text += ": " + ended.reason;
  return text;
}

}  // namespace

Task<void> Call::fetch_ticket_ahead() {
  auto fetched = co_await deps_.agent.prepare(deps_.agent_of(context_));
  if (fetched) {
    ticket_ = std::move(*fetched);
  } else {
    ++ticket_failures_;
    log::warn("call.ticket_failed", {{"attempt", context_.attempt.value}, {"error", fetched.error().detail}});
  }
  ticket_fetched_.set();
}

Task<Result<ports::AgentTicket>> Call::take_ticket() {
  if (is_fetching_) std::ignore = co_await ticket_fetched_.wait();
  if (auto ticket = std::exchange(ticket_, std::nullopt);
      ticket && ticket->expires_at > deps_.timers.now() + deps_.options.ticket_margin)
    co_return std::move(*ticket);
  while (true) {
    auto fetched = co_await deps_.agent.prepare(deps_.agent_of(context_));
    if (fetched || is_over()) co_return fetched;
    log::warn("call.ticket_failed", {{"attempt", context_.attempt.value}, {"error", fetched.error().detail}});
    if (++ticket_failures_ >= 2 || !may_pass(fetched.error().code)) co_return fetched;
  }
}

Task<void> Call::agent_loop() {
  for (bool is_second_try = false;; is_second_try = true) {
    const Loss loss = co_await hold_conversation();
    if (is_over()) break;
    if (loss.orderly || draining_) {
      if (loss.is_limit) drained_ = EndReason::MaxDuration;
      flush_downlink();
      begin_drain();
      farewell_until_ = now();
      break;
    }
    log::warn("call.agent_lost", {{"attempt", context_.attempt.value}, {"error", loss.detail}});
    loss_text_ = loss.detail;
    if (timeline_.first_audio_sent) {
      fail(EndReason::AgentLost);
      break;
    }
    if (is_second_try || !loss.may_retry) {
      fail(EndReason::AgentFailed);
      break;
    }
    forget_conversation();
  }
  agent_idle_.set();
}

Task<Call::Loss> Call::hold_conversation() {
  auto ticket = co_await take_ticket();
  if (!ticket) co_return Loss{.detail = ticket.error().detail};  // take_ticket() has tried again already
  if (is_over()) co_return Loss{};
  conversation_id_ = ticket->conversation_id;
  ports::ConversationStart start;
  start.variables = conversation_variables(context_);
  start.user_id = context_.attempt.value;
  auto opened = co_await deps_.agent.open(std::move(*ticket), std::move(start));
  if (!opened) co_return Loss{.may_retry = may_pass(opened.error().code), .detail = opened.error().detail};
  auto conversation = std::move(*opened);
  if (is_over()) {
    co_await conversation->close();
    co_return Loss{};
  }
  conversation_ = std::move(conversation);
  const Loss loss = co_await listen_to_agent();
  if (is_over()) co_return loss;  // tear_down() closes it
  uplink_.pause();
  const auto gone = std::move(conversation_);
  co_await gone->close();
  co_return loss;
}

Task<Call::Loss> Call::listen_to_agent() {
  loss_.reset();
  agent_gone_.clear();
  conversation_->listen([this](const ports::AgentEvent& event) { on_agent(event); });
  std::ignore = co_await agent_gone_.wait();
  co_return loss_.value_or(Loss{});
}

void Call::on_agent(const ports::AgentEvent& event) {
  if (is_over() && !std::holds_alternative<ports::AgentEnded>(event)) return;
  std::visit([this](const auto& e) { handle(e); }, event);
  if (!is_at_rest()) look_soon();
}

void Call::handle(const ports::AgentEnded& ended) {
  loss_ = Loss{.orderly = ended.code == kNormalClosure,
               .may_retry = may_pass(ended.code),
               .is_limit = ended.error_type == kAgentsLimit,
               .detail = sentence(ended)};
  agent_gone_.set();
}

void Call::handle(const ports::AgentReady& ready) {
  if (ready_) return;  // the formats of a conversation do not change
  ready_ = ready;
  timeline_.agent_ready = now();
  if (!ready.conversation_id.empty()) conversation_id_ = ready.conversation_id;
  downlink_.emplace(ready.output, AudioFormat{});
  if (!draining_)
    uplink_.open(ready.input, [this](auto bytes) {
      if (conversation_ && !conversation_->send_audio(bytes)) ++timeline_.agent_refusals;
    });
  join_reaches();
  if (context_.call.stream_started) conversation_->send_context(what_went_before(context_));
  report_conversation_started();
}

void Call::report_conversation_started() {
  if (!ready_ || !timeline_.stream_started) return;
  Fact fact = make_fact(FactKind::ConversationStarted);
  fact.dedupe_key += ":" + conversation_id_;  // a second try is another conversation
  fact.conversation_id = conversation_id_;
  fact.reason = to_string(ready_->output) + "/" + to_string(ready_->input);
  reporter_.fact(std::move(fact));
}

/// To the callee an agent that is connected, answers pings and says nothing is no better than one that is gone. Before
/// the callee has spoken its silence may be meant: some agents let the callee begin.
void Call::expect_first_word(SteadyPoint at) {
  if (timeline_.first_audio_sent || !ready_ || loss_ || draining_) return;
  const auto speech = voice_.last_speech();
  if (!asked_ && speech && at - *speech >= kTurnPause) asked_ = speech;
  if (!asked_ || at - std::max(*asked_, *timeline_.agent_ready) < deps_.options.first_word_limit) return;
  loss_ = Loss{.may_retry = true, .detail = "The agent was connected and said nothing."};
  agent_gone_.set();
}

void Call::handle(const ports::AgentAudio& audio) {
  if (!downlink_ || audio.event_id <= playout_.last_interrupted()) return;
  last_event_id_ = std::max(last_event_id_, audio.event_id);
  const auto ulaw = downlink_->convert(audio.bytes);
  if (playout_.push(audio.event_id, ulaw) == Pushed::Full) timeline_.playout_drops += ulaw.size();
  play(now());
}

void Call::handle(const ports::AgentInterruption& interruption) {
  ++timeline_.interruptions;
  const auto cut = playout_.interrupt(interruption.event_id, now());
  if (cut.clear && link_) link_->clear();
  timeline_.agent_was_interrupted();
  // What the filter holds belongs to the last event: void only if that one is.
  if (downlink_ && interruption.event_id >= last_event_id_) downlink_->reset();
  play(now());
}

void Call::handle(const ports::UserTranscript& words) {
  const Dialog before = dialog();
  transcript_.add_user(words.text, deps_.timers.now());
  reporter_.turns_changed();
  follow(judge_.words(words.text, before, now()));
}

void Call::handle(const ports::AgentResponse& words) {
  transcript_.add_agent(words.text, words.event_id, deps_.timers.now());
  reporter_.turns_changed();
}

void Call::handle(const ports::AgentCorrection& words) {
  if (!transcript_.correct(words.original, words.corrected, words.event_id))
    log::debug("call.correction_unmatched", {{"attempt", context_.attempt.value}});
  reporter_.turns_changed();
}

void Call::handle(const ports::AgentToolDone& tool) {
  report_tool(tool.tool, {}, {}, tool.is_error);
  if (tool.is_error) return;
  if (tool.tool == "end_call") {
    farewell_until_ = now() + deps_.options.farewell_grace;
    begin_drain();
  } else if (tool.tool == "voicemail_detection") {
    follow(judge_.found_by_agent(dialog(), now()));
  }
}

void Call::flush_downlink() {
  // The last few milliseconds of the last word are still in the filter: silence pushes them out.
  if (!downlink_ || downlink_->pass_through()) return;
  const std::vector<std::uint8_t> silence(static_cast<std::size_t>(ready_->output.sample_rate) / 50 * 2);
  playout_.push(last_event_id_, downlink_->convert(silence));
}

void Call::forget_conversation() {
  ready_.reset();
  downlink_.reset();
  last_event_id_ = -1;
  playout_ = Playout{playout_.options()};
  transcript_.restart();
  tool_calls_.clear();
  forwards_.clear();
}

void Call::fail(EndReason reason) {
  if (reason == EndReason::AgentFailed) transcript_.restart();  // whatever it meant to say, nobody heard it
  // Without a stream here the callee may be with another instance, which must not be talked over.
  if (link_) {
    if (!leaves_end_to_transfer(reason, true)) end(reason);
  } else {
    end_at_stream_ = reason;
  }
}

}  // namespace otto::call
