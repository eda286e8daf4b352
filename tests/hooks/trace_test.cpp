#include "otto/hooks/trace.hpp"

#include <gmock/gmock.h>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "otto/rt/group.hpp"

#include "tests/fakes/fake_views.hpp"

namespace otto::hooks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kStart = TimePoint{} + 1'764'000'000s;
const std::string kAttempt = "0193b2a4-5c6d-7e8f-9012-3456789abcde";

Fact fact(FactKind kind, milliseconds after, std::optional<LegStatus> status = {}) {
  Fact made{kind};
  made.dedupe_key = std::to_string(after.count());
  made.at = kStart + after;
  made.status = status;
  return made;
}

/// Answered after 6 s, talked for 20.
ports::CallDetail talked(const std::string& sid = "CA1") {
  ports::CallDetail detail;
  detail.line.id = "c-" + sid;
  detail.line.call_sid = sid;
  detail.line.customer_name = "Maria Alvarez";
  detail.line.customer_phone = "+14155550101";
  detail.line.campaign_id = "cm1";
  detail.line.status = "COMPLETED";
  detail.line.outcome = "HUMAN_ANSWERED";
  detail.line.answered_by = "human";
  detail.line.initiated_at = kStart;
  detail.line.answered_at = kStart + 6s;
  detail.line.completed_at = kStart + 26s;
  detail.line.duration = 20;
  detail.line.attempt = AttemptId{kAttempt};
  detail.facts = {fact(FactKind::Placed, 200ms), fact(FactKind::Status, 2s, LegStatus::Ringing),
                  fact(FactKind::Answered, 6100ms), fact(FactKind::StreamStarted, 6300ms)};
  Fact tool = fact(FactKind::ToolUsed, 15s);
  tool.reason = "schedule_callback";
  tool.asked = R"({"when":"tomorrow, says Maria"})";
  detail.facts.push_back(tool);
  detail.facts.push_back(fact(FactKind::StreamEnded, 25s));
  detail.facts.push_back(fact(FactKind::Status, 26s, LegStatus::Completed));
  ports::CallFigures figures;
  figures.answer_to_ready = 150ms;
  figures.answer_to_stream = 220ms;
  figures.answer_to_audio = 400ms;
  figures.turns = {700ms, 900ms};
  figures.interruptions = 1;
  detail.report.figures.push_back(figures);
  detail.turns.push_back({1, ports::Turn::Role::Customer, "My secret words", {}, kStart + 10s});
  return detail;
}

std::map<std::string, Json> by_name(const Json::array_t& spans) {
  std::map<std::string, Json> named;
  for (const Json& span : spans) named[span["name"]] = span;
  return named;
}

Json value_of(const Json& span, const std::string& key) {
  for (const Json& attribute : span["attributes"])
    if (attribute["key"] == key) return attribute["value"];
  return {};
}

TEST(Trace, ACallIsOneTraceWithItsPartsBelowIt) {
  const auto spans = by_name(spans_of(talked()));

  ASSERT_THAT(spans, SizeIs(5));
  const Json& call = spans.at("call");
  EXPECT_EQ(call["traceId"], "0193b2a45c6d7e8f90123456789abcde") << "the attempt's id";
  EXPECT_FALSE(call.contains("parentSpanId"));
  EXPECT_EQ(call["startTimeUnixNano"], "1764000000000000000");
  EXPECT_EQ(call["endTimeUnixNano"], "1764000026000000000");
  EXPECT_EQ(value_of(call, "otto.outcome"), Json({{"stringValue", "HUMAN_ANSWERED"}}));
  EXPECT_EQ(value_of(call, "otto.duration_seconds"), Json({{"intValue", "20"}}));
  EXPECT_EQ(value_of(call["events"][4], "otto.tool"), Json({{"stringValue", "schedule_callback"}}));
  std::set<std::string> ids;
  for (const auto& [name, span] : spans) {
    EXPECT_TRUE(std::regex_match(span["spanId"].get<std::string>(), std::regex{"[0-9a-f]{16}"}));
    EXPECT_EQ(span["traceId"], call["traceId"]);
    if (name != "call") {
      EXPECT_EQ(span["parentSpanId"], call["spanId"]) << name;
    }
    ids.insert(span["spanId"]);
  }
  EXPECT_THAT(ids, SizeIs(5));
  EXPECT_EQ(spans.at("dial")["endTimeUnixNano"], "1764000000200000000");
  EXPECT_EQ(spans.at("ring")["startTimeUnixNano"], "1764000002000000000");
  EXPECT_EQ(spans.at("connect")["startTimeUnixNano"], "1764000006100000000");
  EXPECT_EQ(spans.at("connect")["endTimeUnixNano"], "1764000006500000000");
  EXPECT_EQ(value_of(spans.at("connect"), "otto.answer_to_ready_ms"), Json({{"intValue", "150"}}));
  EXPECT_EQ(spans.at("conversation")["endTimeUnixNano"], "1764000025000000000");
  EXPECT_EQ(value_of(spans.at("conversation"), "otto.turn_ms")["arrayValue"]["values"],
            Json({{{"intValue", "700"}}, {{"intValue", "900"}}}));
}

TEST(Trace, NamesNobodyAndQuotesNothing) {
  const std::string text = dump_json(export_request("otto", "i", spans_of(talked())));

  for (const char* secret : {"Maria", "4155550101", "secret words", "tomorrow"})
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
}

TEST(Trace, ACallThatNobodyAnsweredEndsWithItsRinging) {
  auto detail = talked();
  detail.line.answered_at.reset();
  detail.line.status = "FAILED";
  detail.report.figures.clear();
  detail.facts = {fact(FactKind::Placed, 200ms), fact(FactKind::Status, 2s, LegStatus::Ringing),
                  fact(FactKind::Status, 26s, LegStatus::Failed)};

  const auto spans = by_name(spans_of(detail));

  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_EQ(spans.at("ring")["endTimeUnixNano"], "1764000026000000000");
  EXPECT_EQ(spans.at("call")["status"], Json({{"code", 2}}));
}

TEST(Trace, ACallThatIsNotOursHasNone) {
  auto detail = talked();
  detail.line.attempt.reset();
  detail.facts.clear();

  EXPECT_THAT(spans_of(detail), IsEmpty());
}

struct Collector final : ports::HookSender {
  std::vector<ports::HookRequest> requests;
  int status = 200;
  Task<Result<ports::HookAnswer>> post(ports::HookRequest request) override {
    requests.push_back(std::move(request));
    if (status == 0) co_return Error{Errc::ConnectFailed, "localhost refused the connection."};
    ports::HookAnswer answer;
    answer.status = status;
    co_return answer;
  }
  std::vector<std::string> calls() const {  // those of the last request
    std::vector<std::string> sids;
    const Json body = parse_json(requests.back().body).value();
    for (const Json& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"])
      if (span["name"] == "call") sids.push_back(value_of(span, "otto.call_sid")["stringValue"]);
    return sids;
  }
};

struct TraceExporterTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kStart};
  rt::Group group{loop, "test"};
  fakes::FakeViews views;
  Collector collector;
  std::optional<TraceExporter> exporter;

  TraceExporter& start(std::size_t waiting = 100) {
    TraceExporter::Options options;
    options.url = "http://localhost:4318/v1/traces";
    options.headers = {{"Authorization", "Bearer k"}};
    options.service = "otto-test";
    options.instance = "i1";
    options.batch = 2;
    options.waiting = waiting;
    exporter.emplace(TraceExporter::Deps{loop, timers, views, collector}, options);
    group.spawn("traces", exporter->run());
    timers.advance(0ms);
    for (const char* sid : {"CA1", "CA2", "CA3"}) {
      views.call_details.push_back(talked(sid));
      exporter->call_ended(sid);
    }
    return *exporter;
  }
  ~TraceExporterTest() override {
    exporter->stop();
    timers.advance(1s);
    EXPECT_EQ(group.size(), 0u) << "the exporter was left running";
  }
};

TEST_F(TraceExporterTest, SendsEachCallOnceSomeSecondsAfterItsEnd) {
  start();
  timers.advance(4s);
  EXPECT_THAT(collector.requests, IsEmpty()) << "the agent's last reports are still to come";
  timers.advance(3s);

  ASSERT_THAT(collector.requests, SizeIs(2)) << "two calls, then one";
  EXPECT_EQ(collector.requests[0].url, "http://localhost:4318/v1/traces");
  EXPECT_THAT(collector.requests[0].headers,
              ElementsAre(std::pair{"Authorization", "Bearer k"}, std::pair{"Content-Type", "application/json"}));
  EXPECT_THAT(collector.calls(), ElementsAre("CA3"));
  timers.advance(120s);
  EXPECT_THAT(collector.requests, SizeIs(2));
}

TEST_F(TraceExporterTest, ACollectorThatIsAwayGetsThemLaterAndIsNotBeset) {
  collector.status = 0;
  start();
  timers.advance(65s);
  EXPECT_THAT(collector.requests, SizeIs(testing::AllOf(testing::Ge(2u), testing::Le(3u))));
  collector.status = 200;
  const auto before = collector.requests.size();
  timers.advance(31s);

  EXPECT_THAT(collector.requests, SizeIs(before + 2));
}

TEST_F(TraceExporterTest, WhatACollectorRefusesForGoodIsNotSentAgain) {
  collector.status = 400;
  start();
  timers.advance(120s);

  EXPECT_THAT(collector.requests, SizeIs(2));
}

TEST_F(TraceExporterTest, BeyondItsBoundTheOldestAreDropped) {
  collector.status = 503;
  start(2);
  timers.advance(7s);

  EXPECT_THAT(collector.calls(), ElementsAre("CA2", "CA3"));
}

TEST_F(TraceExporterTest, WaitsForADatabaseThatIsAwayAndPassesOverWhatWasRemoved) {
  views.failure = Error{Errc::DatabaseUnavailable, "away"};
  start();
  views.call_details.erase(views.call_details.begin());
  timers.advance(20s);
  EXPECT_THAT(collector.requests, IsEmpty());
  views.failure.reset();
  timers.advance(30s);

  ASSERT_THAT(collector.requests, SizeIs(2));
  EXPECT_THAT(collector.calls(), ElementsAre("CA3"));
}

TEST_F(TraceExporterTest, AStopSendsWhatIsThere) {
  start();
  timers.advance(2s);
  exporter->stop();
  timers.advance(0ms);

  EXPECT_THAT(collector.requests, SizeIs(2));
}

}  // namespace
}  // namespace otto::hooks
