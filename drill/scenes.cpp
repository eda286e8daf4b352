#include "drill/scenes.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "drill/history.hpp"

namespace otto::drill {

namespace {

using Clock = std::chrono::steady_clock;

Json settings_for(int at_once) {
  return {{"delayBetweenCalls", 0},     {"maxConcurrentCalls", at_once},
          {"maxAttemptsPerContact", 1}, {"recordCalls", false},
          {"pauseOnFailures", 0},       {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}};
}

Json short_calls() { return {{"busy", 4}, {"no-answer", 3}, {"failed", 2}, {"hangs-up-early", 1}}; }

bool has_ended(House& house) {
  return house.count("public.\"OutboundCampaign\" WHERE status IN ('PENDING', 'RUNNING')") == 0 && house.live() == 0;
}

void rest(milliseconds time) {
  wait_until([] { return false; }, time);
}

/// A callee who talks until `talk_ms` after the answer, and an agent that never says goodbye.
Json long_talk(int talk_ms, int seed) {
  return {{"seed", seed},
          {"default", {{"persona", "hangs-up-early"}, {"turns", 100}, {"talk_ms", talk_ms}, {"answered_by", "human"}}},
          {"agent", {{"turns", 100}, {"first_message_ms", 1500}}}};
}

/// Long calls, all of them live.
std::string start_live_calls(House& house, int calls, int contacts_wanted) {
  const std::string id = house.trigger(contacts(0, contacts_wanted), settings_for(contacts_wanted), "Live");
  const bool live = wait_until(
      [&] {
        rest(milliseconds{200});
        return house.count("otto.call_fact WHERE kind = 'stream_started'") >= calls;
      },
      seconds{60});
  if (!live) throw std::runtime_error{"the calls did not come up"};
  return id;
}

bool say(const char* scene, const Findings& found, bool ended, bool right) {
  for (const auto& sentence : found.sentences) std::printf("  %s\n", sentence.c_str());
  const bool ok = found.holds() && ended && right;
  std::printf("drill: %s: contacts %d, calls %d, spoken to twice %d, lost %d, rows that disagree %d%s\n", scene,
              found.contacts, found.calls, found.spoken_twice, found.lost, found.disagreeing, ok ? "" : "; FAILED");
  std::fflush(stdout);
  return ok;
}

/// The longest time in which no create reached the carrier, begun at or after `from`.
milliseconds longest_pause(const Json& calls, TimePoint from) {
  std::vector<std::int64_t> times{std::chrono::duration_cast<milliseconds>(from.time_since_epoch()).count()};
  for (const Json& call : calls)
    if (call["createdMs"].get<std::int64_t>() > times.front()) times.push_back(call["createdMs"].get<std::int64_t>());
  std::ranges::sort(times);
  std::int64_t longest = 0;
  for (std::size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
  return milliseconds{longest};
}

/// The silences of the calls that got a second stream after `since`, in ms, the longest last.
std::vector<std::int64_t> silences(const House& house, TimePoint since) {
  std::vector<std::int64_t> gaps;
  std::map<std::string, int> streams;
  for (const Json& line : house.sandbox_log()) {
    if (line["kind"] != "stream" || line["event"] != "stream-started") continue;
    const auto at = parse_iso8601(text_at(line, "at")).value();
    if (++streams[text_at(line, "call")] == 2)
      gaps.push_back(std::chrono::duration_cast<milliseconds>(at - since).count());
  }
  std::ranges::sort(gaps);
  return gaps;
}

double p95_seconds(const std::vector<std::int64_t>& sorted_ms) {
  return sorted_ms.empty() ? 0 : static_cast<double>(sorted_ms[(sorted_ms.size() - 1) * 95 / 100]) / 1000;
}

}  // namespace

bool share_campaign(int contacts_wanted, const std::string& dir) {
  HouseOptions options;
  options.instances = 3;
  options.scenario = {{"seed", 5}, {"mix", short_calls()}, {"default", {{"talk_ms", 400}}}};
  options.settings["OTTO_DRILL_HURRY"] = "";
  options.settings["OTTO_UNKNOWN_SETTLE_SECONDS"] = "30";
  options.dir = dir;
  House house{options};
  house.trigger(contacts(0, contacts_wanted), settings_for(40), "Shared");
  milliseconds pause{0};
  for (const int share : {3, 3}) {
    const auto placed = house.seen("calls").size();
    wait_until(
        [&] {
          return rest(milliseconds{100}),
                 house.seen("calls").size() >= placed + static_cast<std::size_t>(contacts_wanted / share / 2);
        },
        seconds{60});
    // Whoever leads the campaign dies.
    const std::string leader = house.one("SELECT instance_id FROM otto.attempt ORDER BY intent_at DESC LIMIT 1");
    for (auto& instance : house.instances()) {
      if (!instance->runs() || instance->log().find(leader) == std::string::npos) continue;
      instance->kill();
      break;
    }
    const TimePoint killed = SystemClock{}.now();
    const auto before = house.seen("calls").size();
    wait_until([&] { return rest(milliseconds{100}), house.seen("calls").size() > before + 5; }, seconds{40});
    pause = std::max(pause, longest_pause(house.seen("calls"), killed));
  }
  const bool ended = wait_until([&] { return rest(milliseconds{500}), has_ended(house); }, seconds{240});
  wait_until([&] { return disagreements(house).empty(); }, seconds{30});
  const int settled = house.count(
      "otto.contact c WHERE c.state IN ('completed', 'failed') AND 1 = (SELECT count(*) FROM otto.attempt a WHERE "
      "a.contact_id = c.id AND a.closed_at IS NOT NULL AND a.outcome IS NOT NULL)");
  const int alive = static_cast<int>(std::ranges::count_if(house.instances(), [](auto& i) { return i->runs(); }));
  std::printf(
      "two of three instances killed (%d left); nobody dialed for at most %.1f s; contacts with exactly one "
      "final outcome: %d\n",
      alive, static_cast<double>(pause.count()) / 1000, settled);
  Deeds deeds;
  deeds.max_attempts = 1;
  return say("shared campaign", judge(house, deeds), ended,
             alive == 1 && pause <= seconds{15} && settled == contacts_wanted);
}

bool crash_under_calls(int calls, const std::string& dir) {
  HouseOptions options;
  options.instances = 2;
  options.scenario = long_talk(40'000, 6);
  options.settings["OTTO_DRILL_HURRY"] = "";
  options.dir = dir;
  House house{options};
  Instance& first = *house.instances()[0];
  Instance& second = *house.instances()[1];
  house.balancer().set_ready(second.port(), false);
  start_live_calls(house, calls, calls);
  rest(seconds{10});  // they talk
  house.balancer().set_ready(second.port(), true);
  const TimePoint killed = SystemClock{}.now();
  first.kill();
  wait_until([&] { return rest(milliseconds{300}), silences(house, killed).size() >= static_cast<std::size_t>(calls); },
             seconds{15});
  const auto gaps = silences(house, killed);
  const bool ended = wait_until([&] { return rest(milliseconds{500}), has_ended(house); }, seconds{120});
  wait_until([&] { return disagreements(house).empty(); }, seconds{30});
  int heard = 0;
  for (const Json& call : house.seen("calls"))
    heard += call["streams"].size() > 1 && call["streams"].back()["bytesReceived"].get<int>() > 0 ? 1 : 0;
  int told = 0;
  for (const Json& conversation : house.seen("conversations"))
    for (const Json& context : conversation["contexts"])
      told += text_at(context, "text").find("What was said last:") != std::string::npos ? 1 : 0;
  std::printf(
      "kill -9 with %d live calls: %zu re-attached, %d of them heard the agent again, %d agents were told the last "
      "turns; silence p95 %.1f s\n",
      calls, gaps.size(), heard, told, p95_seconds(gaps));
  Deeds deeds;
  deeds.max_attempts = 1;
  return say("crash under calls", judge(house, deeds), ended, heard * 100 >= calls * 99);
}

bool freeze_under_calls(int calls, const std::string& dir) {
  constexpr int kDue = 200, kDueFirst = 1000;  // contacts of the campaign that the frozen one leads, and their numbers
  constexpr seconds kFrozen{20};               // the lease has 12
  HouseOptions options;
  options.instances = 2;
  options.scenario = long_talk(50'000, 12);
  for (int n = 0; n < kDue; ++n) options.scenario["numbers"][number(kDueFirst + n)] = "busy";
  options.settings["OTTO_DRILL_HURRY"] = "";
  options.dir = dir;
  House house{options};
  Instance& first = *house.instances()[0];
  Instance& second = *house.instances()[1];
  house.balancer().set_ready(second.port(), false);
  start_live_calls(house, calls, calls);
  Json steady = settings_for(4);
  steady["delayBetweenCalls"] = 0.2;
  const std::string campaign = house.trigger(contacts(kDueFirst, kDue), steady, "Steady");
  const auto leader = [&] {
    return house.one("SELECT holder FROM otto.lease WHERE name = 'campaign:" + campaign + "'");
  };
  wait_until([&] { return rest(milliseconds{200}), !leader().empty(); }, seconds{10});
  rest(seconds{3});
  const std::string led_by = leader();
  house.balancer().set_ready(second.port(), true);
  first.signal(SIGSTOP);
  const TimePoint frozen = SystemClock{}.now();
  house.balancer().give_up(first.port());
  rest(seconds{kFrozen});
  const auto gaps = silences(house, frozen);
  const std::string taken_by = leader();
  const auto placed = house.seen("calls").size();
  first.signal(SIGCONT);
  const TimePoint woken = SystemClock{}.now();
  house.balancer().set_ready(first.port(), true);
  const bool ended = wait_until([&] { return rest(milliseconds{500}), has_ended(house); }, seconds{150});
  wait_until([&] { return disagreements(house).empty(); }, seconds{30});
  int cut = 0;
  for (const Json& call : house.seen("calls"))
    if (!call["streams"].empty() && call["endedBy"] != "callee") ++cut;
  const bool was_led = first.log().find(led_by) != std::string::npos;
  std::printf(
      "frozen for %lld s with %d live calls: %zu taken up by the other one, silence p95 %.1f s; %d cut when it woke; "
      "its "
      "campaign %s, %zu calls were placed meanwhile and %zu afterwards\n",
      static_cast<long long>(kFrozen.count()), calls, gaps.size(), p95_seconds(gaps), cut,
      was_led && taken_by != led_by ? "was taken over" : "was NOT taken over", placed - static_cast<std::size_t>(calls),
      house.seen("calls").size() - placed);
  Deeds deeds;
  deeds.max_attempts = 1;
  deeds.thawed.push_back(woken);
  return say("freeze under calls", judge(house, deeds), ended,
             cut == 0 && was_led && taken_by != led_by && gaps.size() == static_cast<std::size_t>(calls));
}

bool drain_under_calls(int calls, const std::string& dir) {
  HouseOptions options;
  options.scenario = long_talk(25'000, 7);
  options.settings["OTTO_DRILL_HURRY"] = "";
  options.settings["OTTO_DRAIN_SECONDS"] = "120";
  options.dir = dir;
  House house{options};
  start_live_calls(house, calls, calls);
  Instance& first = *house.instances()[0];
  Instance& second = house.add_successor(first);
  first.signal(SIGTERM);
  wait_until([&] { return first.log().find("drain.begin") != std::string::npos; }, seconds{5});
  second.start();
  const bool up = wait_until([&] { return second.is_up(); }, seconds{10});
  const auto before = house.seen("calls").size();
  house.trigger(contacts(1000, 20), settings_for(20), "Meanwhile");
  const bool dials =
      wait_until([&] { return rest(milliseconds{200}), house.seen("calls").size() >= before + 20; }, seconds{20});
  const bool meanwhile = first.runs();
  const bool left = wait_until([&] { return first.status().has_value(); }, seconds{90});
  const int status = first.status().value_or(-1);
  const bool ended = wait_until([&] { return rest(milliseconds{500}), has_ended(house); }, seconds{60});
  wait_until([&] { return disagreements(house).empty(); }, seconds{30});
  int cut = 0;
  for (const Json& call : house.seen("calls"))
    cut += call["endedBy"] == "callee" && call["streams"].size() == 1 ? 0 : 1;
  std::printf(
      "SIGTERM with %d live calls: %d cut; the next process on the same port %s and placed %zu calls %s; the old "
      "one ended with status %d\n",
      calls, cut, up ? "was up" : "did not come up", house.seen("calls").size() - before,
      meanwhile ? "meanwhile" : "afterwards", status);
  Deeds deeds;
  deeds.max_attempts = 1;
  return say("drain under calls", judge(house, deeds), ended && left, cut == 0 && dials && meanwhile && status == 0);
}

bool lose_callbacks(int calls, const std::string& dir) {
  constexpr int kSpeed = 20;
  HouseOptions options;
  options.speed = kSpeed;
  options.calls_per_second = 100;
  options.scenario = {{"seed", 8},
                      {"mix", short_calls()},
                      {"default",
                       {{"talk_ms", 400},
                        {"verdict_after_ms", 200},
                        {"webhooks",
                         {{"lose", 0.3},
                          {"duplicate", 0.3},
                          {"copies", 3},
                          {"delay_max_ms", 1500 * kSpeed},
                          {"late", 0.05},
                          {"late_ms", 60'000 * kSpeed}}}}}};
  options.dir = dir;
  House house{options};
  house.trigger(contacts(0, calls), settings_for(100), "Chaos");
  const auto began = Clock::now();
  const bool ended =
      wait_until([&] { return rest(milliseconds{500}), has_ended(house); }, seconds{120} + milliseconds{calls * 60});
  const bool agreed = wait_until([&] { return rest(milliseconds{500}), disagreements(house).empty(); }, seconds{60});
  rest(seconds{65});  // the latest of the late ones change nothing any more
  int sent = 0, lost = 0;
  for (const Json& line : house.sandbox_log()) {
    sent += line["kind"] == "webhook" ? 1 : 0;
    lost += line["kind"] == "webhook.lost" ? 1 : 0;
  }
  std::printf("callbacks: %d sent, %d lost; the rows agreed %s after %.0f s\n", sent, lost, agreed ? "" : "NOT",
              std::chrono::duration<double>(Clock::now() - began).count() - 65);
  Deeds deeds;
  deeds.max_attempts = 1;
  return say("callbacks in chaos", judge(house, deeds), ended, agreed);
}

}  // namespace otto::drill
