// Every statement of the engine must be a range of an index, whatever a campaign's size: with a hundred thousand
// contacts, attempts and facts a sequential scan of one of those tables is a defect. OTTO_TEST_CONTACTS sets another
// size.
#include <boost/algorithm/string/replace.hpp>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "otto/store/migrate.hpp"

#include "src/store/attempt_sql.hpp"
#include "src/store/campaign_sql.hpp"
#include "src/store/dial_sql.hpp"
#include "src/store/event_sql.hpp"
#include "src/store/lease_sql.hpp"
#include "src/store/session_sql.hpp"
#include "src/store/sheet_sql.hpp"
#include "src/store/suppression_sql.hpp"
#include "src/store/view_sql.hpp"
#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

namespace sql = store::sql;

// Foreign keys are right by construction; checking them row by row would take most of the test's time.
constexpr char kFill[] = R"(
SET session_replication_role = replica;
INSERT INTO public."OutboundCampaign" ("id", "name", "type", "status")
SELECT 'c' || n, 'Campaign', 'GENERAL', (CASE WHEN n < 3 THEN 'RUNNING' ELSE 'COMPLETED' END)::"CampaignStatus"
FROM generate_series(0, 1999) n;
INSERT INTO otto.campaign_ext (campaign_id, settings, created_at) SELECT "id", '{}', now() FROM public."OutboundCampaign";
INSERT INTO otto.contact (campaign_id, row_number, name, phone, variables, zones, next_at, state)
SELECT 'c' || n % 5, n, 'Customer', '+1' || n, '{}', '{UTC}', timestamptz '2026-01-01' + n * interval '1 second',
  CASE WHEN n % 10 < 5 THEN 'due' ELSE 'completed' END
FROM generate_series(1, :contacts) n;
INSERT INTO otto.attempt (id, campaign_id, contact_id, n, to_e164, from_e164, state, call_sid, conversation_id, analysed,
  instance_id, epoch, intent_at, sending_at, deadline_at, last_fact_at, closed_at)
SELECT gen_random_uuid(), campaign_id, id, 1, phone, '+14155550100',
  CASE WHEN id % 1000 = 0 THEN 'ringing' WHEN id % 1000 = 1 THEN 'intent' WHEN id % 1000 = 2 THEN 'sending'
    WHEN id % 1000 = 3 THEN 'unknown' ELSE 'completed' END,
  'CA' || id, 'conv' || id, id % 1000 <> 5, 'i', 1, next_at, next_at, next_at, next_at,
  CASE WHEN id % 1000 < 4 THEN NULL ELSE next_at END
FROM otto.contact;
INSERT INTO otto.call_fact (attempt_id, dedupe_key, kind, at, call_sid, payload)
SELECT id, 'k', 'status', now(), call_sid, '{}' FROM otto.attempt;
INSERT INTO public."OutboundCall" ("id", "callSid", "customerName", "customerPhone", "status", "outcome", "campaignId")
SELECT 'call' || contact_id, call_sid, 'Customer', to_e164, 'COMPLETED', 'HUMAN_ANSWERED', campaign_id FROM otto.attempt;
INSERT INTO otto.suppression (phone, reason, source, at) SELECT '+1' || n * 7, 'asked', 'api', now()
FROM generate_series(1, :contacts) n;
INSERT INTO otto.hook_outbox (id, campaign_id, url, due_at, delivered_at)
SELECT 'h' || "id", "id", 'https://example.com', now(), CASE WHEN "status" = 'RUNNING' THEN NULL ELSE now() END
FROM public."OutboundCampaign";
INSERT INTO otto.event_queue (campaign_id, url, last_sequence, due_at)
SELECT "id", 'https://example.com', 50, CASE WHEN "status" = 'RUNNING' THEN timestamptz '2026-01-01' END
FROM public."OutboundCampaign";
INSERT INTO otto.event (id, campaign_id, sequence, type, data, at, queued_at, given_up_at)
SELECT 'e' || n, 'c' || n % 2000, n / 2000, 'call.ended', '{}', now(), now(), CASE WHEN n % 50 > 0 THEN now() END
FROM generate_series(1, :contacts) n;
INSERT INTO otto.sheet_barred (sheet, phone) SELECT 's' || n % 5, '+1' || n FROM generate_series(1, :contacts) n;
INSERT INTO otto.campaign_sheet (campaign_id, spreadsheet, gid, tab, write_back, follow)
SELECT "id", '1Sheet', '0', 'Tab', true, false FROM public."OutboundCampaign";
INSERT INTO otto.sheet_cells (contact_id, campaign_id, version, written_version, aimed)
SELECT id, campaign_id, 1, CASE WHEN id % 1000 = 0 THEN 0 ELSE 1 END, CASE WHEN id % 2000 = 0 THEN '{}'::jsonb END
FROM otto.contact;
INSERT INTO otto.sheet_log (attempt_id, campaign_id, due_at, appended_at)
SELECT id, campaign_id, intent_at, CASE WHEN contact_id % 1000 = 0 THEN NULL ELSE now() END FROM otto.attempt)";

std::string fill_statement() {
  const char* contacts = std::getenv("OTTO_TEST_CONTACTS");
  std::string text = kFill;
  boost::replace_all(text, ":contacts", contacts ? contacts : "100000");
  return text;
}

const std::set<std::string> kAsText{"kCampaignLines", "kCallLines",  "kCallLinesOf", "kInsertCells",
                                    "kTakeQueues",    "kDeadEvents", "kDeadLetters", "kReplayCallbacks"};

struct Statement {
  std::string name, sql;
  std::vector<std::string> parameters;
};

std::vector<Statement> statements() {
  const std::string campaign = "c1", time = "2026-01-01 00:05:00+00", sid = "CA77", contact = "77";
  const std::string attempt = "01890000-0000-7000-8000-000000000001";
  const std::string fact =
      R"([{"dedupe_key": "k", "kind": "status", "at": "2026-01-01T00:00:00Z", "call_sid": "", "payload": {}}])";
  const std::string held = R"([{"id": 77, "at": "2026-01-01T00:00:00Z", "rule": "calling_hours", "reason": "closed"}])";
  const std::string counts = R"([{"rule": "calling_hours", "decisions": 3, "reason": "closed"}])";
  return {{"kLoadCampaign", sql::kLoadCampaign, {campaign}},
          {"kRunnable", sql::kRunnable, {"2026-01-01"}},
          {"kLockCampaign", sql::kLockCampaign, {campaign}},
          {"kWithdrawIntents", sql::kWithdrawIntents, {campaign}},
          {"kOpenCalls", sql::kOpenCalls, {campaign}},
          {"kIsUnsettled", sql::kIsUnsettled, {campaign}},
          {"kCalls", sql::kCalls, {campaign, "call5", "50"}},
          {"kCountRunning", sql::kCountRunning, {}},
          {"kLookAround", sql::kLookAround, {campaign, "i", "2", "20", "5"}},
          {"kReleaseSuperseded", sql::kReleaseSuperseded, {campaign, "2", time}},
          {"kDueContacts", sql::kDueContacts, {campaign, time, "60"}},
          {"kHoldBack", sql::kHoldBack, {held, time}},
          {"kCountDecisions", sql::kCountDecisions, {campaign, counts, time}},
          {"kHold", sql::kHold, {campaign, "paused", "lunch", time}},
          {"kResume", sql::kResume, {campaign, time}},
          {"kChangeSettings", sql::kChangeSettings, {campaign, "{}", "{}"}},
          {"kLookAgainAtHeld", sql::kLookAgainAtHeld, {campaign, time}},
          {"kPace", sql::kPace, {campaign, "i", time}},
          {"kWantPlace", sql::kWantPlace, {campaign, "1.5", "2 s", time}},
          {"kWantNoPlace", sql::kWantNoPlace, {campaign}},
          {"kLockRate", sql::kLockRate, {}},
          {"kTakePlace", sql::kTakePlace, {"1 s", "1.5", time, campaign, "2.5", contact, "attempt 1", time}},
          {"kCampaignState", sql::kCampaignState, {campaign, time}},
          {"kDecision", sql::kDecision, {campaign, "+177"}},
          {"kNextDecision", sql::kNextDecision, {campaign}},
          {"kRuleCounts", sql::kRuleCounts, {campaign}},
          {"kInsertAttempt",
           sql::kInsertAttempt,
           {attempt, campaign, contact, "2", "+1", "+1", "i", "1", "2026-01-01 00:00:00+00", "1", "3", "3"}},
          {"kNextDue", sql::kNextDue, {campaign}},
          {"kShareRunningCampaign", sql::kShareRunningCampaign, {attempt}},
          {"kArm", sql::kArm, {attempt, time, time}},
          {"kDisarm", sql::kDisarm, {attempt}},
          {"kWithdraw", sql::kWithdraw, {attempt, time, "why"}},
          {"kLockAttempt", sql::kLockAttempt, {attempt}},
          {"kFacts", sql::kFacts, {attempt}},
          {"kUpdateAttempt",
           sql::kUpdateAttempt,
           {attempt, "ringing", "FAILED", "CA1", "conv", "f", time, time, "1", "t", time, fact, time}},
          {"kTouchAttempt", sql::kTouchAttempt, {attempt, time}},
          {"kLockContactOf", sql::kLockContactOf, {attempt, "f"}},
          {"kLockCampaignOf", sql::kLockCampaignOf, {attempt, "f"}},
          {"kOthersOpen", sql::kOthersOpen, {attempt, contact, "+177"}},
          {"kDropIntent", sql::kDropIntent, {attempt}},
          {"kSettleContact",
           sql::kSettleContact,
           {contact, "due", "1", "true", time, "why", "false", "retry", "why", time}},
          {"kCount", sql::kCount, {campaign, "1", "1", "0"}},
          {"kSettleCampaign", sql::kSettleCampaign, {campaign, "1", "1", "0", "1", "1000000"}},
          {"kLoadContext", sql::kLoadContext, {attempt}},
          {"kLastTurns", sql::kLastTurns, {attempt}},
          {"kUnknown", sql::kUnknown, {}},
          {"kSilent", sql::kSilent, {time, "{" + attempt + "}"}},
          {"kTakeUnanalysed", sql::kTakeUnanalysed, {time}},
          {"kTakeUnrecorded", sql::kTakeUnrecorded, {time}},
          {"kTaken", sql::kTaken, {"{" + attempt + "}"}},
          {"kFactsOfMany", sql::kFactsOfMany, {"{" + attempt + "}"}},
          {"kLookAt", sql::kLookAt, {"{" + attempt + "}"}},
          {"kFindByCall", sql::kFindByCall, {sid}},
          {"kIsOfAnother", sql::kIsOfAnother, {attempt, "+177", time, sid}},
          {"kCall", sql::kCall, {sid}},
          {"kFigures", sql::kFigures, {attempt}},
          {"kEvidence", sql::kEvidence, {attempt}},
          {"kWriteTranscript", sql::kWriteTranscript, {attempt}},
          {"kReleaseAbandoned", sql::kReleaseAbandoned, {time, time}},
          {"kMarkOverdue", sql::kMarkOverdue, {time}},
          {"kCloseContacts", sql::kCloseContacts, {R"([{"id": 77, "rule": "destination", "reason": "far"}])", time}},
          {"kCallsOfDay", sql::kCallsOfDay, {time}},
          {"kUncountCall", sql::kUncountCall, {attempt}},
          {"kNumberOfAttempt", sql::kNumberOfAttempt, {attempt}},
          {"kAddSuppression", sql::kAddSuppression, {"+177", "asked", "agent", campaign, attempt, time}},
          {"kDropIntentsOfNumber", sql::kDropIntentsOfNumber, {"+177"}},
          {"kLockContactsOfNumber", sql::kLockContactsOfNumber, {"+177"}},
          {"kCloseContactsOfNumber", sql::kCloseContactsOfNumber, {"+177", "why"}},
          {"kUnansweredOfNumber", sql::kUnansweredOfNumber, {"+177"}},
          {"kLiftSuppression", sql::kLiftSuppression, {"+177"}},
          {"kSuppressedOf", sql::kSuppressedOf, {"{+177,+178}"}},
          {"kListSuppressed", sql::kListSuppressed, {"+177", "100"}},
          {"kForgetRevoked", sql::kForgetRevoked, {time}},
          {"kRevokeSessions", sql::kRevokeSessions, {"{a,b}", time}},
          {"kRevokedSessions", sql::kRevokedSessions, {time}},
          {"kCampaignLines", sql::kCampaignLines, {"c5", "", "", "51"}},
          {"kCampaignLine", sql::kCampaignLine, {campaign}},
          {"kLiveCampaigns", sql::kLiveCampaigns, {"{c1,c2}"}},
          {"kCampaignExtras", sql::kCampaignExtras, {campaign}},
          {"kCallHours", sql::kCallHours, {campaign}},
          {"kCallLines", sql::kCallLines, {"call5", "51"}},
          {"kCallLinesOf", sql::kCallLinesOf, {campaign, "call5", "51"}},
          {"kCallLine", sql::kCallLine, {sid}},
          {"kLiveCalls", sql::kLiveCalls, {}},
          {"kCallLinesById", sql::kCallLinesById, {"{call5,call6}"}},
          {"kFactsOfCall", sql::kFactsOfCall, {attempt, sid}},
          {"kTurns", sql::kTurns, {attempt}},
          {"kNewTurns", sql::kNewTurns, {R"([{"attempt": ")" + attempt + R"(", "known": -1}])"}},
          {"kSheetCellsOfCall", sql::kSheetCellsOfCall, {attempt}},
          {"kSheetLogOfCall", sql::kSheetLogOfCall, {attempt}},
          {"kTakeDueHooks", sql::kTakeDueHooks, {time, time, "10"}},
          {"kInsertCells", sql::kInsertCells, {"c7", "[]"}},
          {"kWantRow", sql::kWantRow, {contact, "BUSY", time, "", "1"}},
          {"kWantDoNotCall", sql::kWantDoNotCall, {"{77,78}"}},
          {"kQueueLog", sql::kQueueLog, {attempt, campaign, time}},
          {"kActiveNumbers", sql::kActiveNumbers, {"{+177,+178}"}},
          {"kSheetJobs", sql::kSheetJobs, {time}},
          {"kUnwritten", sql::kUnwritten, {campaign, "1000"}},
          {"kDueRowsOf", sql::kDueRowsOf, {campaign, "{+177,+178}"}},
          {"kRowsOf", sql::kRowsOf, {campaign, "{+177,+178}"}},
          {"kAimed", sql::kAimed, {campaign}},
          {"kKnownNumbers", sql::kKnownNumbers, {campaign, "{+177,+178}"}},
          {"kAim", sql::kAim, {R"([{"id": 77, "aimed": {}}])"}},
          {"kSettleRows", sql::kSettleRows, {R"([{"id": 77, "version": 1, "is_written": true}])", time}},
          {"kChangeContacts", sql::kChangeContacts, {R"([{"id": 77, "row": 2, "phone": "+177", "zones": []}])"}},
          {"kDropContacts", sql::kDropContacts, {R"([{"id": 77, "reason": "why"}])"}},
          {"kHoldAbsent", sql::kHoldAbsent, {"{77,78}", time}},
          {"kTakeBack", sql::kTakeBack, {"{77,78}"}},
          {"kCountEdits", sql::kCountEdits, {campaign, "1", "1"}},
          {"kSheetRemark", sql::kSheetRemark, {campaign, "why"}},
          {"kNewlyBarred", sql::kNewlyBarred, {"s1", "{+177,+178}"}},
          {"kForgetBarred", sql::kForgetBarred, {"s1", "{+177,+178}"}},
          {"kNoteBarred", sql::kNoteBarred, {"s1", "{+177,+178}"}},
          {"kInsertQueue", sql::kInsertQueue, {"c7", "https://example.com"}},
          {"kHasQueue", sql::kHasQueue, {campaign}},
          {"kQueueEvent", sql::kQueueEvent, {campaign, "e0", "call.ended", "{}", time, "10000", "full"}},
          {"kTakeQueues", sql::kTakeQueues, {time, time, "10"}},
          {"kFront", sql::kFront, {campaign, "10"}},
          {"kEventSent", sql::kEventSent, {campaign, "e77"}},
          {"kPostpone", sql::kPostpone, {campaign, "e77", time, "why"}},
          {"kBury", sql::kBury, {"e77", "why", time}},
          {"kBuryAll", sql::kBuryAll, {campaign, "why", time}},
          {"kReleaseQueue", sql::kReleaseQueue, {campaign, "50", time}},
          {"kDeadLetters", sql::kDeadLetters, {campaign, "e5", "50"}},
          {"kDeadEvents", sql::kDeadEvents, {"e77", campaign, "50"}},
          {"kReplayEvent", sql::kReplayEvent, {"e77", campaign, time}},
          {"kReplayCallbacks", sql::kReplayCallbacks, {"h1", campaign, time, "50"}},
          {"kDueLog", sql::kDueLog, {campaign, time, "500"}},
          {"kLogSent", sql::kLogSent, {"{" + attempt + "}"}},
          {"kLogAppended", sql::kLogAppended, {"{" + attempt + "}", time}}};
}

/// A page of the contacts in every order, from its begin and from a cursor. None may sort: the page is where the index
/// says.
std::vector<Statement> contact_lists() {
  std::vector<Statement> lists;
  const std::vector<std::pair<ports::ContactSort, std::string>> orders{
      {ports::ContactSort::Row, "500"},
      {ports::ContactSort::Name, "Customer"},
      {ports::ContactSort::Attempts, "1"},
      {ports::ContactSort::LastCall, "2026-01-01 00:05:00+00"}};
  for (const auto& [sort, key] : orders) {
    for (const bool descending : {false, true}) {
      const std::string name = "contact list " + key + (descending ? " desc" : "");
      lists.push_back({name, sql::contact_lines({sort, descending, false, false}), {"c1", "", "", "", "", "51"}});
      lists.push_back(
          {name + " on", sql::contact_lines({sort, descending, true, false}), {"c1", "", "", "", "", "51", key, "77"}});
      lists.push_back({name + " searched",
                       sql::contact_lines({sort, descending, true, true}),
                       {"c1", "completed", "HUMAN_ANSWERED", "%ust%", "%77%", "51", key, "77"}});
      lists.push_back({name + " of a rare outcome searched",
                       sql::contact_lines({sort, descending, true, true}),
                       {"c1", "", "BUSY", "", "", "51", key, "77"}});
    }
  }
  return lists;
}

TEST(Plans, AreRangesOfAnIndexInALargeDatabase) {
  TestDatabase database;
  const auto report = store::migrate(database.url(), false);
  ASSERT_TRUE(report) << report.error().detail;
  database.sql(fill_statement());
  database.sql("ANALYZE");
  pqxx::connection connection{database.url()};

  auto all = statements();
  const auto lists = contact_lists();
  all.insert(all.end(), lists.begin(), lists.end());
  for (const Statement& statement : all) {
    pqxx::work tx{connection};
    std::string plan;
    // As they are run: by one plan whatever is asked for, unless they go by Transaction::exec_text().
    const bool is_text = statement.name.starts_with("contact list") || kAsText.contains(statement.name);
    tx.exec0(std::string{"SET LOCAL plan_cache_mode = "} + (is_text ? "force_custom_plan" : "force_generic_plan"));
    tx.exec0("PREPARE statement AS " + statement.sql);
    std::string values;
    for (const std::string& value : statement.parameters) values += (values.empty() ? "" : ", ") + tx.quote(value);
    const auto rows = tx.exec("EXPLAIN (COSTS OFF) EXECUTE statement" + (values.empty() ? "" : "(" + values + ")"));
    tx.exec0("DEALLOCATE statement");
    for (const auto& row : rows) plan += std::string{row[0].c_str()} + "\n";
    for (const char* table :
         {"contact", "attempt", "call_fact", "\"OutboundCall\"", "\"OutboundCampaign\"", "campaign_ext", "hook_outbox",
          "suppression", "campaign_sheet", "sheet_cells", "sheet_log", "sheet_barred", "event", "event_queue"}) {
      EXPECT_EQ(plan.find(std::string{"Seq Scan on "} + table), std::string::npos) << statement.name << "\n" << plan;
    }
    // A list is taken in its index's order; only what a search has left may be sorted.
    if (statement.name.starts_with("contact list") && !statement.name.ends_with("searched"))
      EXPECT_EQ(plan.find("Sort"), std::string::npos) << statement.name << "\n" << plan;
    if (statement.name.ends_with("rare outcome searched"))
      EXPECT_NE(plan.find("attempt_outcome"), std::string::npos) << statement.name << "\n" << plan;
  }
}

}  // namespace
}  // namespace otto::test
