#include "bench/bridge/subject.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <pqxx/pqxx>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace otto::bench {

namespace {

constexpr int kStartSeconds = 20;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string server_url() {
  const char* const url = std::getenv("OTTO_TEST_DATABASE_URL");
  if (url == nullptr) throw std::runtime_error{"OTTO_TEST_DATABASE_URL is not set: run this by script/with-postgres"};
  return url;
}

void on_server(const std::string& statement) {
  pqxx::connection connection{server_url()};
  pqxx::nontransaction{connection}.exec(statement);
}

}  // namespace

Program::Program(std::vector<std::string> arguments, std::vector<std::string> environment, const std::string& core) {
  std::string path = "/tmp/otto-bench-XXXXXX";
  ::close(::mkstemp(path.data()));
  output_ = path;
  // Both become the program itself, so that the id is the program's.
  if (!core.empty()) arguments.insert(arguments.begin(), {"taskset", "-c", core});
  arguments.insert(arguments.begin(), {"setpriv", "--pdeathsig", "KILL"});
  environment.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  if (const char* tunables = std::getenv("GLIBC_TUNABLES"))
    environment.push_back(std::string{"GLIBC_TUNABLES="} + tunables);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_.c_str(), O_WRONLY | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed =
      posix_spawnp(&pid_, "setpriv", &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error{"cannot start " + arguments.back()};
}

Program::~Program() {
  if (pid_ > 0) stop(0);
  ::unlink(output_.c_str());
}

std::string Program::output() const {
  std::ifstream file{output_, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void Program::wait_for(const std::string& words) const {
  for (int i = 0; i < kStartSeconds * 100; ++i) {
    const auto printed = output();
    const auto at = printed.find(words);
    if (at != std::string::npos && printed.find('\n', at) != std::string::npos) return;
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) break;
    ::usleep(10'000);
  }
  throw std::runtime_error{"the program did not come up:\n" + output()};
}

int Program::stop(int seconds) {
  ::kill(pid_, seconds > 0 ? SIGTERM : SIGKILL);
  int status = 0;
  for (int i = 0; i < seconds * 100; ++i) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    ::usleep(10'000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return -1;
}

Database::Database() : name_{"otto_bench_" + std::to_string(::getpid())} {
  on_server("CREATE DATABASE " + name_);
  const std::string server = server_url();
  const auto path = server.find('/', server.find("://") + 3);
  const auto query = server.find('?', path);
  url_ = server.substr(0, path) + "/" + name_ + (query == std::string::npos ? "" : server.substr(query));
}

Database::~Database() {
  try {
    on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench: %s\n", failure.what());
  }
}

}  // namespace otto::bench
