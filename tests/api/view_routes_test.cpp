// What the dashboard lists and shows, as JSON and as CSV.
#include "otto/api/view_answers.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

struct ViewRoutes : ApiTest {
  /// A streamed body, read to its end; nullopt: it was cut off.
  std::optional<std::string> body_of(const net::Response& response) {
    struct Collector final : net::BodyWriter {
      std::string text;
      Task<bool> write(std::string_view piece) override {
        text += piece;
        co_return true;
      }
    } collector;
    bool is_whole = false;
    group.spawn("stream", [](const net::Response& r, net::BodyWriter& to, bool& whole) -> Task<void> {
      whole = co_await r.stream(to);
    }(response, collector, is_whole));
    loop.restart();
    loop.poll();
    return is_whole ? std::optional{collector.text} : std::nullopt;
  }
  static ports::ContactLine contact(int row, std::string name) {
    ports::ContactLine line;
    line.id = ContactId{row};
    line.row = row;
    line.name = std::move(name);
    line.phone = "+14155550101";
    return line;
  }
};

TEST_F(ViewRoutes, ListsPassTheirQuestionsOn) {
  EXPECT_EQ(api("GET", "/api/campaigns?status=RUNNING&q=Spring%20sale&limit=7&cursor=c1").status, 200);
  ASSERT_EQ(views.campaign_asks.size(), 1u);
  EXPECT_EQ(views.campaign_asks[0].status, CampaignStatus::Running);
  EXPECT_EQ(views.campaign_asks[0].part_of_name, "Spring sale");
  EXPECT_EQ(views.campaign_asks[0].limit, 7);
  EXPECT_EQ(views.campaign_asks[0].cursor, "c1");

  const char* query = "?state=due&outcome=BUSY&q=Ann&sort=lastCall&order=desc&limit=200&cursor=7.1";
  EXPECT_EQ(api("GET", std::string{"/api/campaigns/c1/contacts"} + query).status, 200);
  ASSERT_EQ(views.contact_asks.size(), 1u);
  EXPECT_EQ(views.contact_asks[0].state, ContactState::Due);
  EXPECT_EQ(views.contact_asks[0].outcome, "BUSY");
  EXPECT_EQ(views.contact_asks[0].search, "Ann");
  EXPECT_EQ(views.contact_asks[0].sort, ports::ContactSort::LastCall);
  EXPECT_TRUE(views.contact_asks[0].descending);

  EXPECT_EQ(api("GET", "/api/calls?campaignId=c1").status, 200);
  ASSERT_EQ(views.call_asks.size(), 1u);
  EXPECT_EQ(views.call_asks[0].campaign, CampaignId{"c1"});
  EXPECT_EQ(views.call_asks[0].limit, 50);
}

TEST_F(ViewRoutes, WrongQuestionsAreToldWhatIsWrong) {
  for (const char* target :
       {"/api/campaigns?status=DONE", "/api/campaigns?limit=0", "/api/campaigns?limit=201", "/api/campaigns?limit=x",
        "/api/campaigns/c1/contacts?state=waiting", "/api/campaigns/c1/contacts?sort=age",
        "/api/campaigns/c1/contacts?order=up", "/api/calls?live=true&campaignId=c1"}) {
    const auto answer = api("GET", target);
    EXPECT_EQ(answer.status, 422) << target;
    EXPECT_FALSE(json_of(answer)["error"]["details"].empty()) << target;
  }
  EXPECT_EQ(api("GET", "/api/campaigns/none").status, 404);
  views.failure = Error{Errc::DatabaseUnavailable, "away"};
  EXPECT_EQ(api("GET", "/api/campaigns").status, 503);
}

TEST_F(ViewRoutes, ACampaignHasTheNamesOfTheContract) {
  ports::CampaignDetail detail;
  detail.line.id = CampaignId{"c1"};
  detail.line.name = "Spring";
  detail.line.status = CampaignStatus::Running;
  detail.line.hold = CampaignHold::Paused;
  detail.line.hold_reason = "Lunch.";
  detail.line.total_contacts = 10;
  detail.line.contacts_completed = 3;
  detail.line.contacts_failed = 2;
  detail.settings.budget.price_per_minute = 0.25;
  detail.spent_micros = 1'250'000;
  detail.sheet = ports::CampaignDetail::Sheet{"1Sheet", "Tab", "7"};
  detail.hours.push_back({timers.now(), 5, 2});
  views.details.push_back(detail);

  const Json answer = json_of(api("GET", "/api/campaigns/c1"));

  EXPECT_EQ(answer["campaign"]["contactsRemaining"], 5);
  EXPECT_EQ(answer["campaign"]["hold"], "paused");
  EXPECT_TRUE(answer["campaign"]["createdAt"].is_null());
  EXPECT_EQ(answer["cost"], (Json{{"spent", 1.25}, {"reserved", 0.0}, {"limit", nullptr}, {"pricePerMinute", 0.25}}));
  EXPECT_EQ(answer["sheet"]["url"], "https://docs.google.com/spreadsheets/d/1Sheet/edit#gid=7");
  EXPECT_EQ(answer["hours"][0], (Json{{"hour", "2027-01-15T18:00:00.000Z"}, {"calls", 5}, {"answered", 2}}));
  EXPECT_TRUE(answer["settings"].contains("callDuringHours"));
}

TEST_F(ViewRoutes, AnExportHoldsEveryContactAndNoFormula) {
  views.contact_pages.resize(2);
  views.contact_pages[0].contacts = {contact(2, "Ann"), contact(3, "=HYPERLINK(\"http://evil\")")};
  views.contact_pages[0].next_cursor = "3.3";
  views.contact_pages[1].contacts = {contact(4, "O'Neill, José"), contact(5, "-1+1"), contact(6, "@x\r\ny")};

  const auto answer = api("GET", "/api/campaigns/c1/contacts.csv");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Disposition"), "attachment; filename=\"contacts-c1.csv\"");
  const auto body = body_of(answer);

  ASSERT_TRUE(body);
  EXPECT_TRUE(body->starts_with("\xEF\xBB\xBFRow,Name,Phone,")) << *body;
  EXPECT_NE(body->find("\r\n2,Ann,'+14155550101,"), std::string::npos) << *body;
  EXPECT_NE(body->find("\r\n3,\"'=HYPERLINK(\"\"http://evil\"\")\","), std::string::npos) << *body;
  EXPECT_NE(body->find("\r\n4,\"O'Neill, José\","), std::string::npos) << *body;
  EXPECT_NE(body->find("\r\n5,'-1+1,"), std::string::npos) << *body;
  EXPECT_NE(body->find("\r\n6,\"'@x\r\ny\","), std::string::npos) << *body;
  EXPECT_EQ(views.contact_asks.back().cursor, "3.3");
  EXPECT_EQ(views.contact_asks.back().limit, 1000);
}

TEST_F(ViewRoutes, AnExportThatCannotGoOnIsCutOff) {
  views.contact_pages.resize(1);
  views.contact_pages[0].contacts = {contact(2, "Ann")};
  views.contact_pages[0].next_cursor = "2.2";
  views.fail_at_page = 1;

  EXPECT_FALSE(body_of(api("GET", "/api/campaigns/c1/contacts.csv")));
}

TEST_F(ViewRoutes, ACallsTimelineTellsEachEventOnceAndInOrder) {
  const TimePoint t = timers.now();
  ports::CallDetail detail;
  detail.line.id = "cm1";
  detail.line.answered_at = t + seconds{5};
  const auto add = [&](FactKind kind, int second, std::optional<LegStatus> status = {}) -> Fact& {
    Fact fact{kind};
    fact.at = t + seconds{second};
    fact.status = status;
    detail.facts.push_back(fact);
    return detail.facts.back();
  };
  add(FactKind::Placed, 0);
  add(FactKind::Status, 2, LegStatus::Ringing);
  add(FactKind::Answered, 5);
  add(FactKind::Status, 5, LegStatus::InProgress);
  add(FactKind::Amd, 7).answered_by = AnsweredBy::Human;
  add(FactKind::StreamStarted, 6);
  add(FactKind::Status, 60, LegStatus::Completed).duration_seconds = 55;
  add(FactKind::Fetched, 63, LegStatus::Completed).duration_seconds = 55;
  auto& recording = add(FactKind::Recording, 65);
  recording.recording_status = "completed";
  recording.recording_seconds = 55;
  ports::CallFigures figures;
  figures.answer_to_audio = milliseconds{1240};
  detail.report.figures.push_back(figures);

  std::vector<std::string> kinds;
  for (const auto& entry : timeline_of(detail)) kinds.push_back(entry.kind);

  EXPECT_EQ(kinds, (std::vector<std::string>{"dialed", "ringing", "answered", "stream_opened", "first_word",
                                             "machine_verdict", "ended", "recording"}));
  EXPECT_EQ(timeline_of(detail)[6].text, "The call has ended after 55 s");
}

TEST_F(ViewRoutes, NothingFollowsFromADialBeforeIt) {
  ports::CallDetail detail;
  for (const auto status : {LegStatus::Initiated, LegStatus::Ringing}) {
    detail.facts.emplace_back(FactKind::Status).status = status;
    detail.facts.back().at = timers.now();
  }
  detail.facts.emplace_back(FactKind::Placed).at = timers.now() + milliseconds{300};

  std::vector<std::string> kinds;
  for (const auto& entry : timeline_of(detail)) kinds.push_back(entry.kind);

  EXPECT_EQ(kinds, (std::vector<std::string>{"dialed", "dialing", "ringing"}));
}

TEST_F(ViewRoutes, EveryKindOfFactHasItsWords) {
  for (int kind = 0; kind <= static_cast<int>(FactKind::KeyPressed); ++kind) {
    ports::CallDetail detail;
    detail.facts.emplace_back(static_cast<FactKind>(kind));
    const auto timeline = timeline_of(detail);
    ASSERT_EQ(timeline.size(), 1u);
    EXPECT_NE(timeline[0].kind, "other") << kind;
    EXPECT_FALSE(timeline[0].text.empty()) << kind;
  }
}

TEST_F(ViewRoutes, AToolIsToldWithItsAnswerAndKeysPressedInARowAreOneEntry) {
  ports::CallDetail detail;
  const auto add = [&](FactKind kind, milliseconds after, std::string reason) -> Fact& {
    Fact& fact = detail.facts.emplace_back(kind);
    fact.at = timers.now() + after;
    fact.reason = std::move(reason);
    return fact;
  };
  add(FactKind::KeyPressed, milliseconds{0}, "1");
  add(FactKind::KeyPressed, milliseconds{900}, "2");
  add(FactKind::KeyPressed, milliseconds{1900}, "#");
  Fact& tool = add(FactKind::ToolUsed, milliseconds{2500}, "book_appointment");
  tool.asked = R"({"day":"Monday"})";
  tool.evidence = R"({"free":true})";
  add(FactKind::KeyPressed, milliseconds{2600}, "3");
  add(FactKind::KeyPressed, milliseconds{9000}, "4");
  add(FactKind::ToolUsed, milliseconds{9500}, "end_call").is_error = true;

  std::vector<std::string> texts;
  for (const auto& entry : timeline_of(detail)) texts.push_back(entry.kind + ": " + entry.text);

  EXPECT_EQ(texts, (std::vector<std::string>{
                       "keys: The customer pressed 1 2 #",
                       R"(tool: The agent used book_appointment with {"day":"Monday"}; the answer: {"free":true})",
                       "keys: The customer pressed 3", "keys: The customer pressed 4",
                       "tool: The agent used end_call, which failed"}));
}

TEST_F(ViewRoutes, TurnsAreCountedFromTheAnswer) {
  ports::CallDetail detail;
  detail.report.call.status = "COMPLETED";
  detail.line.id = "cm1";
  detail.line.answered_at = timers.now();
  ports::Turn turn;
  turn.at = timers.now() + milliseconds{1500};
  turn.text = "Hello";
  detail.turns.push_back(turn);
  detail.sheet_writes.push_back({std::nullopt, "Status", "COMPLETED", true});
  views.call_details.push_back(detail);

  const Json answer = json_of(api("GET", "/api/calls/cm1"));

  EXPECT_EQ(answer["turns"][0]["offsetMs"], 1500);
  EXPECT_EQ(answer["turns"][0]["role"], "agent");
  EXPECT_EQ(answer["summary"]["callId"], "cm1");
  EXPECT_EQ(answer["sheetWrites"][0],
            (Json{{"at", nullptr}, {"where", "Status"}, {"value", "COMPLETED"}, {"state", "written"}}));
}

}  // namespace
}  // namespace otto::api
