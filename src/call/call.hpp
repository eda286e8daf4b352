// One call, from its dispatch to the last report about it.
//
//   Expected ──answer()──▶ Answered ──attach()──▶ Live ──▶ Over
//   (phone rings, the      (agent opens, its      (pumps in both    (line, agent and link are closed in this
//    ticket is fetched)     first words wait)      directions)       order, reports flushed, tasks joined)
//
// What comes from either side is acted on at once, without suspending, so the state below has no locks and no half-done
// changes. end() may be called from anywhere, in any phase; run() does what follows from it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "otto/audio/converter.hpp"
#include "otto/call/answer_judge.hpp"
#include "otto/call/calls.hpp"
#include "otto/call/machine.hpp"
#include "otto/call/playout.hpp"
#include "otto/call/transcript.hpp"
#include "otto/call/voice_activity.hpp"
#include "otto/rt/mailbox.hpp"

#include "reporter.hpp"
#include "timeline.hpp"
#include "uplink.hpp"

namespace otto::call {

struct CallDeps {
  Loop& loop;
  rt::Timers& timers;
  ports::Line& line;
  ports::Agent& agent;
  Recorder recorder;
  CallOptions options;
  ToolDoors tools;
  std::unique_ptr<SpeechCache> speeches;  ///< null: the line speaks

  const std::string& agent_of(const ports::AttemptContext& context) const {
    return context.settings.agent_id.empty() ? options.agent_id : context.settings.agent_id;
  }
};

enum class EndReason : std::uint8_t {
  AgentEnded,    ///< the agent said goodbye
  CalleeHungUp,  ///< the line says so
  LinkLost,      ///< the media broke off without a word from the line
  AgentLost,     ///< gone in the middle of the conversation
  AgentFailed,   ///< never said a word
  Machine,       ///< hung up on, or a message was left
  MaxDuration,
  Silence,
  HungUp,       ///< by one of us; the text says why
  HandedOver,   ///< this instance stops; the line asks another one
  NoStream,     ///< answered, but the media went elsewhere or nowhere
  NotAnswered,  ///< never picked up
  OptedOut,     ///< the callee pressed the key for it
  Transferred,  ///< the line has connected the callee with somebody else
};
std::string_view to_string(EndReason reason) noexcept;

class Call {
 public:
  enum class Phase : std::uint8_t { Expected, Answered, Live, Over };

  Call(const CallDeps& deps, ports::AttemptContext context);

  void expect();
  void answer(const ports::AttemptContext& context);
  /// Takes the link if the call has none; otherwise `link` is left alone.
  bool attach(std::unique_ptr<ports::MediaLink>& link);
  void machine(AnsweredBy verdict);
  void end(EndReason reason, std::string text = {});
  /// False: enough do already.
  bool listen(Listener& listener);
  void stop_listening(const Listener& listener) { std::erase(listeners_, &listener); }
  /// `look` is when the wheel of all calls should come by again; null: never. Looking at a call for nothing costs more
  /// than most looks do, for nothing of it is in the cache.
  void take_seat(SteadyPoint* look) noexcept { look_ = look; }
  /// From the wheel.
  void tick(SteadyPoint now);
  /// Waits for the end, then tidies up; the object may be destroyed when it returns.
  Task<void> run();

  const AttemptId& attempt() const noexcept { return context_.attempt; }
  const CampaignId& campaign() const noexcept { return context_.campaign; }
  Phase phase() const noexcept { return phase_; }
  bool is_over() const noexcept { return phase_ == Phase::Over; }
  bool is_streamed() const noexcept { return timeline_.stream_started.has_value(); }  ///< has, or had, its stream
  rt::Event& finished() noexcept { return finished_; }
  LiveCall describe() const;
  const ports::AttemptContext& context() const noexcept { return context_; }

 private:
  struct Loss {  ///< how a conversation, or the try to get one, ended
    bool orderly = false, may_retry = false;
    bool is_limit = false;  ///< orderly: the agent's own limit of a conversation's duration
    std::string detail;
  };

  // call_agent.cpp
  Task<void> fetch_ticket_ahead();
  Task<Result<ports::AgentTicket>> take_ticket();
  Task<void> agent_loop();
  Task<Loss> hold_conversation();
  Task<Loss> listen_to_agent();
  void on_agent(const ports::AgentEvent& event);
  void handle(const ports::AgentReady& ready);
  void handle(const ports::AgentAudio& audio);
  void handle(const ports::AgentInterruption& interruption);
  void handle(const ports::UserTranscript& words);
  void handle(const ports::AgentResponse& words);
  void handle(const ports::AgentCorrection& words);
  void handle(const ports::AgentToolCall& call);
  void handle(const ports::AgentToolDone& tool);
  void handle(const ports::AgentEnded& ended);
  void flush_downlink();
  void forget_conversation();
  void report_conversation_started();
  void expect_first_word(SteadyPoint at);
  void fail(EndReason reason);

  // call_tools.cpp
  void do_tool(const ports::AgentToolCall& call, const HangUpAsked&);
  void do_tool(const ports::AgentToolCall& call, const OptOutAsked&);
  void do_tool(const ports::AgentToolCall& call, const CallbackAsked& asked);
  void do_tool(const ports::AgentToolCall& call, const TransferAsked& asked);
  void do_tool(const ports::AgentToolCall& call, const KeysAsked& asked);
  void do_tool(const ports::AgentToolCall& call, const ForwardAsked&);
  void do_tool(const ports::AgentToolCall& call, const ToolRefused& refused);
  Task<void> forward_tool(ports::AgentToolCall call);
  void answer_tool(const ports::AgentToolCall& call, std::string text, bool is_error = false);
  void report_tool(const std::string& tool, std::string asked, std::string_view answer, bool is_error);
  void opt_out(std::string_view source);
  void progress_tools(SteadyPoint now);
  void progress_transfer(SteadyPoint now);
  Task<void> transfer();
  bool leaves_end_to_transfer(EndReason reason, bool has_media);

  // call_line.cpp
  void on_line(const ports::LinkEvent& event);
  EndReason meaning_of(const ports::LinkEnded& ended) const;
  void handle(const ports::LinkAudio& audio);
  void handle(const ports::LinkDtmf& dtmf);
  void handle(const ports::LinkMark& mark);
  void handle(const ports::LinkEnded& ended);
  void tell_keys(SteadyPoint now);
  void play(SteadyPoint now);
  void hush(SteadyPoint now);
  void begin_drain();
  void progress_drain(SteadyPoint now);
  Task<void> act_on_line();
  Task<bool> hang_up_line();
  Task<bool> say_on_line(std::string text);

  // call_machine.cpp
  void follow(const AnswerRuling& ruling);
  void report_machine(MachineAction done);
  Task<void> act_on_machine();
  Task<void> render_message();
  Task<bool> leave_message();

  // call.cpp
  void join_reaches();
  Task<void> end_unless_elsewhere(EndReason reason, std::string text);
  void close(EndReason reason, std::string text);
  Task<void> tear_down();
  Task<void> flush_reports();
  Fact make_fact(FactKind kind) const;
  /// What is only told: any number of a kind, up to a bound; none then.
  std::optional<Fact> make_trace(FactKind kind);
  void report_end();
  void log_end() const;
  std::size_t dropped_bytes() const { return uplink_.dropped() + timeline_.line_drops + timeline_.playout_drops; }
  Dialog dialog() const;
  SteadyPoint now() const { return deps_.timers.steady(); }
  /// Nothing to play and nothing to wait for: a look now and then will do.
  bool is_at_rest() const { return playout_.empty() && !draining_ && !uplink_.has_kept() && !judge_.is_waiting(); }
  void look_soon() noexcept {
    if (look_ != nullptr) *look_ = SteadyPoint::min();
  }

  // What a frame touches, from here (upward: to the downlink) …
  const CallDeps& deps_;
  Phase phase_ = Phase::Expected;
  bool agent_speaks_ = false, draining_ = false;
  SteadyPoint* look_ = nullptr;
  std::unique_ptr<ports::MediaLink> link_;
  std::unique_ptr<ports::Conversation> conversation_;
  std::vector<Listener*> listeners_;  ///< who listens in, at most eight
  Uplink uplink_;
  VoiceActivity voice_;
  std::optional<audio::Converter> downlink_;
  std::int64_t last_event_id_ = -1;
  Playout playout_;
  SteadyPoint last_activity_{};
  Timeline timeline_;
  // … to here.

  ports::AttemptContext context_;
  const std::string nonce_;  ///< parts this call's reports from those of another stream of the same attempt
  TimePoint since_;

  // the agent's side
  std::optional<ports::AgentTicket> ticket_;
  int ticket_failures_ = 0;
  bool is_fetching_ = false, has_agent_task_ = false;
  std::optional<Loss> loss_;  ///< how the conversation under way has ended
  std::optional<ports::AgentReady> ready_;
  std::string conversation_id_, keys_;  ///< keys_: pressed, and not told yet
  SteadyPoint keys_until_{};            ///< more may follow until then
  std::optional<SteadyPoint> asked_;    ///< when the callee had first finished saying something

  // the line's side
  SteadyPoint answered_at_{}, expect_until_ = SteadyPoint::max(), max_until_ = SteadyPoint::max();

  // the agent's tools
  struct Transfer {
    std::string number;
    SteadyPoint not_before, not_after;
    bool is_asked = false;                 ///< the line has been asked
    std::optional<EndReason> end_instead;  ///< what would have ended the call meanwhile, and does if the transfer fails
  };
  int traces_ = 0;                    ///< facts so far of what is only told: tools and keys
  std::set<std::string> tool_calls_;  ///< taken before: the same call is never carried out or answered twice
  struct Forward {
    ports::AgentToolCall call;
    SteadyPoint until;
  };
  std::map<std::string, Forward> forwards_;  ///< tool calls that wait for the webhook, by id
  std::optional<Transfer> transfer_;
  bool opted_out_ = false;

  // the way to the end
  bool mark_heard_ = false, is_asking_ = false;
  std::string mark_;
  SteadyPoint mark_until_{};
  std::optional<SteadyPoint> farewell_until_;
  EndReason drained_ = EndReason::AgentEnded;  ///< what it means when the last word has been heard
  std::optional<EndReason> end_at_stream_;     ///< decided before anybody could hear an apology
  AnswerJudge judge_;
  AnswerRuling ruling_;  ///< the one with an action
  std::optional<AnsweredBy> early_verdict_, verdict_;
  EndReason reason_ = EndReason::NotAnswered;
  std::string reason_text_, loss_text_;

  Transcript transcript_;
  Reporter reporter_;
  rt::Event over_, finished_, ticket_fetched_, agent_gone_, agent_idle_, message_rendered_;
  rt::Group group_;  ///< last: its tasks use everything above
};

}  // namespace otto::call
