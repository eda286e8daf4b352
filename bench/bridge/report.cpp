#include <algorithm>
#include <cstdio>

#include "bench/bridge/session.hpp"

namespace otto::bench {

Json figures_json(const Load& load, const Figures& figures) {
  const auto& options = load.options;
  const auto& totals = load.totals;
  const double calls = std::max(1, totals.talking);
  Json json{{"subject", options.subject == Subject::Daemon ? "daemon" : "reference"},
            {"calls", options.calls},
            {"eventMs", options.event_ms},
            {"pcm", options.pcm},
            {"tls", options.tls},
            {"complete", figures.complete},
            {"placed", totals.placed},
            {"talking", totals.talking},
            {"over", totals.over},
            {"failed", totals.failed},
            {"lostLegs", totals.lost_legs},
            {"webhooksFailed", totals.webhooks_failed},
            {"pings", totals.pings},
            {"pongs", totals.pongs},
            {"up", totals.up.json()},
            {"down", totals.down.json()},
            {"descriptorsBefore", figures.empty.descriptors},
            {"descriptorsAfter", figures.after.descriptors},
            {"descriptorKindsBefore", figures.descriptors_before},
            {"descriptorKindsAfter", figures.descriptors_after},
            {"setUpMs", totals.set_up.json()},
            {"acceptedMs", totals.accepted.json()},
            {"rssBeforeKb", figures.empty.rss_kb},
            {"rssAfterKb", figures.after.rss_kb},
            {"exitStatus", figures.exit_status}};
  const auto placing = static_cast<double>(totals.last_placed - totals.first_placed) / 1e9;
  json["placedPerSecond"] = placing > 0 ? (totals.placed - 1) / placing : 0;
  if (options.interrupt_ms > 0) {
    json["clearMs"] = totals.clear.json();
    json["interruptions"] = totals.interruptions;
    json["clears"] = totals.clears;
  }
  if (options.soak_ms > 0) {
    json["soakRssKb"] = figures.soak_rss_kb;
    json["soakLive"] = figures.soak_live;
    return json;
  }
  const auto spent = spent_between(figures.from, figures.to);
  const auto own = spent_between(figures.own_from, figures.own_to);
  const double call_seconds = calls * spent.seconds;
  json["seconds"] = spent.seconds;
  json["cpuMs"] = {{"total", spent.total_ms / call_seconds},
                   {"user", spent.user_ms / call_seconds},
                   {"system", spent.system_ms / call_seconds}};
  json["coreShare"] = spent.total_ms / (spent.seconds * 1000);
  json["callsPerCore"] = spent.total_ms > 0 ? 1000 * call_seconds / spent.total_ms : 0;
  json["switchesPerCallSecond"] = spent.switches / call_seconds;
  json["memoryPerCallKb"] = static_cast<double>(figures.to.rss_kb - figures.empty.rss_kb) / calls;
  json["loadCoreShare"] = own.total_ms / (own.seconds * 1000);
  json["loadLateMs"] = totals.tick_late.json();
  return json;
}

namespace {

double at(const Json& json, const char* name, const char* inner) { return json.at(name).at(inner).get<double>(); }

void print_way(const Json& json, const char* name, const char* title) {
  const Json& way = json.at(name);
  const Json& latency = way.at("latency_ms");
  std::printf(
      "  %-8s p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms; %lld frames, lost %lld, reordered %lld, "
      "foreign %lld, damaged %lld\n",
      title, latency.at("p50").get<double>(), latency.at("p90").get<double>(), latency.at("p99").get<double>(),
      latency.at("p999").get<double>(), latency.at("max").get<double>(), way.at("frames").get<long long>(),
      way.at("lost").get<long long>(), way.at("reordered").get<long long>(), way.at("foreign").get<long long>(),
      way.at("damaged").get<long long>());
}

}  // namespace

void print_figures(const Json& json) {
  std::printf("%s, %d calls%s%s%s\n", json.at("subject").get<std::string>().c_str(), json.at("calls").get<int>(),
              json.at("pcm").get<bool>() ? ", agent in pcm_16000" : "", json.at("tls").get<bool>() ? "" : ", no TLS",
              json.at("complete").get<bool>() ? "" : "  ** not all calls came up **");
  if (json.contains("cpuMs")) {
    std::printf(
        "  CPU      %.3f ms per call-second (user %.3f, system %.3f); core %.1f %%, %.0f calls per core; "
        "%.1f switches\n",
        at(json, "cpuMs", "total"), at(json, "cpuMs", "user"), at(json, "cpuMs", "system"),
        100 * json.at("coreShare").get<double>(), json.at("callsPerCore").get<double>(),
        json.at("switchesPerCallSecond").get<double>());
    std::printf("  memory   %.1f KB per call; load: core %.1f %%, late p99 %.2f ms\n",
                json.at("memoryPerCallKb").get<double>(), 100 * json.at("loadCoreShare").get<double>(),
                at(json, "loadLateMs", "p99"));
  }
  print_way(json, "up", "up");
  print_way(json, "down", "down");
  std::printf(
      "  set-up   answer to stream p50 %.1f p99 %.1f ms, to first agent audio p50 %.1f p99 %.1f ms; %.0f calls a "
      "second\n",
      at(json, "acceptedMs", "p50"), at(json, "acceptedMs", "p99"), at(json, "setUpMs", "p50"),
      at(json, "setUpMs", "p99"), json.at("placedPerSecond").get<double>());
  if (json.contains("clearMs"))
    std::printf("  clear    p50 %.2f p99 %.2f max %.2f ms after %lld interruptions (%lld clears)\n",
                at(json, "clearMs", "p50"), at(json, "clearMs", "p99"), at(json, "clearMs", "max"),
                json.at("interruptions").get<long long>(), json.at("clears").get<long long>());
  std::printf(
      "  ends     descriptors %lld before, %lld after; failed %d, lost sockets %lld, webhooks %lld; "
      "%lld pings, %lld pongs\n",
      json.at("descriptorsBefore").get<long long>(), json.at("descriptorsAfter").get<long long>(),
      json.at("failed").get<int>(), json.at("lostLegs").get<long long>(), json.at("webhooksFailed").get<long long>(),
      json.at("pings").get<long long>(), json.at("pongs").get<long long>());
}

}  // namespace otto::bench
