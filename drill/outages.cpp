#include "drill/outages.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <thread>

#include "drill/history.hpp"
#include "drill/house.hpp"

namespace otto::drill {

namespace {

constexpr int kTalkOn = 20;         // seconds for which the callees stay beyond the outage
constexpr int kSteady = 700;        // contacts of the campaign that shows whether anybody is dialed
constexpr int kSteadyFirst = 3000;  // its numbers, beyond those of the calls
constexpr seconds kUnderWay{5};     // what had been armed before still goes out
constexpr seconds kResumeWithin{10};

struct Kind {
  const char* name;
  std::function<void(House&)> begin, end;
  /// Some writes still find room: calls may go on until one does not.
  bool is_partial = false;
  bool needs_disks = false;
};

/// The media of all calls pass through this program's loop: it must not stand still.
void meanwhile_elsewhere(const std::function<void()>& work) {
  std::atomic<bool> done = false;
  std::thread thread{[&] {
    work();
    done = true;
  }};
  wait_until([&] { return done.load(); }, seconds{60});
  thread.join();
}

/// The daemons meet the database as it is now.
void end_sessions(House& house) {
  House::administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + house.database() +
                    "' AND application_name = 'otto'");
}

void alter(House& house, const std::string& what) {
  House::administer("ALTER DATABASE " + house.database() + " " + what);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"stopped", [](House& h) { meanwhile_elsewhere([&h] { h.stop_database(); }); },
       [](House& h) { meanwhile_elsewhere([&h] { h.start_database(); }); }},
      {"silent", [](House& h) { h.door().silence(); }, [](House& h) { h.door().open(); }},
      {"read-only",
       [](House& h) {
         alter(h, "SET default_transaction_read_only TO on");
         end_sessions(h);
       },
       [](House& h) { alter(h, "RESET default_transaction_read_only"); }},
      {"no-connections",
       [](House& h) {
         alter(h, "ALLOW_CONNECTIONS false");
         end_sessions(h);
       },
       [](House& h) { alter(h, "ALLOW_CONNECTIONS true"); }},
      {"disk-full",
       [](House& h) {
         h.one(R"(DO $do$ DECLARE t regclass; BEGIN
           CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
           FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname IN ('otto', 'public') LOOP
             EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION full_disk()', t);
           END LOOP; END $do$)");
       },
       [](House& h) { h.one("DROP FUNCTION full_disk() CASCADE"); }},
      {"data-full", [](House& h) { h.data_disk().fill(); }, [](House& h) { h.data_disk().make_room(); }, true, true},
      {"journal-full",
       [](House& h) {
         h.journal_disk().fill();
         h.door().silence();
       },
       [](House& h) {
         h.journal_disk().make_room();
         h.door().open();
       },
       false, true}};
  return all;
}

Json campaign_settings(int at_once, double delay) {
  return {{"delayBetweenCalls", delay},
          {"maxConcurrentCalls", at_once},
          {"maxAttemptsPerContact", 1},
          {"recordCalls", false},
          {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}};
}

void rest(milliseconds time) {
  wait_until([] { return false; }, time);
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(SystemClock{}.now().time_since_epoch()).count();
}

HouseOptions house_options(const OutageOptions& options, const std::string& dir) {
  HouseOptions house;
  Json steady = Json::object();
  for (int n = 0; n < kSteady; ++n) steady[number(kSteadyFirst + n)] = "busy";
  house.scenario = {{"seed", 9},
                    {"default",
                     {{"persona", "hangs-up-early"},
                      {"turns", 100},
                      {"talk_ms", (options.seconds + kTalkOn) * 1000},
                      {"answered_by", "human"}}},
                    {"numbers", steady},
                    {"agent", {{"turns", 100}, {"first_message_ms", 1500}}}};
  house.settings["OTTO_DRILL_HURRY"] = "";
  house.through_door = true;
  house.on_small_disks = Disk::can_be_made();
  house.dir = dir;
  return house;
}

class Scene {
 public:
  Scene(House& house, const OutageOptions& options) : house_{house}, options_{options} {}

  /// Whether it went as it must.
  bool run(const Kind& kind) {
    const int first = talking_;
    talking_ += options_.calls;
    house_.trigger(contacts(first, options_.calls), campaign_settings(options_.calls, 0),
                   std::string{"Talk "} + kind.name);
    const bool live = wait_until(
        [&] {
          return rest(milliseconds{200}), house_.count("otto.call_fact WHERE kind = 'stream_started'") >= talking_;
        },
        seconds{60});
    if (!live) throw std::runtime_error{"the calls did not come up"};
    began_ = now_ms();
    kind.begin(house_);
    std::size_t least = house_.live();
    wait_until([&] { return rest(milliseconds{500}), least = std::min(least, house_.live()), false; },
               seconds{options_.seconds});
    kind.end(house_);
    over_ = now_ms();
    wait_until([&] { return rest(milliseconds{1000}), ended(first) == options_.calls; }, seconds{kTalkOn + 20});
    return judge_kind(kind, first, least);
  }

 private:
  /// Of the calls to the numbers from `first` on.
  int ended(int first) {
    std::set<std::string> ours;
    for (int n = first; n < talking_; ++n) ours.insert(number(n));
    return static_cast<int>(std::ranges::count_if(house_.seen("calls"), [&](const Json& call) {
      return ours.contains(text_at(call, "to")) && !call["endedMs"].is_null();
    }));
  }

  bool judge_kind(const Kind& kind, int first, std::size_t least) {
    std::set<std::string> ours, steady;
    for (int n = first; n < talking_; ++n) ours.insert(number(n));
    for (int n = 0; n < kSteady; ++n) steady.insert(number(kSteadyFirst + n));
    int cut = 0, mute = 0, dialed = 0;
    std::int64_t resumed = std::numeric_limits<std::int64_t>::max();
    for (const Json& call : house_.seen("calls")) {
      const std::string to = text_at(call, "to");
      const auto created = call["createdMs"].get<std::int64_t>();
      if (steady.contains(to)) {
        if (created > began_ + std::chrono::milliseconds{kUnderWay}.count() && created < over_) ++dialed;
        if (created >= over_) resumed = std::min(resumed, created - over_);
      }
      if (!ours.contains(to)) continue;
      const bool is_whole = call["endedBy"] == "callee" && call["streams"].size() == 1 && !call["endedMs"].is_null() &&
                            call["endedMs"].get<std::int64_t>() >= over_;
      if (!is_whole && ++cut <= 3) std::printf("  cut: %s\n", call.dump().c_str());
      // The agent speaks for a third of the time and more.
      const bool is_talk = !call["streams"].empty() && call["streams"][0]["bytesReceived"].get<std::int64_t>() >
                                                           std::int64_t{options_.seconds} * 8000 / 5;
      if (!is_talk) ++mute;
    }
    const bool ok =
        cut == 0 && mute == 0 && (dialed == 0 || kind.is_partial) && resumed <= milliseconds{kResumeWithin}.count();
    std::printf(
        "%s: %.0f s with %d live calls (never fewer than %zu): %d cut, %d without the agent's voice; %d dialed "
        "meanwhile; dialing went on %.1f s afterwards%s\n",
        kind.name, static_cast<double>(over_ - began_) / 1000, options_.calls, least, cut, mute, dialed,
        static_cast<double>(resumed) / 1000, ok ? "" : "; FAILED");
    std::fflush(stdout);
    return ok;
  }

  House& house_;
  const OutageOptions& options_;
  int talking_ = 0;
  std::int64_t began_ = 0, over_ = 0;
};

}  // namespace

bool outages_under_calls(const OutageOptions& options, const std::string& dir) {
  const HouseOptions wanted = house_options(options, dir);
  const bool has_disks = wanted.on_small_disks;
  House house{wanted};
  const std::string steady = house.trigger(contacts(kSteadyFirst, kSteady), campaign_settings(4, 0.5), "Steady");
  Scene scene{house, options};
  bool ok = true;
  for (const Kind& kind : kinds()) {
    if (!options.kind.empty() && options.kind != kind.name) continue;
    if (kind.needs_disks && !has_disks)
      std::printf("%s: skipped, for only root may mount a disk to fill\n", kind.name);
    else
      ok = scene.run(kind) && ok;
  }
  house.call("POST", "/api/n8n/stop-campaign/" + steady);
  Deeds deeds;
  deeds.max_attempts = 1;
  deeds.stopped[steady] = SystemClock{}.now();
  const bool ended = wait_until(
      [&] {
        return rest(milliseconds{500}),
               house.count("public.\"OutboundCampaign\" WHERE status IN ('PENDING', 'RUNNING')") == 0 &&
                   house.live() == 0;
      },
      seconds{150});
  wait_until([&] { return rest(milliseconds{500}), disagreements(house).empty(); }, seconds{30});
  const int untold = house.count("public.\"OutboundCall\" WHERE \"answeredAt\" IS NOT NULL AND \"transcript\" IS NULL");
  const Findings found = judge(house, deeds);
  for (const auto& sentence : found.sentences) std::printf("  %s\n", sentence.c_str());
  ok = ok && ended && untold == 0 && found.holds();
  std::printf(
      "drill: outages: contacts %d, calls %d, callbacks acknowledged %d and stored, without a transcript %d, spoken to "
      "twice %d, lost %d, rows that disagree %d%s\n",
      found.contacts, found.calls, found.callbacks, untold, found.spoken_twice, found.lost, found.disagreeing,
      ok ? "" : "; FAILED");
  std::fflush(stdout);
  return ok;
}

}  // namespace otto::drill
