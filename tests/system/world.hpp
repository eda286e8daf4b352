// The built programs in a world of their own: a database, the sandbox that plays the providers, and the daemon, talking
// over real sockets. Tests trigger campaigns as n8n does and judge by what the sandbox saw and by the stored rows.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/system/database.hpp"
#include "tests/system/database_door.hpp"
#include "tests/system/process.hpp"
#include "tests/system/waiting.hpp"

namespace otto::system_test {

inline constexpr const char* kKey = "key-of-the-system-tests";
inline constexpr const char* kSheet = "1SystemTestSheetSystemTestSheetSystemTestSheet";
inline constexpr const char* kSecretSheet = "1PrivateSheetPrivateSheetPrivateSheetPrivateS";
inline constexpr const char* kPlainSheet = "1NoPhoneColumnNoPhoneColumnNoPhoneColumnNoPho";
/// A setting of the test's: the daemon reaches its database through World::door().
inline constexpr const char* kThroughDoor = "THROUGH_DOOR";
inline constexpr const char* kAccount = "AC0770770770770770770770770770077a";
inline constexpr const char* kToken = "0770sandbox0770sandbox0770sandbo";

using Settings = std::map<std::string, std::string>;
using Sheets = std::map<std::string, std::string>;  ///< id → CSV, read and written with a service account

/// "+1415555 01nn"; n from 1 to 99.
std::string phone(int n);
/// "Customer n" at phone(n).
Json contact(int n);
Json contacts(int first, int last);

class World {
 public:
  /// `scenario` as `otto-sandbox --help` shows it; `settings` go over the usual ones; `program` serves. Throws when a
  /// program does not come up.
  explicit World(const Json& scenario = Json::object(), Settings settings = {}, const Sheets& sheets = {},
                 std::string program = "otto");
  ~World();

  // The daemon.
  void start_otto();
  void kill_otto();  ///< SIGKILL
  /// SIGTERM; the exit status, -1 when it has not ended within `limit`.
  int stop_otto(milliseconds limit = seconds{10});
  Process& otto() { return *otto_; }
  bool otto_runs() const noexcept { return otto_ != nullptr; }
  const std::string& url() const noexcept { return url_; }
  std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(settings_.at("PORT"))); }
  /// A further daemon of this world, up; `over` the settings of the first, on a port of its own unless they name one.
  Process& start_another(Settings over = {});
  static std::uint16_t free_port();
  std::string otto_log() const { return otto_->output(); }
  /// NAME=value, for further programs with the daemon's settings.
  std::vector<std::string> environment() const;
  /// "…/otto" with arguments, under the daemon's settings.
  Finished command(std::vector<std::string> arguments) const;

  // Its API, with the key.
  net::ClientRequest request(const std::string& method, const std::string& path, const std::string& body = {}) const;
  Answer call(const std::string& method, const std::string& path, const std::string& body = {}) const;
  /// A campaign that may dial at any hour, all at once unless `campaign_settings` say otherwise; its id.
  std::string trigger(const Json& people, const Json& campaign_settings = Json::object());
  static Json body_for(const Json& people, const Json& campaign_settings = Json::object());
  Json results(const std::string& id, const std::string& query = "?limit=500") const;
  /// The results once the campaign is no longer pending or running.
  Json ended(const std::string& id, milliseconds limit = seconds{40});

  // What the outside world saw.
  Json seen(const std::string& what) const;  ///< "calls", "conversations", "violations": the list itself
  Json calls_to(const std::string& number) const;
  std::vector<std::string> violations() const;
  std::string heard_wav(const std::string& kind, const std::string& id) const;
  /// The sandbox's answer to GET `path`.
  Answer sandbox(const std::string& path) const;
  const std::string& sandbox_url() const noexcept { return sandbox_url_; }

  // What is stored.
  Database& database() { return database_; }
  DatabaseDoor& door() { return *door_; }
  std::string journal_dir() const { return dir_.path() + "/journal"; }
  Json rows();                             ///< of "OutboundCall"
  Json row_of(const std::string& number);  ///< the only one; null otherwise
  /// Waits until every call of the sandbox has a row that says the same, and no row lacks a call; what is left of the
  /// differences after `limit`.
  std::vector<std::string> differences(milliseconds limit = seconds{5});

  /// What is worth seeing after a failure.
  std::string logs() const;

 private:
  TempDir dir_;
  Database database_;
  std::unique_ptr<DatabaseDoor> door_;
  Settings settings_;
  std::string program_, url_, sandbox_url_;
  std::unique_ptr<Process> sandbox_, otto_;
  std::vector<std::unique_ptr<Process>> others_;
};

/// Owns the test's worlds; prints their logs when the test has failed, and expects each daemon to end with status 0.
class SystemTest : public testing::Test {
 protected:
  World& make_world(const Json& scenario = Json::object(), Settings settings = {}, const Sheets& sheets = {},
                    const std::string& program = "otto");
  void TearDown() override;

 private:
  std::vector<std::unique_ptr<World>> worlds_;
};

}  // namespace otto::system_test
