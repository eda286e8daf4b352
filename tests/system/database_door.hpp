// The way from the daemon to its database, which a test can close: a server that is gone, or one that answers nothing.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace otto::system_test {

/// Forwards a local socket of its own to the server's.
class DatabaseDoor {
 public:
  enum class State { Open, Shut, Silent };

  /// `url` has the socket's directory as its host parameter, as script/with-postgres makes it.
  DatabaseDoor(const std::string& url, std::string directory);
  ~DatabaseDoor();
  DatabaseDoor(const DatabaseDoor&) = delete;

  const std::string& url() const noexcept { return url_; }
  void open() { state_ = State::Open; }
  /// Every connection ends at once, and there is nobody to connect to.
  void shut() { state_ = State::Shut; }
  /// Connections stay, and new ones are taken, but nothing passes.
  void silence() { state_ = State::Silent; }

 private:
  void run(int listener);
  std::string socket_, server_, url_;
  std::atomic<State> state_ = State::Open;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace otto::system_test
