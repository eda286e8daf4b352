#include "store/pool.hpp"

#include <algorithm>
#include <tuple>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/rt/offload.hpp"

#include "store/connection_url.hpp"
#include "store/failure.hpp"

namespace otto::store {

namespace {

constexpr int kTries = 3;  // of one transaction that lost against another

/// For this transaction. $1: milliseconds.
constexpr char kSetLimits[] =
    "SELECT set_config(name, $1, true) FROM unnest('{statement_timeout,lock_timeout}'::text[]) AS name";

SessionLimits limits_of(const Options& options) {
  return {options.statement_timeout, options.lock_timeout, options.connect_timeout};
}

SteadyPoint steady_now() { return SystemClock{}.steady(); }

}  // namespace

Pool::Pool(Loop& loop, Options options)
    : loop_{loop},
      options_{std::move(options)},
      url_{connection_url(options_.url, limits_of(options_))},
      connections_(options_.connections),
      threads_{options_.connections},
      jobs_{loop, "database"} {
  for (Connection& connection : connections_) idle_.push_back(&connection);
}

Pool::~Pool() {
  threads_.stop();
  threads_.join();
}

Task<void> Pool::stop() {
  stopping_ = true;
  for (Waiter* waiter : waiting_) waiter->wake.cancel();
  co_await jobs_.join();
  for (Connection& connection : connections_) connection.reset();
}

ports::VerbsUnderWay Pool::under_way() const {
  return {under_way_->empty() ? next_verb_ : *under_way_->begin(), next_verb_};
}

Task<Result<void>> Pool::run(std::string verb, Work work, Patience patience) {
  const auto deadline = patience.deadline.count() > 0 ? patience.deadline : options_.deadline;
  const SteadyPoint until = steady_now() + deadline;
  if (!breaker_.admits(steady_now()))
    co_return Error{Errc::DatabaseUnavailable, "The database is away; it is looked for every second."};
  auto job = std::make_shared<Job>(*this);
  auto connection = co_await acquire(until, patience.ahead);
  if (!connection) co_return connection.error();

  if (options_.may_block_loop && options_.may_block_loop()) {
    auto outcome = execute(**connection, verb, work, patience);
    give_back(*connection);
    note(outcome);
    co_return outcome;
  }
  jobs_.spawn(verb, serve(job, *connection, verb, std::move(work), patience));
  job->ended.expires_at(until);
  // A cancelled caller waits on as well: whoever stops is about to record how its call has ended.
  while (!job->outcome && steady_now() < until) std::ignore = co_await job->ended.async_wait(rt::kNothrow);
  if (job->outcome) co_return *job->outcome;
  breaker_.failed(steady_now());
  log::warn("database.slow", {{"verb", verb}, {"after_ms", std::int64_t{deadline.count()}}});
  co_return Error{Errc::DatabaseUnavailable,
                  "The database did not answer within " + std::to_string(deadline.count()) + " ms."};
}

Task<Result<Pool::Connection*>> Pool::acquire(SteadyPoint until, bool ahead) {
  if (stopping_) co_return Error{Errc::Closed, "The database is being closed."};
  if (!idle_.empty()) {
    Connection* connection = idle_.back();
    idle_.pop_back();
    co_return connection;
  }
  if (waiting_.size() >= options_.max_waiting)
    co_return Error{Errc::Overloaded, "Too much waits for the database already; try again in a moment."};
  Waiter waiter{*this, ahead};
  waiter.wake.expires_at(until);
  while (!waiter.given && !stopping_ && steady_now() < until)
    std::ignore = co_await waiter.wake.async_wait(rt::kNothrow);
  if (waiter.given) co_return std::exchange(waiter.given, nullptr);
  if (stopping_) co_return Error{Errc::Closed, "The database is being closed."};
  co_return Error{Errc::DatabaseUnavailable, "No connection to the database came free in time."};
}

Pool::Waiter::Waiter(Pool& owner, bool goes_ahead) : pool{owner}, ahead{goes_ahead}, wake{owner.loop_} {
  const auto place = ahead ? std::ranges::find(pool.waiting_, false, &Waiter::ahead) : pool.waiting_.end();
  pool.waiting_.insert(place, this);
  metrics::set("otto_db_waiting", static_cast<double>(pool.waiting_.size()));
}

Pool::Waiter::~Waiter() {
  std::erase(pool.waiting_, this);
  metrics::set("otto_db_waiting", static_cast<double>(pool.waiting_.size()));
  if (given) pool.give_back(given);  // handed over in the moment in which nobody wanted it any more
}

void Pool::give_back(Connection* connection) {
  if (waiting_.empty() || stopping_) {
    idle_.push_back(connection);
    return;
  }
  Waiter* first = waiting_.front();
  waiting_.pop_front();
  first->given = connection;
  first->wake.cancel();
}

Task<void> Pool::serve(std::shared_ptr<Job> job, Connection* connection, std::string verb, Work work,
                       Patience patience) {
  auto blocking = [this, connection, verb = std::move(verb), work = std::move(work), patience] {
    return execute(*connection, verb, work, patience);
  };
  auto outcome = co_await rt::offload(threads_, std::move(blocking));
  give_back(connection);
  note(outcome);
  job->outcome = std::move(outcome);
  job->ended.cancel();
}

void Pool::note(const Result<void>& outcome) {
  const bool was_open = breaker_.is_open();
  if (!outcome && outcome.error().code == Errc::DatabaseUnavailable) {
    breaker_.failed(steady_now());
  } else {
    breaker_.succeeded();
  }
  if (was_open != breaker_.is_open()) log::warn(was_open ? "database.back" : "database.away");
}

Result<void> Pool::execute(Connection& connection, const std::string& verb, const Work& work, Patience patience) const {
  const SteadyPoint started = steady_now();
  auto outcome = try_to_execute(connection, verb, work, patience);
  metrics::observe("otto_db_seconds", std::chrono::duration<double>(steady_now() - started).count(), {{"verb", verb}});
  return outcome;
}

Result<void> Pool::try_to_execute(Connection& connection, const std::string& verb, const Work& work,
                                  Patience patience) const {
  if (!url_) return url_.error();
  for (int tries = 1;; ++tries) {
    try {
      Transaction tx{session_of(connection)};
      if (patience.statement.count() > 0) tx.exec_params0(kSetLimits, patience.statement.count());
      auto error = work(tx);
      metrics::add("otto_db_statements_total", {{"verb", verb}}, tx.statements());
      if (!error) tx.commit();
      metrics::add("otto_db_round_trips_total", {{"verb", verb}}, tx.round_trips());
      if (error) return std::move(*error);
      return {};
    } catch (const std::exception& failure) {  // wall: everything of libpqxx ends here
      const Failure seen = classify(failure);
      if (seen.connection_is_lost) connection.reset();
      if (seen.may_run_again && tries < kTries) continue;
      if (seen.error.code != Errc::DatabaseConflict) log::warn("database.failed", {{"error", seen.error.detail}});
      return seen.error;
    }
  }
}

/// A connection that has died while it was idle shows it here, before anything of the work has run, so it is replaced.
Session& Pool::session_of(Connection& connection) const {
  if (!connection || !connection->is_usable()) connection = std::make_unique<Session>(*url_);
  return *connection;
}

}  // namespace otto::store
