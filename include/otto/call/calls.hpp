// All live calls of this instance: each from its dispatch (the agent's ticket is fetched while the phone rings) over
// the answer and the media stream to its end. It knows lines and agents only through ports, and it never waits for
// the store: what happened goes to a recorder by a task of its own.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/call/listener.hpp"
#include "otto/call/tools.hpp"
#include "otto/call/voicemail.hpp"
#include "otto/model/fact.hpp"
#include "otto/ports/agent.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/task.hpp"
#include "otto/rt/time.hpp"

namespace otto::call {

/// Where a call's reports go. Both must keep what they are given until it is stored; neither may throw. A call waits
/// for them only once it has ended, and then for `flush_limit` at most.
struct Recorder {
  std::function<Task<void>(AttemptId, std::vector<Fact>)> facts;
  std::function<Task<void>(AttemptId, std::vector<ports::Turn>, bool final)> turns;
  std::function<Task<void>(AttemptId, ports::CallFigures)> figures;  ///< may be empty: nobody wants them
  /// Whether another instance has taken a later stream of the call; false when that cannot be found out within seconds.
  /// May be empty: there is no other.
  std::function<Task<bool>(AttemptId)> is_elsewhere;
};

/// How a machine is left a message in the agent's voice. Without a speech the line's own voice speaks it.
struct VoicemailOptions {
  ports::Speech* speech = nullptr;
  std::function<std::string(const AttemptId&)> url;  ///< where the line finds the message's sound
  milliseconds patience{1500};                       ///< for a rendering under way, when the message is due
  VoicemailOptions() = default;
};

/// What the agent's tools need of the rest of the house.
struct ToolDoors {
  /// A signed POST to the campaign's tool webhook; `id` is the same for repeats of one tool call.
  std::function<Task<Result<ports::HookAnswer>>(std::string url, std::string id, std::string body)> post;
  CallingHoursGate gate;
  DestinationGate refusal;  ///< of a number that a call is to be transferred to
};

struct CallOptions {
  std::string agent_id;  ///< for campaigns that name none
  std::string apology = "We are sorry, we have a technical problem and cannot go on with this call. Goodbye.";
  milliseconds lead{200};                 ///< of the agent's speech in the line's buffer
  milliseconds keep_uplink{3000};         ///< of the callee's speech until the agent is ready; the oldest is dropped
  milliseconds stream_limit{10'000};      ///< from the answer to the media stream
  seconds expect_limit{180};              ///< from the dispatch to the answer
  seconds silence_limit{60};              ///< without a word from either side
  milliseconds first_word_limit{15'000};  ///< for an agent that has said nothing yet, once the callee has spoken
  milliseconds mark_grace{2000};          ///< beyond the remaining audio, for the line's mark
  milliseconds farewell_grace{1000};      ///< after the agent has asked for the end, for its last words to arrive
  milliseconds flush_limit{10'000};       ///< for the recorder, after the end
  seconds ticket_margin{30};              ///< a ticket that expires within this is fetched again
  VoicemailOptions voicemail;
  std::string opt_out_confirmation = "You will not be called again. Goodbye.";  ///< after the opt-out key
  milliseconds tool_limit{15'000};      ///< from a tool call to its answer; the agent itself waits for 20 s
  milliseconds hang_up_grace{2000};     ///< after hang_up, for words that the agent still says
  milliseconds transfer_limit{15'000};  ///< for the agent's last words before a transfer
  std::size_t max_calls = 1000;         ///< beyond it expect() and answered() decline
  CallOptions() = default;
};

/// One line of a dashboard's list.
struct LiveCall {
  AttemptId attempt;
  CampaignId campaign;
  std::string call_sid;
  std::string state;  ///< "expected", "answered", "live" or "ending"
  TimePoint since;    ///< the dispatch or, once answered, the answer
  std::string name;   ///< first letter only
  std::string phone;  ///< masked
  int user_turns = 0, agent_turns = 0;
};

class Call;
struct CallDeps;

/// Must be drained before it is destroyed (unless it was never used).
class Calls {
 public:
  Calls(Loop& loop, rt::Timers& timers, ports::Line& line, ports::Agent& agent, Recorder recorder, CallOptions options,
        ToolDoors tools = {});
  ~Calls();
  Calls(const Calls&) = delete;

  /// At dispatch: fetches the agent's ticket. A failure is remembered, and made good once at the answer.
  void expect(ports::AttemptContext context);
  /// The call will not be answered: frees its ticket. Nothing for a call that has been answered.
  void drop(const AttemptId& attempt);
  /// The call was answered: the agent's conversation is opened now and its first words are kept for the stream.
  /// Repeatable. False: no place, or this instance takes no new calls.
  bool answered(ports::AttemptContext context);
  /// Another instance has taken the call's `streams`-th stream: what waits here for that one, or has carried an earlier
  /// one, ends without a hang-up.
  void leave(const AttemptId& attempt, int streams);
  /// Expected, answered, live or still tidying up here.
  bool known(const AttemptId& attempt) const;
  /// Known, and its stream is or was here.
  bool streamed(const AttemptId& attempt) const;
  /// Answered or live here.
  bool carries(const AttemptId& attempt) const;
  /// Answered, live or ending here: known, and not only expected. One look-up.
  bool is_talking(const AttemptId& attempt) const;
  std::vector<AttemptId> talking() const;
  /// What is known of an expected, answered or live call, without asking the store.
  std::optional<ports::AttemptContext> context(const AttemptId& attempt) const;
  /// The message for this attempt's machine in the agent's voice, rendered now if need be. NotFound: it has none.
  Task<Result<SpeechClip>> voicemail(ports::AttemptContext context);
  /// Runs the conversation over `link` until everything about the call has ended. A link of an unknown call, or a
  /// second one for a call, is closed at once.
  Task<void> serve(AttemptId attempt, std::unique_ptr<ports::MediaLink> link);
  /// The detector's verdict; false when the call is not ours.
  bool on_machine(const AttemptId& attempt, AnsweredBy verdict);
  /// `reason` becomes the call's end reason. False when the call is not ours.
  bool hang_up(const AttemptId& attempt, std::string reason);
  /// Answered and live calls of the campaign are hung up, expected ones are dropped; returns how many were hung up.
  std::size_t hang_up_all(const CampaignId& campaign);

  /// From now on `listener` hears the call, until either of them ends; a call that is over has told it so. NotFound:
  /// the call is not carried here; Overloaded: eight listen already.
  Result<void> listen(const AttemptId& attempt, Listener& listener);
  /// Before a listener ends; nothing for one that does not listen.
  void stop_listening(const AttemptId& attempt, const Listener& listener);

  std::vector<LiveCall> live() const;
  /// Calls whose tasks still run, also expected ones and those that only tidy up.
  std::size_t size() const noexcept;
  /// Answered or live ones.
  std::size_t active() const noexcept;
  /// From now on only calls that are known may be answered and served.
  void stop_accepting() noexcept { accepting_ = false; }
  /// Waits until every call has ended, for `deadline` at most; what still lives then is handed over. A callee whose
  /// answer comes here meanwhile is taken: there may be nobody else.
  Task<void> drain(milliseconds deadline);
  /// Ends every call here without a hang-up: its stream is closed, and the line asks another instance what to do. A
  /// running drain() returns soon after.
  void hand_over();

 private:
  std::shared_ptr<Call> find(const AttemptId& attempt) const;
  std::shared_ptr<Call> adopt(ports::AttemptContext context);
  struct Seat {
    SteadyPoint look = SteadyPoint::max();  ///< when the wheel comes by
    Call* call = nullptr;
  };
  Task<void> own(std::shared_ptr<Call> call, Seat& seat);
  Seat& free_seat();
  /// One timer for all calls.
  Task<void> turn_wheel();

  std::unique_ptr<CallDeps> deps_;
  std::map<AttemptId, std::shared_ptr<Call>> calls_;
  std::deque<Seat> seats_;    ///< side by side, so that a turn reads nothing of the calls that it passes by
  std::vector<Seat*> empty_;  ///< seats to be taken again
  std::size_t owned_ = 0;     ///< calls whose own() still runs
  rt::Event idle_;            ///< set while owned_ is 0
  bool accepting_ = true, is_ticking_ = false;
  rt::Group group_;
};

}  // namespace otto::call
