#include "otto/campaign/rehearsal.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <random>
#include <set>

#include "otto/campaign/engine.hpp"
#include "otto/dial/recorder.hpp"

namespace otto::campaign {

namespace {

constexpr seconds kUnanswered{30};  // that a phone rings
constexpr seconds kMachine{20};     // that a machine is listened to
constexpr seconds kLong{24 * 3600};
/// Time moves on by at most so much while a verb of the store is under way, as it would in life: what falls together
/// goes to the database together.
constexpr milliseconds kMeanwhile{1000};

/// Every call is placed at once; what becomes of it is thrown.
class PretendedLine final : public ports::Line {
 public:
  std::function<void(const ports::PlaceRequest&, const std::string& call_sid)> on_place;
  Task<ports::PlaceResult> place(ports::PlaceRequest request) override {
    ports::PlaceResult result;
    if (request.may_send && !request.may_send()) {
      result.verdict = ports::PlaceVerdict::NotSent;
      co_return result;
    }
    result.verdict = ports::PlaceVerdict::Placed;
    result.call_sid = fmt::format("CA{:032}", ++placed_);
    on_place(request, result.call_sid);
    co_return result;
  }
  Task<Result<void>> hang_up(std::string) override { co_return Result<void>{}; }
  Task<Result<void>> say_and_hang_up(std::string, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> play_and_hang_up(std::string, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> transfer(ports::TransferRequest) override { co_return Result<void>{}; }
  Task<Result<ports::LineCall>> fetch(std::string) override { co_return nobody(); }
  Task<Result<std::vector<ports::LineCall>>> list(std::string, std::string) override { co_return nobody(); }
  Task<Result<std::vector<ports::LineRecording>>> recordings(std::string) override { co_return nobody(); }
  Task<Result<std::string>> check() override { co_return nobody(); }

 private:
  static Error nobody() { return Error{Errc::ProviderUnavailable, "This is a rehearsal."}; }
  int placed_ = 0;
};

class PretendedAgent final : public ports::Agent {
 public:
  Task<Result<ports::AgentTicket>> prepare(std::string) override { co_return ports::AgentTicket{}; }
  Task<Result<std::unique_ptr<ports::Conversation>>> open(ports::AgentTicket, ports::ConversationStart) override {
    co_return nobody();
  }
  Task<Result<ports::ConversationDetails>> fetch(std::string) override { co_return nobody(); }
  Task<Result<ports::AgentCheck>> check(std::string, ports::AgentNeeds) override { co_return nobody(); }
  Task<Result<int>> max_conversations() override { co_return nobody(); }

 private:
  static Error nobody() { return Error{Errc::ProviderUnavailable, "This is a rehearsal."}; }
};

/// Nothing is kept: a rehearsal that loses its database has failed.
class NoJournal final : public ports::Journal {
 public:
  Task<Result<void>> append(std::string) override { co_return Error{Errc::Overloaded, "This is a rehearsal."}; }
  Task<Result<std::vector<std::string>>> oldest(std::size_t) override { co_return std::vector<std::string>{}; }
  Task<Result<void>> drop(std::size_t) override { co_return Result<void>{}; }
  Task<Result<void>> set_aside(std::string) override { co_return Result<void>{}; }
  bool empty() const noexcept override { return true; }
  std::optional<Error> failure() const override { return std::nullopt; }
  Task<void> look_around() override { co_return; }
};

Fact fact_of(FactKind kind, const std::string& call_sid, TimePoint at) {
  Fact fact{kind};
  fact.dedupe_key = std::string{to_string(kind)};
  fact.call_sid = call_sid;
  fact.at = at;
  return fact;
}

class Rehearsal {
 public:
  Rehearsal(Loop& loop, rt::VirtualTimers& timers, ports::Store store, CampaignId id, const RehearsalOptions& options)
      : loop_{loop},
        timers_{timers},
        store_{std::move(store)},
        id_{std::move(id)},
        options_{options},
        recorder_{{loop, timers_, store_.attempts, line_, journal_}},
        dialer_{{timers_, store_.attempts, line_, recorder_,
                 [this](const ports::AttemptContext& context) { check_hours(context); }}},
        engine_{{loop, timers_, store_, dialer_, agent_, InstanceId{make_uuid_v7()}}, engine_options()} {
    line_.on_place = [this](const ports::PlaceRequest& request, const std::string& sid) { begin_call(request, sid); };
    recorder_.on_change = [this](const AttemptId&, const ports::Recorded& recorded) {
      if (recorded.closed_now) engine_.wake(recorded.campaign);
    };
  }

  RehearsalReport run(const std::function<ports::VerbsUnderWay()>& under_way) {
    report_.began = timers_.now();
    const TimePoint last = report_.began + options_.longest;
    group_.spawn("engine", engine_.run());
    group_.spawn("watch", watch());
    while (group_.size() > 0) {
      if (loop_.stopped()) loop_.restart();
      if (loop_.poll() > 0) continue;
      const auto began = began_of_oldest(under_way());
      if (began && !timers_.wakes_by(*began + kMeanwhile)) {
        loop_.run_one();
        continue;
      }
      if (!timers_.step() || timers_.now() > last) break;
    }
    return std::move(report_);
  }

 private:
  Engine::Options engine_options() const {
    Engine::Options engine;
    engine.callers = options_.callers;
    engine.calls_per_second = options_.calls_per_second;
    engine.limits = options_.limits;
    engine.max_conversations = options_.max_conversations;
    engine.owns_clock = true;
    // Nobody else is there to be looked for, and virtual days pass in moments.
    engine.poll = std::chrono::duration_cast<milliseconds>(kLong);
    engine.longest_wait = std::chrono::duration_cast<milliseconds>(kLong);
    engine.lease = kLong * 4;
    engine.agent_trust = kLong;
    return engine;
  }

  /// Of the verbs under way. To be asked before time moves on.
  std::optional<SteadyPoint> began_of_oldest(const ports::VerbsUnderWay& verbs) {
    if (begins_.empty() || begins_.back().next < verbs.next) begins_.push_back({verbs.next, timers_.steady()});
    while (begins_.front().next <= verbs.oldest && begins_.size() > 1) begins_.pop_front();
    return verbs.oldest == verbs.next ? std::nullopt : std::optional{begins_.front().at};
  }

  void check_hours(const ports::AttemptContext& context) {
    const auto verdict = dial::may_dial(context.contact, context.settings, timers_.now());
    if (!verdict.may_dial)
      report_.out_of_hours.push_back(context.contact.phone + " at " + format_iso8601(timers_.now()) + ": " +
                                     verdict.reason);
  }

  void begin_call(const ports::PlaceRequest& request, const std::string& sid) {
    ++report_.calls;
    ++report_.calls_by_hour[std::chrono::floor<hours>(timers_.now())];
    report_.most_at_once = std::max(report_.most_at_once, ++under_way_);
    calls_.spawn("call", play_call(request.attempt, sid, request.time_limit, dice_for(request.to)));
  }

  /// Of the number's next call: the same in whatever order the calls are begun.
  std::minstd_rand dice_for(const std::string& to) {
    const std::uint64_t number = std::hash<std::string>{}(to) ^ options_.odds.seed;
    std::seed_seq seed{static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), ++calls_to_[to]};
    return std::minstd_rand{seed};
  }

  /// One throw says how the call goes, another how long it lasts.
  Task<void> play_call(AttemptId attempt, std::string sid, seconds longest, std::minstd_rand dice) {
    const RehearsalOdds& odds = options_.odds;
    const double throw_of = std::uniform_real_distribution<double>{}(dice);
    const double mean = static_cast<double>(std::max<std::int64_t>(odds.talk.count(), 1));
    const seconds talk{std::clamp<std::int64_t>(std::llround(std::exponential_distribution<double>{1.0 / mean}(dice)),
                                                1, longest.count())};
    LegStatus status = LegStatus::NoAnswer;
    seconds ring = kUnanswered, duration{0};
    std::vector<Fact> facts;
    const bool human = throw_of < odds.human;
    const bool machine = !human && throw_of < odds.human + odds.voicemail;
    if (human || machine) {
      status = LegStatus::Completed;
      ring = odds.ring;
      duration = human ? talk : kMachine;
    } else if (throw_of < odds.human + odds.voicemail + odds.busy) {
      status = LegStatus::Busy;
      ring = seconds{3};
    } else if (throw_of < odds.human + odds.voicemail + odds.busy + odds.failed) {
      status = LegStatus::Failed;
      ring = seconds{3};
    }
    co_await timers_.sleep_for(ring + duration);
    const TimePoint now = timers_.now();
    if (human || machine) facts.push_back(fact_of(FactKind::Answered, sid, now - duration));
    if (machine) {
      facts.push_back(fact_of(FactKind::MachineHandled, sid, now));
      facts.back().reason = "hangup";
    }
    facts.push_back(fact_of(FactKind::Status, sid, now));
    facts.back().status = status;
    facts.back().sequence = 3;
    if (duration > seconds{0}) facts.back().duration_seconds = static_cast<int>(duration.count());
    report_.talked += duration;
    --under_way_;
    std::ignore = co_await recorder_.record(std::move(attempt), std::move(facts));
  }

  /// The end: the campaign is over, or held and nobody is there to resume it.
  Task<void> watch() {
    for (;;) {
      co_await timers_.sleep_for(minutes{30});
      auto state = co_await store_.campaigns.state(id_, timers_.now());
      if (!state) break;
      const Campaign& campaign = state->campaign;
      const bool is_active = campaign.status == CampaignStatus::Pending || campaign.status == CampaignStatus::Running;
      if (is_active && !(campaign.hold && state->open_calls == 0)) continue;
      report_.status = campaign.status;
      report_.ended = campaign.completed_at.value_or(campaign.held_at.value_or(timers_.now()));
      report_.contacts = campaign.total_contacts;
      report_.completed = campaign.contacts_completed;
      report_.failed = campaign.contacts_failed;
      report_.cost_micros = state->spent_micros;
      report_.rules = std::move(state->rules);
      report_.hold_reason = campaign.hold ? campaign.hold_reason : campaign.failure_reason.value_or("");
      auto results = co_await store_.campaigns.results(id_, 0, "");
      if (results) report_.outcomes = std::move(results->outcomes);
      break;
    }
    engine_.stop();
    co_await calls_.join();
    co_await recorder_.stop();
  }

  Loop& loop_;
  rt::VirtualTimers& timers_;
  ports::Store store_;
  CampaignId id_;
  RehearsalOptions options_;
  PretendedLine line_;
  PretendedAgent agent_;
  NoJournal journal_;
  dial::Recorder recorder_;
  dial::Dialer dialer_;
  Engine engine_;
  rt::Group calls_{loop_, "calls"};
  rt::Group group_{loop_, "rehearsal"};
  RehearsalReport report_;
  std::map<std::string, std::uint32_t> calls_to_;
  int under_way_ = 0;
  struct Begin {
    std::uint64_t next;  ///< verbs with lower numbers have begun by then
    SteadyPoint at;
  };
  std::deque<Begin> begins_;
};

}  // namespace

bool may_block_loop(const rt::VirtualTimers& timers) { return !timers.wakes_by(timers.steady() + kMeanwhile); }

RehearsalReport rehearse(Loop& loop, rt::VirtualTimers& timers, ports::Store store, const CampaignId& campaign,
                         const RehearsalOptions& options, const std::function<ports::VerbsUnderWay()>& under_way) {
  return Rehearsal{loop, timers, std::move(store), campaign, options}.run(under_way);
}

}  // namespace otto::campaign
