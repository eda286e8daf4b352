// Connections and the threads that work on them. One verb is one transaction is one function; the loop hands it a
// connection, a database thread runs it, the loop takes the connection back. Only the loop touches the bookkeeping, so
// there is no lock.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/rt/group.hpp"
#include "otto/store/database.hpp"

#include "breaker.hpp"
#include "transaction.hpp"

namespace otto::store {

/// What a verb does inside its transaction. An Error rolls back; nothing commits. May run again, from the start, after
/// a serialization failure or a deadlock.
using Work = std::function<std::optional<Error>(Transaction&)>;

/// For the few verbs that move much data, and for those for which somebody waits at a telephone.
struct Patience {
  milliseconds statement{0}, deadline{0};  ///< 0: the pool's own
  bool ahead = false;                      ///< takes the next connection, before all that waits without this
};

class Pool {
 public:
  Pool(Loop& loop, Options options);
  ~Pool();

  /// Runs on after its deadline has passed or its caller was cancelled: a transaction is never cut off half way, and
  /// nobody hears of its end then. DatabaseUnavailable, DatabaseConflict (a constraint), Overloaded, Closed, or the
  /// work's own Error.
  Task<Result<void>> run(std::string verb, Work work, Patience patience = {});

  /// The same for a function `Result<T>(Transaction&)`.
  template <class T, class F>
  Task<Result<T>> transact(std::string verb, F function, Patience patience = {}) {
    // Shared with the database thread, which may outlive the deadline.
    auto answer = std::make_shared<std::optional<Result<T>>>();
    Work work = [answer, fn = std::move(function)](Transaction& tx) -> std::optional<Error> {
      answer->emplace(fn(tx));
      return **answer ? std::nullopt : std::optional{(*answer)->error()};
    };
    auto done = co_await run(std::move(verb), std::move(work), patience);
    if (!done) co_return done.error();
    co_return std::move(**answer);
  }

  Task<void> stop();
  ports::VerbsUnderWay under_way() const;

 private:
  using Connection = std::unique_ptr<Session>;  // used by one thread at a time; none before its first use
  struct Waiter {                               // in line for as long as it lives
    Waiter(Pool& owner, bool goes_ahead);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Pool& pool;
    bool ahead;
    boost::asio::steady_timer wake;
    Connection* given = nullptr;
  };
  struct Job {  // under way for as long as it lives
    explicit Job(Pool& pool) : under_way{pool.under_way_}, number{pool.next_verb_++}, ended{pool.loop_} {
      under_way->insert(number);
    }
    ~Job() { under_way->erase(number); }
    Job(const Job&) = delete;
    std::shared_ptr<std::set<std::uint64_t>> under_way;  ///< a caller that nobody wakes any more may outlive the pool
    std::uint64_t number;
    boost::asio::steady_timer ended;
    std::optional<Result<void>> outcome;
  };

  Task<Result<Connection*>> acquire(SteadyPoint until, bool ahead);
  void give_back(Connection* connection);
  Task<void> serve(std::shared_ptr<Job> job, Connection* connection, std::string verb, Work work, Patience patience);
  void note(const Result<void>& outcome);
  Result<void> execute(Connection& connection, const std::string& verb, const Work& work, Patience patience) const;
  Result<void> try_to_execute(Connection& connection, const std::string& verb, const Work& work,
                              Patience patience) const;
  Session& session_of(Connection& connection) const;

  Loop& loop_;
  Options options_;
  Result<std::string> url_;
  std::vector<Connection> connections_;  ///< never moved
  std::vector<Connection*> idle_;
  std::deque<Waiter*> waiting_;  ///< those that go ahead, then the others; each in the order in which they came
  std::uint64_t next_verb_ = 0;
  std::shared_ptr<std::set<std::uint64_t>> under_way_ = std::make_shared<std::set<std::uint64_t>>();
  bool stopping_ = false;
  Breaker breaker_;
  boost::asio::thread_pool threads_;
  rt::Group jobs_;
};

}  // namespace otto::store
