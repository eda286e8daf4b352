// What people look at, against PostgreSQL: pages that lose and repeat nothing, filters, details; and what they cost
// with 100,000 contacts and 10,000 campaigns. The figures are printed.
#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

struct ViewsTest : StoreTest {
  ports::Views& views = otto_->views();

  /// Every contact of a list, page by page.
  std::vector<ports::ContactLine> all(const CampaignId& id, ports::ContactAsk ask) {
    std::vector<ports::ContactLine> lines;
    for (;;) {
      auto page = must(views.contacts(id, ask));
      EXPECT_LE(page.contacts.size(), static_cast<std::size_t>(ask.limit));
      lines.insert(lines.end(), page.contacts.begin(), page.contacts.end());
      if (page.next_cursor.empty()) return lines;
      ask.cursor = page.next_cursor;
    }
  }
  static ports::ContactAsk by(ports::ContactSort sort, bool descending = false, int limit = 7) {
    ports::ContactAsk ask;
    ask.sort = sort;
    ask.descending = descending;
    ask.limit = limit;
    return ask;
  }
};

TEST_F(ViewsTest, CampaignsComeNewestFirstPageByPage) {
  std::vector<std::string> made;
  for (int i = 0; i < 7; ++i) {
    auto campaign = make_campaign();
    campaign.name = i % 2 ? "Spring 100% _service_" : "Winter";
    made.push_back(campaign.id.value);
    must(store_.campaigns.create(std::move(campaign), make_contacts(2, i * 2), std::nullopt, ""));
  }
  std::ranges::reverse(made);

  std::vector<std::string> seen;
  ports::CampaignAsk ask;
  ask.limit = 3;
  do {
    const auto page = must(views.campaigns(ask));
    for (const auto& line : page.campaigns) seen.push_back(line.id.value);
    ask.cursor = page.next_cursor;
  } while (!ask.cursor.empty());

  EXPECT_EQ(seen, made);
  ask.part_of_name = "spring";
  EXPECT_EQ(must(views.campaigns(ask)).campaigns.size(), 3u);
  ask.part_of_name = "100% _s";
  EXPECT_EQ(must(views.campaigns(ask)).campaigns.size(), 3u);
  ask.part_of_name = "100_ _s";
  EXPECT_TRUE(must(views.campaigns(ask)).campaigns.empty()) << "signs of LIKE are letters here";
  ask.part_of_name.clear();
  ask.status = CampaignStatus::Running;
  EXPECT_TRUE(must(views.campaigns(ask)).campaigns.empty());
  ask.cursor = "no'cursor";
  EXPECT_EQ(error_of(views.campaigns(ask)).code, Errc::InvalidInput);
}

TEST_F(ViewsTest, ACampaignTellsWhatItStandsAt) {
  auto campaign = make_campaign();
  campaign.settings.budget.max_cost = 90.0;
  campaign.settings.budget.price_per_minute = 0.5;
  campaign.sheet_place = NewCampaign::SheetPlace{"1Sheet", "Tab", "7", true};
  const auto id = start_campaign(std::move(campaign), make_contacts(4));
  const auto ended = place(id, 1), live = place(id, 2);
  send(id);
  record(ended.attempt,
         {make_status(LegStatus::InProgress, 2, 2, sid_of(1)), make_end(LegStatus::Completed, 62, sid_of(1), 60)});
  record(live.attempt, {make_status(LegStatus::Ringing, 2, 1, sid_of(2))});

  const auto detail = must(views.campaign(id));

  EXPECT_EQ(detail.line.status, CampaignStatus::Running);
  EXPECT_EQ(detail.line.total_contacts, 4);
  EXPECT_EQ(detail.line.live_calls, 1) << "one that may not have been placed is none";
  EXPECT_EQ(detail.settings.budget.max_cost, 90.0);
  EXPECT_GT(detail.spent_micros, 0);
  EXPECT_GT(detail.reserved_micros, 0);
  ASSERT_TRUE(detail.sheet);
  EXPECT_EQ(detail.sheet->id, "1Sheet");
  EXPECT_EQ(detail.sheet->gid, "7");
  ASSERT_EQ(detail.hours.size(), 1u);
  EXPECT_EQ(detail.hours[0].hour, TimePoint{std::chrono::floor<hours>(kNow.time_since_epoch())});
  EXPECT_EQ(detail.hours[0].calls, 2);
  EXPECT_EQ(detail.hours[0].answered, 1);
  EXPECT_EQ(error_of(views.campaign(CampaignId{"none"})).code, Errc::NotFound);
}

TEST_F(ViewsTest, TheBacklogIsWhatNobodyHasDoneYet) {
  database().sql("TRUNCATE public.\"OutboundCampaign\" CASCADE");
  EXPECT_EQ(must(views.backlog(kNow)).campaign_lag, milliseconds{0}) << "nothing waits";
  auto campaign = make_campaign();
  campaign.sheet_place = NewCampaign::SheetPlace{"1Sheet", "Tab", "7", true};
  campaign.events_url = "https://n8n.example.com/events";
  const auto id = start_campaign(std::move(campaign), make_contacts(2));
  const auto first = "(SELECT min(id) FROM otto.contact)";
  database().sql(std::string{"UPDATE otto.contact SET next_at = '"} + format_iso8601(kNow - seconds{90}) +
                 "' WHERE id = " + first);
  database().sql("UPDATE otto.contact SET next_at = 'infinity' WHERE id <> " + std::string{first});

  auto backlog = must(views.backlog(kNow));
  EXPECT_EQ(backlog.campaign_lag, seconds{90});
  EXPECT_EQ(backlog.events, database().count("otto.event")) << "none has been taken";
  EXPECT_GT(backlog.events, 0);
  EXPECT_EQ(backlog.dead_letters, 0);
  EXPECT_EQ(backlog.sheet_rows, 0);
  EXPECT_EQ(must(views.backlog(kNow - minutes{5})).campaign_lag, milliseconds{0}) << "not due yet";

  database().sql("UPDATE otto.sheet_cells SET version = version + 1 WHERE contact_id = " + std::string{first});
  database().sql("UPDATE otto.event SET given_up_at = now()");
  ASSERT_TRUE(must(store_.campaigns.hold(id, CampaignHold::Paused, "lunch", kNow)));
  backlog = must(views.backlog(kNow));
  EXPECT_EQ(backlog.sheet_rows, database().count("otto.sheet_cells WHERE written_version < version"));
  EXPECT_EQ(backlog.dead_letters, database().count("otto.event WHERE given_up_at IS NOT NULL"));
  EXPECT_EQ(backlog.campaign_lag, milliseconds{0}) << "a held campaign waits for a person, not for us";
}

TEST_F(ViewsTest, ContactsComeInEveryOrderWithoutLossOrRepeat) {
  const auto id = start_campaign(30);
  for (int n = 1; n <= 5; ++n) {
    const auto call = place(id, n, kNow + minutes{n});
    record(call.attempt, {make_end(LegStatus::Busy, 70 * n, sid_of(n))}, kNow + minutes{n});
  }
  for (const auto sort : {ports::ContactSort::Row, ports::ContactSort::Name, ports::ContactSort::Attempts,
                          ports::ContactSort::LastCall}) {
    for (const bool descending : {false, true}) {
      auto lines = all(id, by(sort, descending));
      std::set<int> rows;
      for (const auto& line : lines) rows.insert(line.row);
      EXPECT_EQ(lines.size(), 30u);
      EXPECT_EQ(rows.size(), 30u);
      if (descending) std::ranges::reverse(lines);
      const auto never = TimePoint::min();
      const bool is_sorted = std::ranges::is_sorted(lines, [&](const auto& a, const auto& b) {
        switch (sort) {
          case ports::ContactSort::Row:
            return a.row < b.row;
          case ports::ContactSort::Name:
            return a.name < b.name;
          case ports::ContactSort::Attempts:
            return a.attempts < b.attempts;
          case ports::ContactSort::LastCall:
            return a.last_call_at.value_or(never) < b.last_call_at.value_or(never);
        }
        return false;
      });
      EXPECT_TRUE(is_sorted) << static_cast<int>(sort) << descending;
    }
  }
}

TEST_F(ViewsTest, ContactsAreFoundByStateOutcomeNameAndNumber) {
  const auto id = start_campaign(12);
  const auto busy = place(id, 1);
  record(busy.attempt, {make_end(LegStatus::Busy, 5, sid_of(1))});
  const auto open = place(id, 2);
  auto ask = by(ports::ContactSort::Row);

  ask.state = ContactState::Failed;
  ASSERT_EQ(all(id, ask).size(), 1u);
  const auto failed = all(id, ask)[0];
  EXPECT_EQ(failed.id, busy.contact.id);
  EXPECT_EQ(failed.status, "BUSY");
  EXPECT_EQ(failed.outcome, "BUSY");
  EXPECT_TRUE(failed.call_id);
  EXPECT_EQ(failed.attempts, 1);
  ask.state = ContactState::Open;
  EXPECT_EQ(all(id, ask)[0].id, open.contact.id);
  ask.state.reset();
  ask.outcome = "BUSY";
  EXPECT_EQ(all(id, ask).size(), 1u);
  ask.outcome.clear();
  ask.search = "CUSTOMER 1";
  EXPECT_EQ(all(id, ask).size(), 3u) << "1, 10 and 11";
  ask.search = "(201) 555-0104";
  ASSERT_EQ(all(id, ask).size(), 1u);
  EXPECT_EQ(all(id, ask)[0].phone, "+12015550104");
  ask.search = "%";
  EXPECT_TRUE(all(id, ask).empty());
}

TEST_F(ViewsTest, NoCursorOfAnotherKindReachesTheDatabase) {
  const auto id = start_campaign(3);
  for (const char* cursor : {"x", "1", "1.x", "x.1", "1.99999999999", "1.-", "1.2026-01-01", "'; DROP", "1.1e5"}) {
    for (const auto sort : {ports::ContactSort::Row, ports::ContactSort::Attempts, ports::ContactSort::LastCall}) {
      auto ask = by(sort);
      ask.cursor = cursor;
      if (sort == ports::ContactSort::LastCall && std::string_view{cursor} == "1.99999999999") continue;  // a time
      EXPECT_EQ(error_of(views.contacts(id, ask)).code, Errc::InvalidInput) << cursor;
    }
  }
  EXPECT_EQ(error_of(views.contacts(CampaignId{"none"}, by(ports::ContactSort::Row))).code, Errc::NotFound);
}

TEST_F(ViewsTest, ACallTellsWhatHappenedAndWhatWasSaid) {
  const auto id = start_campaign(2);
  const auto call = place(id, 1);
  record(call.attempt,
         {make_status(LegStatus::Ringing, 2, 1, sid_of(1)), make_status(LegStatus::InProgress, 4, 2, sid_of(1))});
  record(call.attempt, {make_status(LegStatus::Ringing, 3, 1, sid_of(9))});  // a duplicate call's, to be ended
  ports::Turn turn;
  turn.text = "Hello";
  turn.original = "Hello Maria";
  turn.at = kNow + seconds{5};
  must(store_.attempts.save_turns(call.attempt, {turn}, false));

  const auto live = must(views.live_calls());
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].attempt, call.attempt);
  EXPECT_EQ(live[0].attempt_state, "in_progress");
  EXPECT_EQ(live[0].campaign_name, "Spring service");
  const auto detail = must(views.call(sid_of(1)));
  EXPECT_EQ(detail.line.id, live[0].id);
  EXPECT_EQ(must(views.call(live[0].id)).line.call_sid, sid_of(1));
  ASSERT_EQ(detail.facts.size(), 3u);
  EXPECT_EQ(detail.facts[0].kind, FactKind::Placed);
  ASSERT_EQ(detail.turns.size(), 1u);
  EXPECT_EQ(detail.turns[0].original, "Hello Maria");
  EXPECT_EQ(error_of(views.call("none")).code, Errc::NotFound);

  record(call.attempt, {make_end(LegStatus::Completed, 64, sid_of(1), 60)});
  EXPECT_TRUE(must(views.live_calls()).empty());
  EXPECT_TRUE(must(views.call(sid_of(1))).line.cost_micros);
  ports::CallAsk ask;
  ask.campaign = id;
  EXPECT_EQ(must(views.calls(ask)).calls.size(), 1u);
  ask.campaign = CampaignId{"other"};
  EXPECT_TRUE(must(views.calls(ask)).calls.empty());
}

TEST_F(ViewsTest, TheLiveViewTellsOnlyTheTurnsThatAreNew) {
  const auto id = start_campaign(2);
  const auto call = place(id, 1);
  ports::Turn first, second;
  first.text = "Hello";
  first.at = kNow;
  second.number = 1;
  second.role = ports::Turn::Role::Customer;
  second.text = "Hi";
  second.at = kNow + seconds{1};
  must(store_.attempts.save_turns(call.attempt, {first, second}, false));

  const auto all = must(views.live({}));
  ASSERT_EQ(all.campaigns.size(), 1u);
  ASSERT_EQ(all.calls.size(), 1u);
  ASSERT_EQ(all.turns.size(), 2u);
  EXPECT_EQ(all.turns[1].turn.role, ports::Turn::Role::Customer);
  EXPECT_EQ(all.turns[1].call_id, all.calls[0].id);
  ports::LiveAsk ask;
  ask.turns_known[call.attempt] = 0;
  ASSERT_EQ(must(views.live(ask)).turns.size(), 1u);
  record(call.attempt, {make_end(LegStatus::Completed, 64, sid_of(1), 60)});
  EXPECT_TRUE(must(views.live(ask)).calls.empty());
  ask.calls = {all.calls[0].id};
  const auto over = must(views.live(ask));
  ASSERT_EQ(over.calls.size(), 1u);
  EXPECT_EQ(over.calls[0].status, "COMPLETED");
  EXPECT_EQ(over.turns.size(), 1u) << "the last words come with the end";
}

double best_ms(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto began = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
  }
  return best;
}

TEST_F(ViewsTest, ListsAreFastWithManyContactsAndCampaigns) {
  database().sql(R"(
INSERT INTO public."OutboundCampaign" ("id", "name", "type", "status", "totalContacts")
SELECT 'c' || lpad(n::text, 8, '0'), 'Campaign ' || n, 'GENERAL', 'COMPLETED', 100000 FROM generate_series(1, 10000) n;
INSERT INTO otto.campaign_ext (campaign_id, settings, created_at) SELECT "id", '{}', now() FROM public."OutboundCampaign";
INSERT INTO otto.contact (campaign_id, row_number, name, phone, variables, zones, next_at, state, attempts, last_call_at)
SELECT 'c00005000', n, 'Customer ' || md5(n::text), '+1415' || (2000000 + n), '{}', '{UTC}', now(),
  CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'completed' END, 1, now() - n * interval '1 second'
FROM generate_series(1, 100000) n;
INSERT INTO otto.attempt (id, campaign_id, contact_id, n, to_e164, from_e164, state, outcome, call_sid, instance_id, epoch,
  intent_at, sending_at, closed_at)
SELECT gen_random_uuid(), campaign_id, id, 1, phone, '+1', 'completed', 'HUMAN_ANSWERED', 'CA' || id, 'i', 1,
  last_call_at, last_call_at, last_call_at FROM otto.contact;
INSERT INTO public."OutboundCall" ("id", "callSid", "customerName", "customerPhone", "status", "outcome", "campaignId",
  "initiatedAt", "answeredAt")
SELECT 'call' || contact_id, call_sid, 'Customer', to_e164, 'COMPLETED', outcome, campaign_id, sending_at, sending_at
FROM otto.attempt;
ANALYZE public."OutboundCampaign", public."OutboundCall", otto.contact, otto.attempt, otto.campaign_ext)");
  const CampaignId id{"c00005000"};
  const auto measure = [&](const char* what, double limit, const std::function<void()>& work) {
    const double ms = best_ms(work);
    std::printf("%-60s %7.2f ms\n", what, ms);
    EXPECT_LT(ms, limit) << what;
  };
  ports::CampaignAsk campaigns;
  measure("campaigns, first page of 10,000", 20, [&] { must(views.campaigns(campaigns)); });
  campaigns.cursor = "c00005000";
  measure("campaigns, from the middle", 20, [&] { must(views.campaigns(campaigns)); });
  campaigns.cursor.clear();
  campaigns.part_of_name = "campaign 77";
  measure("campaigns, by a part of the name", 60, [&] { must(views.campaigns(campaigns)); });
  campaigns.part_of_name = "no such name";
  measure("campaigns, by a name that none has", 60, [&] { must(views.campaigns(campaigns)); });
  measure("one campaign with 100,000 calls: outcomes and hours", 400, [&] { must(views.campaign(id)); });
  for (const auto& [name, sort] : {std::pair{"row", ports::ContactSort::Row},
                                   {"name", ports::ContactSort::Name},
                                   {"attempts", ports::ContactSort::Attempts},
                                   {"last call", ports::ContactSort::LastCall}}) {
    auto ask = by(sort, true, 50);
    const std::string label = std::string{"contacts of 100,000 by "} + name;
    measure(label.c_str(), 20, [&] { must(views.contacts(id, ask)); });
    for (int page = 0; page < 20; ++page) ask.cursor = must(views.contacts(id, ask)).next_cursor;
    measure((label + ", 1,000 further on").c_str(), 20, [&] { must(views.contacts(id, ask)); });
  }
  auto rare = by(ports::ContactSort::Name, false, 50);
  rare.state = ContactState::Failed;
  measure("contacts, 100 failed of 100,000", 500, [&] { must(views.contacts(id, rare)); });
  rare.state.reset();
  rare.search = "no such name";
  measure("contacts, by a name that none has", 500, [&] { must(views.contacts(id, rare)); });
  rare.search.clear();
  rare.outcome = "BUSY";
  measure("contacts, by an outcome that none has", 60, [&] { must(views.contacts(id, rare)); });
  rare.outcome = "HUMAN_ANSWERED";
  measure("contacts, by an outcome that all have", 500, [&] { must(views.contacts(id, rare)); });
  ports::CallAsk calls;
  measure("calls, first page of 100,000", 20, [&] { must(views.calls(calls)); });
  calls.campaign = id;
  measure("calls of a campaign, first page of 100,000", 20, [&] { must(views.calls(calls)); });
  measure("what the feed asks for once a second", 20, [&] { must(views.live({})); });
  database().sql(R"(
UPDATE otto.attempt SET state = 'in_progress', outcome = NULL, closed_at = NULL
WHERE id IN (SELECT id FROM otto.attempt ORDER BY contact_id LIMIT 500);
INSERT INTO otto.transcript_turn (attempt_id, number, role, text, at)
SELECT id, turn, 'agent', repeat('word ', 20), now() FROM otto.attempt, generate_series(0, 9) turn
WHERE closed_at IS NULL;
ANALYZE otto.attempt, otto.transcript_turn)");
  ports::LiveAsk talking;
  for (const auto& call : must(views.live({})).calls) talking.turns_known[*call.attempt] = 7;
  EXPECT_EQ(talking.turns_known.size(), 500u);
  measure("the same with 500 live calls, three turns of each", 200, [&] { must(views.live(talking)); });
  measure("export, a page of 1,000", 100, [&] { must(views.contacts(id, by(ports::ContactSort::Row, false, 1000))); });
}

}  // namespace
}  // namespace otto::test
