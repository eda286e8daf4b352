#include "drill/falsify.hpp"

#include <cstdio>
#include <functional>

namespace otto::drill {

namespace {

struct Untruth {
  const char* what;
  const char* invariant;
  const char* statement;              ///< empty: none
  std::function<void(Deeds&)> claim;  ///< what the drill says of itself
};

const std::vector<Untruth>& untruths() {
  static const auto nothing = [](Deeds&) {};
  static const std::vector<Untruth> all{
      {"a second call that was heard", "I9", "", [](Deeds& deeds) { deeds.doubles = true; }},
      {"one attempt more than allowed", "I3", "", [](Deeds& deeds) { deeds.max_attempts = 1; }},
      {"a contact that nobody will call any more", "I4",
       "UPDATE otto.contact SET state = 'due' WHERE id = (SELECT c.id FROM otto.contact c JOIN "
       "public.\"OutboundCampaign\" p ON p.id = c.campaign_id WHERE p.status = 'COMPLETED' AND c.state = 'failed' "
       "LIMIT 1)",
       nothing},
      {"a row that says what the carrier does not", "I5",
       "UPDATE public.\"OutboundCall\" SET duration = duration + 1 WHERE \"callSid\" = (SELECT \"callSid\" FROM "
       "public.\"OutboundCall\" WHERE \"answeredAt\" IS NOT NULL LIMIT 1)",
       nothing},
      {"a call without a row", "I5",
       "DELETE FROM public.\"OutboundCall\" WHERE \"callSid\" = (SELECT min(\"callSid\") FROM "
       "public.\"OutboundCall\")",
       nothing},
      {"a call after a stop or an opt-out", "I6", "",
       [](Deeds& deeds) {
         for (auto& [campaign, when] : deeds.stopped) when -= hours{1};
         for (auto& [phone, when] : deeds.suppressed) when -= hours{1};
       }},
      {"calls faster than the account allows", "I7", "", [](Deeds& deeds) { deeds.calls_per_second = 4; }},
      {"an acknowledged callback that is not stored", "I8",
       "DELETE FROM otto.call_fact WHERE id = (SELECT id FROM otto.call_fact WHERE kind = 'answered' LIMIT 1)",
       nothing},
      {"an ended campaign of which nobody is told", "I10",
       "DELETE FROM otto.hook_outbox WHERE id = (SELECT id FROM otto.hook_outbox LIMIT 1)", nothing},
      {"an event of which nobody is told", "I13", "UPDATE otto.event_queue SET last_sequence = last_sequence + 1",
       nothing},
      {"a lease taken from its holder", "I11",
       "INSERT INTO drill.lease_history (name, holder, epoch, lapsed) SELECT name, 'a thief', epoch + 1, false FROM "
       "drill.lease_history WHERE holder <> '' LIMIT 1; INSERT INTO drill.lease_history (name, holder, epoch, lapsed) "
       "SELECT name, 'another', epoch + 1, false FROM drill.lease_history ORDER BY id DESC LIMIT 1",
       nothing},
      {"a counter that counts wrongly", "I12",
       "UPDATE public.\"OutboundCampaign\" SET \"contactsCalled\" = \"contactsCalled\" + 1", nothing}};
  return all;
}

}  // namespace

int falsify(House& house, Deeds deeds) {
  int missed = 0;
  auto known = judge(house, deeds).broken;
  for (const Untruth& untruth : untruths()) {
    if (*untruth.statement != '\0') house.one(untruth.statement);
    untruth.claim(deeds);
    auto broken = judge(house, deeds).broken;
    const bool found = broken[untruth.invariant] > known[untruth.invariant];
    std::printf("%s: %s (%s)\n", untruth.what, found ? "found" : "MISSED", untruth.invariant);
    std::fflush(stdout);
    missed += found ? 0 : 1;
    known = std::move(broken);
  }
  return missed;
}

}  // namespace otto::drill
