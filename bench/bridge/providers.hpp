// The providers' control planes: calls that are created, answered and ended; signed URLs and the agent's records.
#pragma once

#include <memory>
#include <string>

#include "otto/base/text.hpp"

#include "bench/bridge/http.hpp"
#include "bench/bridge/load.hpp"

namespace otto::bench {

inline constexpr const char* kAccount = "AC0be7c40be7c40be7c40be7c40be7c40b";
inline constexpr const char* kToken = "0be7c4token0be7c4token0be7c4toke";
inline constexpr const char* kAgent = "agent_bench";
inline constexpr const char* kApiKey = "key-of-the-bench";

class Carrier {
 public:
  Carrier(Load& load, std::uint16_t daemon_port);
  HttpServer::Answer handle(const HttpText& request);
  /// The callee hangs up: stop, the stream's end, the last status callback.
  void hang_up(Call& call);
  /// Closes the connections that were kept for webhooks: they must not count as the daemon's.
  void disconnect() { daemon_.close(); }

 private:
  HttpServer::Answer create(const HttpText& request);
  HttpServer::Answer update(Call& call);
  Json describe(const Call& call) const;
  void ring(Call& call);
  void answer(Call& call);
  void open_stream(Call& call, const std::string& twiml);
  void report(Call& call, const std::string& status);
  /// A signed webhook; asked again when the connection broke before an answer.
  void post(const std::string& url, const FormFields& form, std::function<void(int, const std::string&)> done);
  FormFields fields_of(const Call& call) const;

  Load& load_;
  HttpClient daemon_;
  std::string base_;
};

/// The agents' provider: REST, and the listener that the signed URLs name.
class AgentHost final : public Ready {
 public:
  explicit AgentHost(Load& load);
  HttpServer::Answer handle(const HttpText& request);
  void on_ready(std::uint32_t events) override;
  std::uint16_t port() const { return port_; }

 private:
  Load& load_;
  int listener_;
  std::uint16_t port_;
  int minted_ = 0;
};

/// Distinct numbers that count as possible callees: 555-0100 to 555-0199 in `n / 100`'s area code. Up to 12,000.
std::string phone_number(int n);

}  // namespace otto::bench
