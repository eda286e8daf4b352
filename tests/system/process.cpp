#include "tests/system/process.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>

#include "tests/system/waiting.hpp"

namespace otto::system_test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                 std::string output)
    : output_{std::move(output)} {
  // setpriv becomes the program itself, so that the id is the program's.
  std::vector<std::string> argv{"setpriv", "--pdeathsig", "KILL"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::vector<std::string> env{environment};
  env.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = posix_spawnp(&pid_, "setpriv", &actions, nullptr, pointers(argv).data(), pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error{"cannot start " + arguments.front()};
}

Process::~Process() {
  if (status()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const { ::kill(pid_, number); }

std::optional<int> Process::status() {
  int raw = 0;
  if (!status_ && ::waitpid(pid_, &raw, WNOHANG) == pid_)
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return status_;
}

std::string Process::output() const { return read_file(output_); }

Finished run_command(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                     int seconds) {
  const TempDir dir;
  Process process{arguments, environment, dir.path() + "/out"};
  wait_until([&] { return process.status().has_value(); }, std::chrono::seconds{seconds});
  return Finished{process.status().value_or(-1), process.output()};
}

TempDir::TempDir() {
  path_ = std::filesystem::temp_directory_path() / "otto-system-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"cannot make a directory like " + path_};
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace otto::system_test
