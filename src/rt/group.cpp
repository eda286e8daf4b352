#include "otto/rt/group.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::rt {

namespace asio = boost::asio;

namespace {

/// The wall behind every task: an exception that got here is a broken invariant; it is told, counted, and ends one
/// task.
void report(const std::string& task, std::exception_ptr failure) {
  if (!failure) return;
  metrics::add("otto_task_failures_total", {{"task", task.substr(0, task.find(' '))}});
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    log::error("task.failed", {{"task", task}, {"error", e.what()}});
  } catch (...) {  // wall
    log::error("task.failed", {{"task", task}, {"error", "an exception that is not a std::exception"}});
  }
}

/// Cancellation is a state that tasks look at, never an exception out of an unrelated await.
Task<void> quietly(Task<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await std::move(task);
}

}  // namespace

struct Group::State {
  State(Loop& l, std::string n, std::size_t c) : loop{l}, name{std::move(n)}, cap{c}, empty{l} { empty.set(); }
  Loop& loop;
  std::string name;
  std::size_t cap;
  bool stopping = false;
  std::list<std::shared_ptr<asio::cancellation_signal>> children;
  Event empty;
};

Group::Group(Loop& loop, std::string name, std::size_t cap)
    : state_{std::make_shared<State>(loop, std::move(name), cap)} {}

Group::~Group() {
  if (!state_->children.empty())
    log::error("group.not_joined", {{"group", state_->name}, {"tasks", std::uint64_t{state_->children.size()}}});
}

bool Group::spawn(std::string name, Task<void> task) {
  if (state_->stopping || state_->children.size() >= state_->cap) return false;
  state_->empty.clear();
  const auto child = state_->children.insert(state_->children.end(), std::make_shared<asio::cancellation_signal>());
  auto done = [state = state_, child, label = state_->name + "/" + name](std::exception_ptr failure) {
    report(label, failure);
    state->children.erase(child);
    if (state->children.empty()) state->empty.set();
  };
  asio::co_spawn(state_->loop, quietly(std::move(task)),
                 asio::bind_cancellation_slot((*child)->slot(), std::move(done)));
  return true;
}

/// On the loop, whoever asks: emitted from outside of it, Asio 1.81 hands the word on to the loop by a pointer into a
/// task that may have ended when its turn comes.
void Group::stop() {
  state_->stopping = true;
  asio::dispatch(state_->loop, [state = state_] {
    const std::vector<std::shared_ptr<asio::cancellation_signal>> children{state->children.begin(),
                                                                           state->children.end()};
    for (const auto& child : children) child->emit(asio::cancellation_type::terminal);
  });
}

bool Group::stopping() const noexcept { return state_->stopping; }
std::size_t Group::size() const noexcept { return state_->children.size(); }

Task<void> Group::join() {
  auto state = state_;
  while (!state->children.empty()) {
    // A cancelled task joins as well: its children are what it must not leave behind.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation{});
    std::ignore = co_await state->empty.wait();
  }
}

namespace {

struct Each {
  Each(Loop& loop, std::size_t c, std::function<Task<void>(std::size_t)> a) : count{c}, act{std::move(a)}, over{loop} {}
  std::size_t count, next = 0, workers = 0;
  std::function<Task<void>(std::size_t)> act;
  Event over;
};

/// Shared: a loop that is taken down destroys whoever waits before those that work.
Task<void> work_off(std::shared_ptr<Each> each) {
  struct Leaving {
    Each& each;
    explicit Leaving(Each& e) : each{e} { ++each.workers; }
    ~Leaving() {
      if (--each.workers == 0) each.over.set();
    }
  };
  const Leaving leaving{*each};
  while (each->next < each->count) {
    auto one = each->act(each->next++);
    co_await std::move(one);
  }
}

}  // namespace

Task<void> for_each(Loop& loop, std::string name, std::size_t count, std::size_t most,
                    std::function<Task<void>(std::size_t)> act) {
  const auto each = std::make_shared<Each>(loop, count, std::move(act));
  Group workers{loop, std::move(name)};
  for (std::size_t i = 0; i < std::min(most, count); ++i) workers.spawn("worker", work_off(each));
  if (count > 0 && !co_await each->over.wait()) {
    each->count = 0;
    workers.stop();
  }
  co_await workers.join();
}

Task<int> first_of(Task<void> a, Task<void> b) {
  auto executor = co_await asio::this_coro::executor;
  auto first = asio::co_spawn(executor, quietly(std::move(a)), asio::deferred);
  auto second = asio::co_spawn(executor, quietly(std::move(b)), asio::deferred);
  auto race = asio::experimental::make_parallel_group(std::move(first), std::move(second));
  auto [order, failure_a, failure_b] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  report("first_of", failure_a);
  report("first_of", failure_b);
  co_return static_cast<int>(order[0]);
}

}  // namespace otto::rt
