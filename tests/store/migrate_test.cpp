#include "otto/store/migrate.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <sstream>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using store::migrate;
using store::MigrationReport;
using testing::HasSubstr;

MigrationReport must_migrate(const TestDatabase& database, bool dry_run = false) {
  auto report = migrate(database.url(), dry_run);
  if (!report) throw std::runtime_error{report.error().detail};
  return std::move(*report);
}

std::string refusal(const TestDatabase& database) {
  const auto report = migrate(database.url(), false);
  if (report) return "it succeeded";
  EXPECT_EQ(report.error().code, Errc::Config);
  return report.error().detail;
}

std::string first_file() {
  std::ifstream file{OTTO_SOURCE_DIR "/migrations/0001_public_tables.sql"};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Every column, index, constraint and label of the two tables, as text.
std::string public_catalog(TestDatabase& database) {
  std::string all;
  for (const char* statement : {
           R"(SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                coalesce(pg_get_expr(d.adbin, d.adrelid), '-')
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
              WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
              ORDER BY c.relname, a.attnum)",
           R"(SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
              WHERE connamespace = 'public'::regnamespace ORDER BY conname)",
           R"(SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'otto_%'
              ORDER BY indexname)",
           R"(SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
              ORDER BY t.typname, e.enumsortorder)"}) {
    for (const auto& row : database.sql(statement)) {
      for (const auto& field : row) all += std::string{field.c_str()} + "|";
      all += "\n";
    }
  }
  return all;
}

TEST(Migrate, BringsAnEmptyDatabaseToTheWholeSchema) {
  TestDatabase database;

  const auto report = must_migrate(database);

  EXPECT_EQ(report.applied.front(), "0001_public_tables");
  EXPECT_TRUE(std::ranges::is_sorted(report.applied));
  EXPECT_FALSE(report.adopted);
  EXPECT_EQ(database.count("otto.schema_migrations"), static_cast<int>(report.applied.size()));
}

TEST(Migrate, DoesNothingTheSecondTime) {
  TestDatabase database;
  must_migrate(database);
  const std::string before = database.one("SELECT string_agg(name || applied_at, ',') FROM otto.schema_migrations");

  const auto report = must_migrate(database);

  EXPECT_TRUE(report.applied.empty());
  EXPECT_EQ(database.one("SELECT string_agg(name || applied_at, ',') FROM otto.schema_migrations"), before);
}

TEST(Migrate, OnlyTellsWhatItWouldDoInADryRun) {
  TestDatabase database;

  const auto report = must_migrate(database, true);

  EXPECT_GE(report.pending.size(), 3U);
  EXPECT_TRUE(report.applied.empty());
  EXPECT_EQ(database.one("SELECT to_regnamespace('otto')"), "");
  EXPECT_EQ(public_catalog(database), "");
}

TEST(Migrate, MakesThePublicTablesExactlyAsPrismaDoes) {
  TestDatabase ours, prismas;
  must_migrate(ours);
  prismas.sql(first_file());

  EXPECT_EQ(public_catalog(ours), public_catalog(prismas));
  EXPECT_EQ(ours.one("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"),
            "2");
}

TEST(Migrate, AddsToThePublicTablesOnlyWhatPrismaDoesNotSee) {
  TestDatabase database;
  must_migrate(database);

  const auto plain =
      database.sql(R"(SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND indpred IS NULL AND indexprs IS NULL ORDER BY 1)");

  ASSERT_EQ(plain.size(), 3U);
  EXPECT_STREQ(plain[0][0].c_str(), "\"OutboundCall_callSid_key\"");
  EXPECT_STREQ(plain[1][0].c_str(), "\"OutboundCall_pkey\"");
  EXPECT_STREQ(plain[2][0].c_str(), "\"OutboundCampaign_pkey\"");
}

TEST(Migrate, AdoptsTheFirstSystemsTablesWithTheirRows) {
  TestDatabase database;
  database.sql(first_file());
  database.sql(R"(INSERT INTO "OutboundCampaign" ("id", "name", "type") VALUES ('old', 'Old', 'GENERAL'))");

  const auto report = must_migrate(database);

  EXPECT_TRUE(report.adopted);
  EXPECT_EQ(database.count(R"("OutboundCampaign")"), 1);
  EXPECT_EQ(database.one("SELECT adopted FROM otto.schema_migrations WHERE name = '0001_public_tables'"), "t");
}

TEST(Migrate, ListsEveryDifferenceOfForeignTables) {
  TestDatabase database;
  database.sql(first_file());
  database.sql(R"(ALTER TABLE "OutboundCall" DROP COLUMN "notes", ALTER COLUMN "initiatedAt" TYPE timestamptz,
    ALTER COLUMN "status" DROP NOT NULL, ALTER COLUMN "direction" DROP DEFAULT, ADD COLUMN "tenant" text NOT NULL;
    DROP INDEX "OutboundCall_callSid_key";
    ALTER TABLE "OutboundCall" DROP CONSTRAINT "OutboundCall_campaignId_fkey")");

  const std::string sentence = refusal(database);

  EXPECT_THAT(sentence, HasSubstr(R"(column "OutboundCall"."notes" is missing)"));
  EXPECT_THAT(sentence, HasSubstr(R"(column "OutboundCall"."initiatedAt" is timestamp with time zone instead of )"
                                  R"(timestamp(3) without time zone)"));
  EXPECT_THAT(sentence, HasSubstr(R"(column "OutboundCall"."status" allows NULL)"));
  EXPECT_THAT(sentence, HasSubstr(R"(column "OutboundCall"."direction" has the default (none))"));
  EXPECT_THAT(sentence, HasSubstr(R"(column "OutboundCall"."tenant" is not otto's and needs a value in every row)"));
  EXPECT_THAT(sentence, HasSubstr(R"("OutboundCall"."callSid" has no unique index)"));
  EXPECT_THAT(sentence, HasSubstr(R"(has no foreign key)"));
  EXPECT_EQ(database.one("SELECT to_regclass('otto.contact')"), "") << "nothing of ours was made";
}

TEST(Migrate, RefusesOneTableWithoutTheOtherAndAMissingLabel) {
  TestDatabase database;
  database.sql(R"(CREATE TYPE "CampaignStatus" AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'STOPPED'))");

  const std::string sentence = refusal(database);

  EXPECT_THAT(sentence, HasSubstr(R"(table "OutboundCampaign" is missing)"));
  EXPECT_THAT(sentence, HasSubstr(R"(type "CampaignStatus" lacks the value FAILED)"));
  EXPECT_THAT(sentence, HasSubstr(R"(type "CampaignType" is missing)"));
}

TEST(Migrate, LeavesAloneFurtherColumnsThatFillThemselves) {
  TestDatabase database;
  database.sql(first_file());
  database.sql(R"(ALTER TABLE "OutboundCall" ADD COLUMN "rating" integer, ADD COLUMN "tag" text NOT NULL DEFAULT '')");

  const auto report = must_migrate(database);

  EXPECT_EQ(report.notes.size(), 2U);
}

TEST(Migrate, NoticesOnALaterStartThatATableWasChanged) {
  TestDatabase database;
  must_migrate(database);
  database.sql(R"(ALTER TABLE "OutboundCampaign" DROP COLUMN "settings")");

  EXPECT_THAT(refusal(database), HasSubstr(R"(column "OutboundCampaign"."settings" is missing)"));
}

TEST(Migrate, RefusesADatabaseWhoseAppliedFileIsNotOurs) {
  TestDatabase database;
  must_migrate(database);
  database.sql("UPDATE otto.schema_migrations SET checksum = 'x' WHERE name = '0002_otto'");

  EXPECT_THAT(refusal(database), HasSubstr("0002_otto has changed since it was applied"));
}

TEST(Migrate, RefusesADatabaseOfANewerVersion) {
  TestDatabase database;
  must_migrate(database);
  database.sql("INSERT INTO otto.schema_migrations (name, checksum, adopted) VALUES ('9999_future', 'x', false)");

  EXPECT_THAT(refusal(database), HasSubstr("9999_future, which this version of otto does not know"));
  EXPECT_FALSE(migrate(database.url(), true));
}

/// As the version before had left it, with a conversation that ended lately, one of yesterday and one that is analysed.
constexpr char kBeforeAnalysisLookup[] = R"(
DELETE FROM otto.schema_migrations WHERE name = '0020_analysis_lookup';
ALTER TABLE otto.attempt DROP COLUMN analysis_at;
CREATE INDEX attempt_unanalysed ON otto.attempt (closed_at) WHERE conversation_id IS NOT NULL AND NOT analysed;
SET session_replication_role = replica;
INSERT INTO otto.attempt (id, campaign_id, contact_id, n, to_e164, from_e164, state, conversation_id, analysed,
  instance_id, epoch, intent_at, closed_at)
SELECT gen_random_uuid(), 'c', n, 1, '+1' || n, '+1', 'completed', 'conv_' || n, n = 3, 'i', 1, now(),
  now() - CASE WHEN n = 2 THEN interval '1 day' ELSE interval '5 minutes' END
FROM generate_series(1, 3) n)";

TEST(Migrate, AsksForTheAnalysesThatWereStillToComeBeforeTheUpgrade) {
  TestDatabase database;
  must_migrate(database);
  database.sql(kBeforeAnalysisLookup);

  must_migrate(database);

  EXPECT_EQ(database.one("SELECT string_agg(conversation_id, ',') FROM otto.attempt WHERE analysis_at <= now()"),
            "conv_1");
  EXPECT_EQ(database.one("SELECT count(*) FROM pg_indexes WHERE indexname = 'attempt_unanalysed'"), "0");
}

TEST(Migrate, TellsWhenTheDatabaseIsAway) {
  const auto report = migrate("postgresql://otto@/nowhere?host=/nonexistent", false);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::DatabaseUnavailable);
  EXPECT_THAT(report.error().detail, HasSubstr("cannot be reached"));
}

}  // namespace
}  // namespace otto::test
