// Google's API for sheets and the sign-in of service accounts, as strict as the real ones: every assertion is verified
// with the public key, every request counts against the quota of a minute, and each is in the log with its answer.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "otto/crypto/rsa.hpp"
#include "otto/net/message.hpp"
#include "otto/sandbox/sheets_host.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

/// What goes wrong, set by POST /_sandbox/google; the names are those of the members.
struct GoogleFaults {
  int fail_status = 503, fail_reads = 0, fail_writes = 0;  ///< the next so many requests answer fail_status
  int lose_replies = 0;   ///< the next so many writes are done and their connection is cut
  int expires_in = 3599;  ///< of new tokens, seconds
  int clock_offset = 0;   ///< theirs minus ours, seconds
  int latency_ms = 0;     ///< before every answer, real time
  bool api_disabled = false, account_gone = false, key_expired = false, down = false;
  Json before_write = Json::array();  ///< edits made right before the next write, after which they are forgotten
};

class GoogleHost {
 public:
  static constexpr const char* kEmail = "otto@sandbox-project.iam.gserviceaccount.com";
  static constexpr const char* kKeyId = "0770770770770770770770770770077c0077007c";
  static constexpr std::size_t kPerMinute = 60;  ///< reads, and as many writes

  GoogleHost(World& world, SheetsHost& sheets) : world_{world}, sheets_{sheets} {}

  /// The service account's key as Google hands it out, for a sandbox at `base`.
  std::string key_json(const std::string& base);
  /// POST /token and everything below /v4/.
  net::Response handle(const net::Request& request);
  milliseconds latency() const noexcept { return milliseconds{faults_.latency_ms}; }
  /// /_sandbox/google: POST sets faults, GET tells what has been asked.
  net::Response control(const net::Request& request);

 private:
  struct Target;
  net::Response token(const net::Request& request);
  std::optional<std::string> objection(const std::string& assertion, const std::string& audience) const;
  net::Response api(const net::Request& request);
  net::Response serve(const Target& target, const net::Request& request, Spreadsheet& sheet);
  net::Response describe(const Spreadsheet& sheet) const;
  net::Response get_values(const std::string& range, Spreadsheet& sheet, const net::Request& request);
  net::Response update_values(const Json& body, Spreadsheet& sheet);
  net::Response append(const std::string& range, const Json& body, Spreadsheet& sheet);
  net::Response change_sheets(const Json& body, Spreadsheet& sheet);
  bool count(std::deque<SteadyPoint>& window);
  SheetTab* tab_of(Spreadsheet& sheet, const std::string& title) const;

  World& world_;
  SheetsHost& sheets_;
  crypto::RsaKeyPair key_;
  std::set<std::string, std::less<>> tokens_;
  int issued_ = 0;
  std::deque<SteadyPoint> reads_, writes_;
  std::size_t most_reads_ = 0, most_writes_ = 0, refused_ = 0;
  GoogleFaults faults_;
};

}  // namespace otto::sandbox
