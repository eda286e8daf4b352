// What a drill runs: a database of its own, the sandbox, some drilled daemons behind a balancer, and somebody who takes
// the campaigns' webhooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/json.hpp"

#include "drill/balancer.hpp"
#include "drill/disks.hpp"
#include "drill/failpoints.hpp"
#include "tests/system/database_door.hpp"
#include "tests/system/process.hpp"
#include "tests/system/receiver.hpp"

namespace otto::drill {

using system_test::wait_until;

/// One daemon, dead or alive.
class Instance {
 public:
  Instance(std::string name, std::uint16_t port, const std::string& dir, std::vector<std::string> environment);
  void start();
  void kill();  ///< SIGKILL
  void signal(int number) { process_->signal(number); }
  /// The exit status; nullopt while it runs.
  std::optional<int> status() { return process_ ? process_->status() : std::optional{137}; }
  bool runs() { return process_ && !process_->status(); }
  bool is_stopped() const;  ///< by SIGSTOP
  bool is_up();             ///< has said where it listens
  std::uint16_t port() const noexcept { return port_; }
  const std::string& name() const noexcept { return name_; }
  pid_t pid() const { return process_->pid(); }
  void order(const std::string& spec);  ///< OTTO_FAILPOINTS' words; "" takes the last one back
  std::uint32_t fired() const { return orders_->fired; }
  std::string log() const { return system_test::read_file(log_); }

 private:
  std::string name_, log_;
  std::size_t log_begins_ = 0;  ///< this process's part of the log
  bool is_up_ = false;
  std::uint16_t port_;
  std::vector<std::string> environment_;
  Orders* orders_ = nullptr;
  std::unique_ptr<system_test::Process> process_;
};

/// Of the daemons' OTTO_WEBHOOK_SECRET, behind "whsec_".
inline constexpr const char* kWebhookSecret = "ZHJpbGwtb2Ytb3R0by0wMTIzNDU2Nzg5YWI=";

struct HouseOptions {
  int instances = 1;
  double speed = 20;
  double calls_per_second = 50;
  Json scenario;
  std::string program = "otto-drilled";
  std::map<std::string, std::string> settings;  ///< over the usual ones
  std::string dir;                              ///< logs stay there
  bool tells_events = false;                    ///< the campaigns have an eventsUrl
  bool on_small_disks = false;                  ///< House::data_disk() and journal_disk() are there; takes root
  bool through_door = false;                    ///< the daemons reach their database through House::door()
};

class House {
 public:
  explicit House(HouseOptions options);
  ~House();

  std::vector<std::unique_ptr<Instance>>& instances() { return instances_; }
  /// A further process for the port of `before`; not started yet.
  Instance& add_successor(const Instance& before);
  Balancer& balancer() { return balancer_; }
  system_test::Receiver& receiver() { return receiver_; }
  double calls_per_second() const { return options_.calls_per_second; }

  std::function<void()> meanwhile = [] {};  ///< done again and again while call() waits

  /// Through the balancer, with the key; again until somebody answers with less than 500.
  system_test::Answer call(const std::string& method, const std::string& path, const Json& body = nullptr,
                           const std::string& idempotency = "");
  std::string trigger(const Json& contacts, const Json& settings, const std::string& name);
  /// The sandbox's own knowledge: "calls", "violations", …
  Json seen(const std::string& what);
  Json sandbox_log() const;  ///< every line
  std::size_t live();        ///< calls at the carrier that have not ended

  /// Each on a connection of its own; again for a while when the database is away.
  Json rows(const std::string& select);
  std::string one(const std::string& statement);
  int count(const std::string& from) { return std::stoi(one("SELECT count(*) FROM " + from)); }
  void stop_database();  ///< as a crash would
  void start_database();
  int terminate_backends(int at_most);
  std::uintmax_t journalled() const;  ///< bytes that wait on the disk for the database
  system_test::DatabaseDoor& door() { return *door_; }
  const std::string& database() const { return database_; }
  Disk& data_disk() { return *data_disk_; }
  Disk& journal_disk() { return *journal_disk_; }
  static void administer(const std::string& statement);  ///< in the server's own database

 private:
  HouseOptions options_;
  std::vector<std::string> environment_;
  std::string database_, database_url_, sandbox_url_, sandbox_log_;
  std::unique_ptr<Disk> data_disk_, journal_disk_;
  std::unique_ptr<system_test::DatabaseDoor> door_;
  Balancer balancer_;
  system_test::Receiver receiver_;  ///< fails now and then at first
  std::unique_ptr<system_test::Process> sandbox_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

/// "+1" area "55501nn"; distinct for n from 0 to below kNumbers.
inline constexpr int kNumbers = 120 * 98;
std::string number(int n);
Json contacts(int first, int count);

}  // namespace otto::drill
