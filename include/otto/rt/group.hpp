// Owners of tasks (rules C2, C3): the only place of the house that calls co_spawn.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "otto/rt/task.hpp"

namespace otto::rt {

/// A set of running tasks with one owner. A task that ends with an exception is logged with its name and counted
/// (the wall); it never takes its siblings down. Must be joined (or never used) before it is destroyed.
class Group {
 public:
  Group(Loop& loop, std::string name, std::size_t cap = SIZE_MAX);
  ~Group();
  Group(const Group&) = delete;

  /// Starts `task`; false, and the task is dropped, when `cap` tasks run or the group is stopping. `name`: its kind in
  /// one word and, behind a space, whose it is; the metric of failures has the kind alone, for it never forgets a
  /// label.
  bool spawn(std::string name, Task<void> task);
  /// Asks every task to end: its current wait is cancelled (terminal) and `stopping()` turns true.
  void stop();
  bool stopping() const noexcept;
  std::size_t size() const noexcept;
  /// Resumes when no task is left.
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs act(0) to act(count - 1), begun in this order and at most `most` of them at once, and resumes when all have
/// ended. When the caller is cancelled so are those under way, and no other is begun.
Task<void> for_each(Loop& loop, std::string name, std::size_t count, std::size_t most,
                    std::function<Task<void>(std::size_t)> act);

/// Runs `a` and `b` until one ends, cancels the other, waits for it, and tells which ended first (0 or 1).
/// Neither may throw: a branch that throws is logged and counts as ended.
Task<int> first_of(Task<void> a, Task<void> b);

}  // namespace otto::rt
