#include "tests/store/fixture.hpp"

#include <cstdlib>
#include <unistd.h>

#include "otto/base/text.hpp"
#include "otto/store/migrate.hpp"

namespace otto::test {

namespace {

std::string server_url() {
  const char* url = std::getenv("OTTO_TEST_DATABASE_URL");
  if (!url) throw std::runtime_error{"OTTO_TEST_DATABASE_URL is not set: run this program by script/with-postgres"};
  return url;
}

/// The same server, another database.
std::string with_database(const std::string& url, const std::string& name) {
  const auto path = url.find('/', url.find("://") + 3);
  const auto query = url.find('?', path);
  return url.substr(0, path) + "/" + name + (query == std::string::npos ? "" : url.substr(query));
}

void on_server(const std::string& statement) {
  pqxx::connection connection{server_url()};
  pqxx::nontransaction tx{connection};
  tx.exec0(statement);
}

store::Options options_for(const std::string& url) {
  store::Options options;
  options.url = url;
  options.connections = 4;
  return options;
}

}  // namespace

TestDatabase::TestDatabase() {
  static int made = 0;
  name_ = "otto_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  on_server("CREATE DATABASE " + name_);
  url_ = with_database(server_url(), name_);
  connection_ = std::make_unique<pqxx::connection>(url_ + "&options=-c%20TimeZone%3DUTC");
}

TestDatabase::~TestDatabase() {
  connection_.reset();
  try {
    on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
  }
}

pqxx::result TestDatabase::sql(const std::string& statement) {
  pqxx::nontransaction tx{*connection_};
  return tx.exec(statement);
}

std::string TestDatabase::one(const std::string& statement) {
  const auto rows = sql(statement);
  if (rows.size() != 1) return "(" + std::to_string(rows.size()) + " rows)";
  return rows[0][0].is_null() ? "" : rows[0][0].c_str();
}

std::string sid_of(int n) {
  const std::string digits = std::to_string(n);
  return "CA" + std::string(32 - digits.size(), '0') + digits;
}

Fact make_fact(FactKind kind, int second, const std::string& sid) {
  Fact fact{kind};
  fact.at = kNow + seconds{second};
  fact.call_sid = sid;
  fact.dedupe_key = std::string{to_string(kind)} + ":" + std::to_string(second) + ":" + sid;
  return fact;
}

Fact make_status(LegStatus status, int second, int sequence, const std::string& sid) {
  Fact fact = make_fact(FactKind::Status, second, sid);
  fact.status = status;
  fact.sequence = sequence;
  return fact;
}

Fact make_end(LegStatus status, int second, const std::string& sid, int duration) {
  Fact fact = make_status(status, second, 3, sid);
  fact.duration_seconds = duration;
  return fact;
}

NewContact make_contact(int n) {
  NewContact contact;
  contact.row = n + 2;
  contact.name = "Customer " + std::to_string(n);
  const std::string area = std::to_string(201 + n / 100);
  const std::string line = std::to_string(100 + n % 100);
  contact.phone = "+1" + area + "5550" + line;
  contact.zones = {"America/New_York"};
  return contact;
}

std::vector<NewContact> make_contacts(int count, int first) {
  std::vector<NewContact> contacts;
  for (int n = first; n < first + count; ++n) contacts.push_back(make_contact(n));
  return contacts;
}

NewCampaign make_campaign() {
  NewCampaign campaign;
  campaign.id = CampaignId{make_cuid()};
  campaign.name = "Spring service";
  campaign.type = CampaignType::ServiceFollowup;
  campaign.settings.max_concurrent_calls = 1000;
  return campaign;
}

TestDatabase& StoreTest::database() {
  static TestDatabase database;
  static const bool migrated = [] {
    const auto report = store::migrate(database.url(), false);
    if (!report) throw std::runtime_error{report.error().detail};
    return true;
  }();
  EXPECT_TRUE(migrated);
  return database;
}

StoreTest::StoreTest() : otto_{store::make_database(loop_, options_for(database().url()))}, store_{otto_->store()} {
  database().sql(R"(TRUNCATE public."OutboundCampaign", public."OutboundCall", otto.lease, otto.call_rate,
                    otto.calls_per_hour, otto.idempotency, otto.suppression, otto.sheet_barred CASCADE)");
}

StoreTest::~StoreTest() {
  boost::asio::co_spawn(loop_, otto_->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

CampaignId StoreTest::start_campaign(NewCampaign campaign, std::vector<NewContact> contacts) {
  const CampaignId id = campaign.id;
  must(store_.campaigns.create(std::move(campaign), std::move(contacts), std::nullopt, ""));
  EXPECT_TRUE(must(store_.campaigns.start(id, kNow)));
  EXPECT_TRUE(must(store_.leases.acquire("campaign:" + id.value, kMe, seconds{60})));
  return id;
}

CampaignId StoreTest::start_campaign(int contacts) { return start_campaign(make_campaign(), make_contacts(contacts)); }

std::variant<ports::Claimed, ports::NotClaimed> StoreTest::claim(const CampaignId& id, TimePoint now) {
  ports::ClaimRequest request;
  request.campaign = id;
  request.instance = kMe;
  request.epoch = 1;
  request.from = "+14155550100";
  request.now = now;
  request.calls_per_second = 1'000'000;
  return must(store_.attempts.claim(std::move(request)));
}

ports::Claimed StoreTest::must_claim(const CampaignId& id, TimePoint now) {
  auto outcome = claim(id, now);
  if (!std::holds_alternative<ports::Claimed>(outcome)) throw std::runtime_error{"nothing was claimed"};
  return std::get<ports::Claimed>(std::move(outcome));
}

ports::NotClaimed StoreTest::no_claim(const CampaignId& id, TimePoint now) {
  auto outcome = claim(id, now);
  if (!std::holds_alternative<ports::NotClaimed>(outcome)) throw std::runtime_error{"a contact was claimed"};
  return std::get<ports::NotClaimed>(outcome);
}

ports::Claimed StoreTest::send(const CampaignId& id, TimePoint now) {
  auto claimed = must_claim(id, now);
  EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, now, now + seconds{12})));
  return claimed;
}

ports::Claimed StoreTest::place(const CampaignId& id, int n, TimePoint now) {
  auto claimed = send(id, now);
  record(claimed.attempt, {make_fact(FactKind::Placed, 1, sid_of(n))}, now);
  return claimed;
}

ports::Recorded StoreTest::record(const AttemptId& id, std::vector<Fact> facts, TimePoint now) {
  return must(store_.attempts.record(id, std::move(facts), now));
}

StoreTest::Counters StoreTest::counters(const CampaignId& id) {
  const std::string quoted = "'" + id.value + "'";
  const auto row = database().sql(R"(SELECT "contactsCalled", "contactsCompleted", "contactsFailed"
                                     FROM public."OutboundCampaign" WHERE "id" = )" +
                                  quoted)[0];
  const Counters shown{row[0].as<int>(), row[1].as<int>(), row[2].as<int>()};
  Counters rows;
  rows.called = std::stoi(database().one(R"(SELECT count(DISTINCT a.contact_id) FROM otto.attempt a
    JOIN public."OutboundCall" c ON c."callSid" = a.call_sid WHERE a.campaign_id = )" +
                                         quoted));
  rows.completed = database().count("otto.contact WHERE state = 'completed' AND campaign_id = " + quoted);
  rows.failed = database().count("otto.contact WHERE state = 'failed' AND campaign_id = " + quoted);
  EXPECT_TRUE(shown == rows) << "shown " << shown.called << "/" << shown.completed << "/" << shown.failed << ", rows "
                             << rows.called << "/" << rows.completed << "/" << rows.failed;
  return shown;
}

std::string StoreTest::status(const CampaignId& id) {
  return database().one(R"(SELECT "status" FROM public."OutboundCampaign" WHERE "id" = ')" + id.value + "'");
}

}  // namespace otto::test
