#include "drill/faults.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "otto/base/failpoint.hpp"
#include "otto/base/text.hpp"

#include "drill/falsify.hpp"

namespace otto::drill {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSpeed = 20;   // of the carrier's rings and delays
constexpr int kBatch = 40;      // contacts per campaign
constexpr int kLowWater = 100;  // contacts left before the next campaign comes: three or four run side by side

Json wait_ms(int real) { return static_cast<int>(real * kSpeed); }

/// Every third number's first request goes wrong, in each way in turn; callbacks are lost, doubled and late.
Json scenario(std::uint64_t seed, std::mt19937_64& dice, const std::string& broken) {
  static const std::vector<std::string> kModes{
      "accept-reset",   "accept-reset-headers", "accept-reset-body", "accept-5xx",
      "accept-garbage", "reject-reset",         "reject-5xx",        "429",
      "accept-twice"};
  Json numbers = Json::object();
  for (int n = 0; n < kNumbers; ++n) {
    if (dice() % 3 != 0) continue;
    Json fault{{"mode", kModes[dice() % kModes.size()]}};
    // A fence that nobody needs shows nothing.
    if (broken == "fence") fault["mode"] = "accept-twice";
    if (dice() % 4 == 0) fault["answer_delay_ms"] = wait_ms(static_cast<int>(dice() % 3000));
    Json faults = Json::array({fault});
    // Carried out each time and never told of: whoever puts the request back in its queue repeats it.
    if (broken == "rescue") faults = Json(4, Json{{"mode", "accept-reset"}});
    numbers[number(n)] = {{"create", std::move(faults)}};
  }
  return {{"seed", seed},
          // Nobody who stays on the line until somebody else hangs up: such calls last half a minute.
          {"mix", {{"busy", 3}, {"no-answer", 2}, {"failed", 2}, {"hangs-up-early", 6}}},
          {"default",
           {{"talk_ms", 900},
            {"verdict_after_ms", 300},
            {"webhooks",
             {{"lose", broken == "rescue" ? 0.95 : 0.2},
              {"duplicate", 0.2},
              {"bad_signature", 0.01},
              {"delay_max_ms", wait_ms(600)}}}}},
          {"numbers", numbers},
          {"carrier", {{"list_lag_ms", wait_ms(500)}, {"action_after_hangup", true}}}};
}

class Drill {
 public:
  explicit Drill(const FaultOptions& options)
      : options_{options}, dice_{options.seed}, house_{house_options()}, states_(house_.instances().size()) {
    watch_leases();
    for (const auto name : failpoint::names()) {
      if (name.starts_with("drain.")) continue;  // the drain has drills of its own
      const bool in_outage = name.starts_with("journal.") || name.starts_with("replay.");
      (in_outage ? outage_places_ : places_).emplace_back(name);
    }
    house_.meanwhile = [this] { look_after(); };
  }

  FaultReport run() {
    const auto began = Clock::now();
    while (injected() < options_.faults && !has_found()) {
      keep_busy();
      rest(milliseconds{5 + roll(25)});
      inject();
    }
    report_.took = std::chrono::duration_cast<seconds>(Clock::now() - began);
    if (options_.until.empty()) settle();
    report_.settled = std::chrono::duration_cast<seconds>(Clock::now() - began);
    report_.findings = judge(house_, deeds_);
    for (const Json& line : house_.sandbox_log()) {
      if (line["kind"] == "create.fault") ++report_.providers["create " + text_at(line, "mode")];
      if (line["kind"] == "webhook.lost") ++report_.providers["callback lost"];
    }
    if (options_.falsifies) report_.missed = falsify(house_, deeds_);
    report_.violations = static_cast<int>(house_.seen("violations").size());
    return report_;
  }

 private:
  struct State {
    std::string armed;
    std::uint32_t fired = 0;
    Clock::time_point armed_until{}, back_at{};  ///< back_at: when a dead one starts, or a frozen one goes on
    bool frozen = false;
  };

  /// Looked for every few seconds: the whole history is read.
  bool has_found() {
    if (options_.until.empty() || Clock::now() < judge_again_) return false;
    judge_again_ = Clock::now() + std::chrono::seconds{4};
    const auto broken = judge(house_, deeds_).broken;
    return std::ranges::any_of(options_.until, [&](const std::string& one) { return broken.contains(one); });
  }

  HouseOptions house_options() {
    HouseOptions house;
    house.tells_events = true;
    house.instances = options_.instances;
    house.speed = kSpeed;
    house.calls_per_second = 40;
    house.scenario = scenario(options_.seed, dice_, options_.broken);
    if (options_.broken == "once" || options_.broken == "fence") house.settings["OTTO_BROKEN"] = options_.broken;
    house.dir = options_.dir;
    return house;
  }

  void watch_leases() {
    house_.one(R"(
      CREATE SCHEMA drill;
      CREATE TABLE drill.lease_history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, holder text,
        epoch bigint, lapsed boolean);
      CREATE FUNCTION drill.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' OR OLD.holder <> NEW.holder OR OLD.epoch <> NEW.epoch THEN
          INSERT INTO drill.lease_history (name, holder, epoch, lapsed)
          VALUES (NEW.name, NEW.holder, NEW.epoch, TG_OP = 'INSERT' OR OLD.until <= clock_timestamp());
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER keep AFTER INSERT OR UPDATE ON otto.lease FOR EACH ROW EXECUTE FUNCTION drill.keep())");
  }

  int injected() const {
    int sum = 0;
    for (const auto& [kind, count] : report_.faults) sum += count;
    return sum;
  }
  int roll(int below) { return static_cast<int>(dice_() % static_cast<std::uint64_t>(below)); }
  void rest(milliseconds time) {
    wait_until([this] { return look_after(), false; }, time);
  }

  // ---- work ----

  /// A dead carrier-side attempt's contact waits half an hour; here nobody has so long.
  void hurry_contacts() {
    house_.one(
        "UPDATE otto.attempt SET recording_at = now() WHERE recording_at > now() AND closed_at < now() - interval '3 "
        "seconds'");
    house_.one(
        "UPDATE otto.contact SET next_at = now() WHERE state = 'due' AND next_at > now() + interval '3 seconds'");
  }

  void keep_busy() {
    if (Clock::now() < look_again_) return;
    look_again_ = Clock::now() + std::chrono::milliseconds{700};
    hurry_contacts();
    if (options_.broken == "rescue") rescue();
    const int left = house_.count(
        "otto.contact c JOIN public.\"OutboundCampaign\" p ON p.id = c.campaign_id WHERE c.state IN ('due', 'open') "
        "AND "
        "p.status IN ('PENDING', 'RUNNING')");
    if (left < kLowWater && used_ + kBatch <= kNumbers) {
      const Json settings{{"delayBetweenCalls", 0},
                          {"maxConcurrentCalls", 30},
                          {"maxAttemptsPerContact", 2},
                          {"retryDelay", 1},
                          {"pauseOnFailures", 0},   // half of the calls fail here
                          {"maxCallDuration", 90},  // of the carrier's, 20 times as fast
                          {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}};
      campaigns_.push_back(house_.trigger(contacts(used_, kBatch), settings, "Drill " + std::to_string(used_)));
      used_ += kBatch;
    }
    if (roll(60) == 0) stop_campaign();
    if (roll(6) == 0) suppress();
  }

  void stop_campaign() {
    if (campaigns_.empty()) return;
    const std::string id = campaigns_.back();
    const auto answer = house_.call("POST", "/api/n8n/stop-campaign/" + id, Json::object());
    if (answer.status == 200) deeds_.stopped.emplace(id, SystemClock{}.now());
  }

  void suppress() {
    if (used_ == 0) return;
    const std::string phone = number(used_ - 1 - roll(kBatch));
    const auto answer = house_.call("POST", "/api/do-not-call", {{"phone", phone}});
    if (answer.status == 200 || answer.status == 201) deeds_.suppressed.emplace(phone, SystemClock{}.now());
  }

  /// What a job queue does with the work of a dead worker.
  void rescue() {
    house_.one(R"(WITH gone AS (DELETE FROM otto.attempt WHERE state IN ('sending', 'unknown') AND call_sid IS NULL
                    AND sending_at < now() - interval '1 second' RETURNING contact_id)
                  UPDATE otto.contact SET state = 'due', next_at = now(), attempts = attempts - 1
                  FROM gone WHERE contact.id = gone.contact_id)");
  }

  // ---- faults ----

  void count(const std::string& kind) { ++report_.faults[kind]; }

  /// Killed by the drill, or begun while the database was away; anything else is a daemon that has crashed by itself.
  void note_end(Instance& instance) {
    const int status = instance.status().value_or(137);
    if (status != 137 && (status != 1 || instance.is_up()))
      report_.crashes.push_back(instance.name() + " ended with status " + std::to_string(status));
  }

  /// Brings back what is dead or frozen when its time has come, and sees what armed places have done.
  void look_after() {
    const auto now = Clock::now();
    for (std::size_t i = 0; i < states_.size(); ++i) {
      Instance& instance = *house_.instances()[i];
      State& state = states_[i];
      if (!state.armed.empty() && instance.fired() != state.fired) {
        count(state.armed.substr(state.armed.find('=') + 1) + " at " + state.armed.substr(0, state.armed.find(':')));
        if (state.armed.ends_with("=delay")) deeds_.thawed.push_back(SystemClock{}.now() + milliseconds{500});
        state.armed.clear();
      }
      if (!state.armed.empty() && now > state.armed_until) {
        instance.order("");
        state.armed.clear();
      }
      if (!instance.runs()) {
        if (state.back_at == Clock::time_point{}) {
          note_end(instance);
          state.back_at = now + std::chrono::milliseconds{roll(300)};
        } else if (now >= state.back_at) {
          state = State{};
          state.fired = instance.fired();
          instance.start();
        }
        continue;
      }
      if (!state.frozen && instance.is_stopped()) {
        state.frozen = true;
        // Beyond the lease one time in three, and always within the settle time less the request's deadline.
        const int longest = roll(3) == 0 ? 3500 : 500;
        state.back_at = now + std::chrono::milliseconds{200 + roll(longest)};
      }
      if (state.frozen && now >= state.back_at) {
        deeds_.thawed.push_back(SystemClock{}.now());
        instance.signal(SIGCONT);
        state.frozen = false;
        state.back_at = {};
      }
    }
  }

  /// One fault, when the instance that it falls on is whole.
  void inject() {
    const auto i = static_cast<std::size_t>(roll(static_cast<int>(states_.size())));
    Instance& instance = *house_.instances()[i];
    if (!instance.runs() || states_[i].frozen || !states_[i].armed.empty() || !instance.is_up()) return;
    const int what = roll(100);
    if (what < 5) {
      hit_backends();
    } else if (what < 7) {
      crash_database(i);
    } else if (what < 22) {
      instance.kill();
      count("kill -9");
    } else if (what < 30) {
      instance.signal(SIGSTOP);
      count("freeze");
    } else {
      arm(i, places_[dice_() % places_.size()], milliseconds{400});
    }
  }

  void arm(std::size_t i, const std::string& place, milliseconds wait) {
    static constexpr std::array<const char*, 8> kActions{"exit", "exit", "exit",  "exit",
                                                         "stop", "stop", "throw", "delay"};
    State& state = states_[i];
    Instance& instance = *house_.instances()[i];
    state.armed = place + ":" + std::to_string(1 + roll(2)) + "=" + kActions[dice_() % kActions.size()];
    state.armed_until = Clock::now() + wait;
    state.fired = instance.fired();
    instance.order(state.armed);
  }

  void hit_backends() {
    if (house_.terminate_backends(1 + roll(6)) > 0) count("database connections cut");
  }

  /// With a place of the journal armed as often as not: it is passed at no other time.
  void crash_database(std::size_t i) {
    if (roll(4) > 0) arm(i, outage_places_[dice_() % outage_places_.size()], milliseconds{6000});
    house_.stop_database();
    rest(milliseconds{200 + roll(1500)});
    house_.start_database();
    count("database crash");
  }

  // ---- the end ----

  void settle() {
    const auto until = Clock::now() + std::chrono::seconds{90};
    for (std::size_t i = 0; i < states_.size(); ++i) house_.instances()[i]->order("");
    for (auto& state : states_) state.armed.clear();
    while (Clock::now() < until && !report_.ended) {
      hurry_contacts();
      rest(milliseconds{300});
      report_.unfinished = house_.one(
          "SELECT string_agg(line, '; ') FROM (SELECT p.name || ' is ' || p.status || ' with ' || (SELECT "
          "string_agg(state || ' ' || n, ', ') FROM (SELECT state, count(*) AS n FROM otto.contact WHERE campaign_id = "
          "p.id GROUP BY state) s) AS line FROM public.\"OutboundCampaign\" p WHERE p.status IN ('PENDING', "
          "'RUNNING')) l");
      report_.ended =
          report_.unfinished.empty() && house_.live() == 0 && house_.count("otto.attempt WHERE closed_at IS NULL") == 0;
    }
    // Callbacks that are late, and what the reconciler still has to find out.
    wait_until(
        [this] {
          hurry_contacts();
          rest(milliseconds{500});
          return house_.journalled() == 0 && disagreements(house_).empty() &&
                 house_.count("otto.event WHERE given_up_at IS NULL") == 0;
        },
        seconds{60});
  }

  const FaultOptions options_;
  std::mt19937_64 dice_;
  House house_;
  std::vector<State> states_;
  Deeds deeds_;
  FaultReport report_;
  std::vector<std::string> campaigns_;
  std::vector<std::string> places_, outage_places_;  ///< to be armed; the latter while the database is away
  Clock::time_point look_again_{}, judge_again_{};
  int used_ = 0;
};

}  // namespace

FaultReport drill_faults(const FaultOptions& options) { return Drill{options}.run(); }

}  // namespace otto::drill
