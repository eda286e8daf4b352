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

/// Runs `a` and `b` until one ends, cancels the other, waits for it, and tells which ended first (0 or 1).
/// Neither may throw: a branch that throws is logged and counts as ended.
Task<int> first_of(Task<void> a, Task<void> b);

}  // namespace otto::rt
