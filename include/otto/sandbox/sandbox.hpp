// The program: one listener behind which the carrier, the agents' provider and the sheets stand, and the control routes
// through which tests ask what really happened.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/sandbox/agent_host.hpp"
#include "otto/sandbox/carrier.hpp"
#include "otto/sandbox/google_host.hpp"
#include "otto/sandbox/sheets_host.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4010;
  Identity identity;
  Scenario scenario;
  double speed = 1;
  std::string log_file;             ///< empty: none
  std::string samples;              ///< directory of the recorded voices
  std::vector<std::string> sheets;  ///< SheetsHost::add
  std::uint64_t id_salt = 0;        ///< 0: from the system's randomness
};

class Sandbox final : public net::HttpHandler {
 public:
  /// Reads the samples, opens the log. The error names the option.
  static Result<std::unique_ptr<Sandbox>> make(Loop& loop, rt::Timers& timers, const Options& options);

  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port) { return server_.listen(host, port); }
  Task<void> run() { return server_.run(); }
  Task<void> stop();

  std::size_t max_body(const net::Request& head) override;
  Task<net::Response> handle(net::Request request) override;
  Task<Upgrade> upgrade(net::Request request) override;

  World& world() noexcept { return world_; }
  Carrier& carrier() noexcept { return carrier_; }
  AgentHost& agents() noexcept { return agents_; }
  SheetsHost& sheets() noexcept { return sheets_; }
  GoogleHost& google() noexcept { return google_; }

 private:
  Sandbox(Loop& loop, rt::Timers& timers, const Options& options, Clips clips);
  net::Response control(const net::Request& request);
  net::Response heard(const std::string& kind, const std::string& id, const std::string& what);
  net::Response replace_scenario(const net::Request& request);

  World world_;
  Carrier carrier_;
  AgentHost agents_;
  SheetsHost sheets_;
  GoogleHost google_;
  net::HttpServer server_;
};

}  // namespace otto::sandbox
