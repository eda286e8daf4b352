// The program under measurement: the real daemon with a database of its own, or the bare reference.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace otto::bench {

/// A child process, killed at the latest with its owner (and by the kernel should this program die).
class Program {
 public:
  /// `core`: the only one it may run on; empty: any. Throws when nothing starts.
  Program(std::vector<std::string> arguments, std::vector<std::string> environment, const std::string& core);
  ~Program();
  Program(const Program&) = delete;

  pid_t pid() const { return pid_; }
  /// Waits until it has printed `words` and a whole line; throws when it ends instead.
  void wait_for(const std::string& words) const;
  std::string output() const;
  /// SIGTERM, and the exit status; -1 when it had to be killed after `seconds`.
  int stop(int seconds);

 private:
  pid_t pid_ = -1;
  std::string output_;
};

/// Made empty on the server that OTTO_TEST_DATABASE_URL names (script/with-postgres), dropped at the end.
class Database {
 public:
  Database();
  ~Database();
  Database(const Database&) = delete;
  const std::string& url() const { return url_; }

 private:
  std::string name_, url_;
};

}  // namespace otto::bench
