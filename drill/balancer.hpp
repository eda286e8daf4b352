// The load balancer in front of the instances: each connection goes to the next one that takes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace otto::drill {

class Balancer {
 public:
  /// Listens on a port of the system's choice; works while the loop of tests/system/waiting.hpp runs.
  Balancer();
  ~Balancer();
  std::uint16_t port() const noexcept;
  /// The ports of the instances behind it.
  void serve(std::vector<std::uint16_t> backends);
  /// Who takes a request, by its first line ("POST /path HTTP/1.1"), or 0: whose turn it is.
  using Choice = std::function<std::uint16_t(std::string_view request_line)>;
  void choose(Choice choice);
  /// Out of rotation: new connections go elsewhere.
  void set_ready(std::uint16_t backend, bool ready);
  /// The same for one that answers no more: its connections are reset, as after failed health checks.
  void give_up(std::uint16_t backend);
  bool is_idle() const noexcept;  ///< carries no connection

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace otto::drill
