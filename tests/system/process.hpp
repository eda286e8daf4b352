// A child process: started with its own settings and nothing of ours, watched through what it prints, ended by its id
// at the latest with its owner, and by the kernel should the test program itself be killed.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace otto::system_test {

class Process {
 public:
  /// `output` is the file that takes stdout and stderr; `environment` holds "NAME=value". Throws when nothing starts.
  Process(const std::vector<std::string>& arguments, const std::vector<std::string>& environment, std::string output);
  ~Process();
  Process(const Process&) = delete;

  void signal(int number) const;
  pid_t pid() const noexcept { return pid_; }
  /// The exit status, or 128 + the signal's number; nullopt while it runs.
  std::optional<int> status();
  /// What it has printed so far.
  std::string output() const;

 private:
  pid_t pid_ = -1;
  std::string output_;
  std::optional<int> status_;
};

/// Its exit status and what it printed; for commands that end by themselves within `seconds`.
struct Finished {
  int status = -1;
  std::string output;
};
Finished run_command(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                     int seconds = 20);

/// Empty, removed with everything in it at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace otto::system_test
