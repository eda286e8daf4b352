// A database of this process's own on the PostgreSQL that OTTO_TEST_DATABASE_URL names (script/with-postgres starts
// one), emptied before each test.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otto/ports/store.hpp"
#include "otto/store/database.hpp"

#include "src/store/pqxx.hpp"

namespace otto::test {

inline const TimePoint kNow{seconds{1'770'000'000}};  // 2026-02-02T02:40:00Z
inline const InstanceId kMe{"01890000-0000-7000-8000-000000000001"};
inline const InstanceId kOther{"01890000-0000-7000-8000-000000000002"};

/// Made empty, dropped at the end of its life.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  const std::string& url() const { return url_; }
  pqxx::result sql(const std::string& statement);
  std::string one(const std::string& statement);  ///< the first field of the only row, "" for NULL
  int count(const std::string& from) { return std::stoi(one("SELECT count(*) FROM " + from)); }

 private:
  std::string name_, url_;
  std::unique_ptr<pqxx::connection> connection_;
};

/// A fact about attempt `attempt`'s call: distinct by kind and second unless a key is given.
Fact make_fact(FactKind kind, int second, const std::string& sid = {});
Fact make_status(LegStatus status, int second, int sequence, const std::string& sid);
Fact make_end(LegStatus status, int second, const std::string& sid, int duration = 0);
std::string sid_of(int n);  ///< CA + 32 digits

NewContact make_contact(int n);  ///< "+1 NPA 555 01xx", distinct for n < 70,000
std::vector<NewContact> make_contacts(int count, int first = 0);
NewCampaign make_campaign();

class StoreTest : public testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;

  static TestDatabase& database();  ///< migrated once per process
  template <class T>
  static T run_on(Loop& loop, Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T result) {
      failure = error;
      value.emplace(std::move(result));
    });
    loop.restart();
    while (!value) loop.run_one();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
  /// The value; a failed test and a thrown error when there is none.
  template <class T>
  T must(Task<Result<T>> task) {
    auto result = run_on(loop_, std::move(task));
    if (!result) ADD_FAILURE() << to_string(result.error().code) << ": " << result.error().detail;
    return std::move(result).value();
  }
  void must(Task<Result<void>> task) {
    auto result = run_on(loop_, std::move(task));
    EXPECT_TRUE(result) << (result ? "" : result.error().detail);
  }
  template <class T>
  Error error_of(Task<Result<T>> task) {
    auto result = run_on(loop_, std::move(task));
    return result ? Error{Errc::Internal, "it succeeded"} : result.error();
  }

  /// Running, with our lease on it.
  CampaignId start_campaign(NewCampaign campaign, std::vector<NewContact> contacts);
  CampaignId start_campaign(int contacts);
  std::variant<ports::Claimed, ports::NotClaimed> claim(const CampaignId& id, TimePoint now = kNow);
  ports::Claimed must_claim(const CampaignId& id, TimePoint now = kNow);
  ports::NotClaimed no_claim(const CampaignId& id, TimePoint now = kNow);
  /// Claimed and SENDING.
  ports::Claimed send(const CampaignId& id, TimePoint now = kNow);
  /// Claimed, sent and accepted under sid_of(n).
  ports::Claimed place(const CampaignId& id, int n, TimePoint now = kNow);
  ports::Recorded record(const AttemptId& id, std::vector<Fact> facts, TimePoint now = kNow);
  /// Counters of the public row, checked against the rows they count.
  struct Counters {
    int called = 0, completed = 0, failed = 0;
    friend bool operator==(const Counters&, const Counters&) = default;
  };
  Counters counters(const CampaignId& id);
  std::string status(const CampaignId& id);

  Loop loop_;
  std::unique_ptr<store::Database> otto_;
  ports::Store store_;
};

inline void PrintTo(const StoreTest&, std::ostream*) {}

}  // namespace otto::test
