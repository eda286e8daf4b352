#include <gmock/gmock.h>

#include "otto/base/text.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/sheets/public_csv.hpp"

#include "tests/sheets/google_fixture.hpp"

namespace otto::sheets {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class GoogleSheetTest : public GoogleFixture {
 protected:
  Json cells(std::size_t tab = 0) { return control("/_sandbox/sheets")["tabs"][tab]["values"]; }
  void edit(const Json& edits) { control("/_sandbox/sheets", {{"edits", edits}}); }
};

TEST_F(GoogleSheetTest, TheSampleReadsTheSameByTheApiAndByThePublicExport) {
  const auto by_api = read(at("Outbound Campaigns"));
  const auto by_csv = run(make_public_sheet(PublicSheetSettings{base})->read(at("Outbound Campaigns")));

  ASSERT_TRUE(by_api) << by_api.error().detail;
  ASSERT_TRUE(by_csv) << by_csv.error().detail;
  EXPECT_EQ(by_api->header, by_csv->header);
  ASSERT_EQ(by_api->rows.size(), by_csv->rows.size());
  for (std::size_t i = 0; i < by_api->rows.size(); ++i) {
    EXPECT_EQ(by_api->rows[i].number, by_csv->rows[i].number);
    EXPECT_EQ(by_api->rows[i].cells, by_csv->rows[i].cells);
  }
  const auto report = campaign::import_table(*by_api);
  std::vector<int> skipped;
  for (const auto& row : report.skipped) skipped.push_back(row.row);
  EXPECT_EQ(skipped, (std::vector<int>{6, 7, 9, 11, 13}));
  EXPECT_EQ(report.contacts.size(), 7u);
  EXPECT_EQ(by_api->place->gid, "0");
  EXPECT_EQ(violations(), "[]");
}

TEST_F(GoogleSheetTest, ATabIsFoundByNumberByTitleAndWithoutRegardToCase) {
  EXPECT_EQ(read(at("ignored", "77"))->place->tab, "Jon's / Data");
  EXPECT_EQ(read(at("Jon's / Data"))->place->gid, "77");
  EXPECT_EQ(read(at("outbound campaigns"))->place->tab, "Outbound Campaigns");
  EXPECT_EQ(read(at(""))->place->gid, "0");
}

TEST_F(GoogleSheetTest, AWrongTabIsAnsweredWithTheTabsThatThereAre) {
  EXPECT_EQ(refused(at("Leads")).detail,
            "The sheet has no tab \"Leads\"; it has \"Outbound Campaigns\", \"Jon's / Data\": name one of them in "
            "sheetName.");
  EXPECT_THAT(refused(at("", "5")).detail, HasSubstr("no tab with the gid 5"));
}

TEST_F(GoogleSheetTest, EachFailureSaysWhatToDo) {
  control("/_sandbox/sheets", {{"access", "none"}});
  EXPECT_THAT(refused(at("")).detail,
              HasSubstr("not shared with the service account: share it with otto@sandbox-project.iam"));
  control("/_sandbox/sheets", {{"access", "writer"}});
  set_faults({{"api_disabled", true}});
  EXPECT_THAT(refused(at("")).detail,
              AllOf(HasSubstr("API is not enabled in the service account's project sandbox-project"),
                    HasSubstr("https://console.developers.google.com/apis/sandbox")));
  set_faults({{"api_disabled", false}});
  auto elsewhere = at("");
  elsewhere.id = "1NotThereNotThereNotThereNotThere";
  EXPECT_EQ(refused(elsewhere).code, Errc::NotFound);
}

TEST_F(GoogleSheetTest, AKeyThatIsNoLongerGoodIsNamed) {
  set_faults({{"key_expired", true}});
  EXPECT_THAT(refused(at("")).detail, AllOf(HasSubstr("refuses the key 07707707…"), HasSubstr("create a new key")));
  set_faults({{"key_expired", false}, {"account_gone", true}});
  EXPECT_THAT(refused(at("")).detail, HasSubstr("does not know the service account otto@sandbox-project"));
}

TEST_F(GoogleSheetTest, AWrongClockIsCorrectedByWhatTheAnswerTells) {
  set_faults({{"clock_offset", 7200}});
  EXPECT_TRUE(read(at("")));
  EXPECT_EQ(requests("token"), 2);
}

TEST_F(GoogleSheetTest, OneTokenServesUntilItIsRefusedOrNearlyOver) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(read(at("")));
  EXPECT_EQ(requests("token"), 1);

  set_faults({{"revoke_tokens", true}});
  EXPECT_TRUE(read(at("")));
  EXPECT_EQ(requests("token"), 2);

  sheet.reset();
  set_faults({{"expires_in", 0}});
  EXPECT_FALSE(run(google().check()).value().empty());
}

TEST_F(GoogleSheetTest, FailuresThatPassAreTriedAgainWhenReading) {
  set_faults({{"fail_status", 503}, {"fail_reads", 1}});
  EXPECT_TRUE(read(at("")));
  EXPECT_EQ(requests("read"), 3);
}

TEST_F(GoogleSheetTest, WhatIsWrittenStaysText) {
  const auto table = read(at("Jon's / Data"));
  std::vector<ports::SheetCell> written{{2, 3, "COMPLETED"}, {3, 5, "=HYPERLINK(\"x\")"}, {4, 4, "+15550100"}};

  const auto done = run(google().write(*table->place, written, nullptr));

  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(cells(1)[1][3], "COMPLETED");
  EXPECT_EQ(cells(1)[2][5], "=HYPERLINK(\"x\")");
  EXPECT_EQ(cells(1)[3][4], "+15550100");
  EXPECT_EQ(requests("write"), 1);
  EXPECT_EQ(violations(), "[]");
}

TEST_F(GoogleSheetTest, AWriterThatMayNotWriteSendsNothing) {
  std::vector<ports::SheetCell> cell{{2, 3, "x"}};
  const auto done = run(google().write(at("Outbound Campaigns"), cell, [] { return false; }));
  EXPECT_EQ(done.error().code, Errc::Cancelled);
  EXPECT_EQ(requests("write"), 0);
}

TEST_F(GoogleSheetTest, AnEditorIsNeededForWritingAndTheSentenceSaysSo) {
  control("/_sandbox/sheets", {{"access", "reader"}});
  std::vector<ports::SheetCell> cell{{2, 3, "x"}};
  const auto done = run(google().write(at("Outbound Campaigns"), cell, nullptr));
  EXPECT_EQ(done.error().code, Errc::Forbidden);
  EXPECT_THAT(done.error().detail, HasSubstr("as Editor"));
}

TEST_F(GoogleSheetTest, ATabIsMadeWithItsHeaderAndRowsAreAppendedBelow) {
  const auto place = at("Call Log");
  ASSERT_TRUE(run(google().add_tab(place, {"Time", "Name"}, nullptr)));
  EXPECT_EQ(run(google().add_tab(place, {"Time", "Name"}, nullptr)).error().code, Errc::Conflict);
  ASSERT_TRUE(run(google().append(place, {{"t1", "Ann"}, {"t2", "=Bob"}}, nullptr)));
  ASSERT_TRUE(run(google().append(place, {{"t3", "Cid"}}, nullptr)));
  EXPECT_EQ(cells(2).dump(), R"([["Time","Name"],["t1","Ann"],["t2","=Bob"],["t3","Cid"]])");
}

TEST_F(GoogleSheetTest, NumbersBooleansAndBlanksReadAsTheExportShowsThem) {
  edit(Json::parse(R"([{"op": "set", "row": 3, "column": 6, "value": true},
                       {"op": "set", "row": 4, "column": 6, "value": 1.5},
                       {"op": "insert_row", "at": 4, "cells": []}])"));
  const auto by_api = read(at("Outbound Campaigns"));
  const auto by_csv = run(make_public_sheet(PublicSheetSettings{base})->read(at("Outbound Campaigns")));
  ASSERT_TRUE(by_api && by_csv);
  EXPECT_EQ(by_api->rows[2].number, 5);
  for (std::size_t i = 0; i < by_api->rows.size(); ++i) EXPECT_EQ(by_api->rows[i].cells, by_csv->rows[i].cells);
}

}  // namespace
}  // namespace otto::sheets
