#include "drill/house.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <random>
#include <sstream>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "otto/base/ids.hpp"

#include "src/store/pqxx.hpp"

namespace otto::drill {

namespace {

using system_test::Answer;
using system_test::Process;
using system_test::read_file;

constexpr int kDataMegabytes = 192, kJournalMegabytes = 4;
constexpr const char* kKey = "key-of-the-drill";
constexpr const char* kAccount = "AC0770770770770770770770770770077a";
constexpr const char* kAgentSecret = "secret-of-the-agents";
constexpr const char* kToken = "0770sandbox0770sandbox0770sandbo";

std::string required(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error{std::string{name} + " is not set: run this by script/drill"};
  return value;
}

std::uint16_t free_port() {
  // Below the system's own; a dead instance's must not be found by another drill that begins just then.
  static int next = 14'000 + static_cast<int>(std::random_device{}() % 170) * 100;
  for (;;) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(++next));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (bound) return static_cast<std::uint16_t>(next);
  }
}

std::string announced(const std::string& file) {
  constexpr std::string_view kWords = "listens on ";
  const std::string printed = read_file(file);
  const auto at = printed.rfind(kWords);
  if (at == std::string::npos) return {};
  const auto end = printed.find('\n', at);
  return end == std::string::npos ? "" : printed.substr(at + kWords.size(), end - at - kWords.size());
}

Task<void> send(net::ClientRequest request, Answer& answer) {
  auto result = co_await net::send_request(std::move(request));
  if (!result.response) co_return;
  answer.status = result.response->status;
  answer.text = std::move(result.response->body);
  if (auto json = parse_json(answer.text)) answer.body = std::move(*json);
}

/// Of the receiver of webhooks.
std::vector<int> failures() {
  std::vector<int> statuses(350, 200);
  for (std::size_t i = 3; i < statuses.size(); i += 7) statuses[i] = 503;
  return statuses;
}

int shell(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()); }

}  // namespace

// ---- one instance ---------------------------------------------------------------------------------------------------

Instance::Instance(std::string name, std::uint16_t port, const std::string& dir, std::vector<std::string> environment)
    : name_{std::move(name)}, log_{dir + "/" + name_ + ".log"}, port_{port}, environment_{std::move(environment)} {
  const std::string page = dir + "/" + name_ + ".orders";
  std::ofstream{page} << std::string(sizeof(Orders), '\0');
  const int file = ::open(page.c_str(), O_RDWR | O_CLOEXEC);
  orders_ = static_cast<Orders*>(::mmap(nullptr, sizeof(Orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  ::close(file);
  environment_.push_back("OTTO_FAILPOINTS_ORDERS=" + page);
  environment_.push_back("OTTO_JOURNAL_DIR=" + dir + "/journal");
  environment_.push_back("PORT=" + std::to_string(port));
}

void Instance::start() {
  std::ofstream{log_, std::ios::app} << "---- started\n";
  log_begins_ = std::filesystem::file_size(log_);
  is_up_ = false;
  process_ =
      std::make_unique<Process>(std::vector<std::string>{OTTO_BUILD_DIR "/otto-drilled", "serve"}, environment_, log_);
}

void Instance::kill() { process_.reset(); }

bool Instance::is_stopped() const {
  if (!process_) return false;
  const std::string stat = read_file("/proc/" + std::to_string(process_->pid()) + "/stat");
  const auto at = stat.rfind(") ");
  return at != std::string::npos && stat[at + 2] == 'T';
}

bool Instance::is_up() {
  if (is_up_) return true;
  std::ifstream log{log_, std::ios::binary};
  log.seekg(static_cast<std::streamoff>(log_begins_));
  const std::string printed{std::istreambuf_iterator<char>{log}, {}};
  return is_up_ = printed.find("listens on ") != std::string::npos;
}

void Instance::order(const std::string& spec) {
  spec.copy(orders_->spec, sizeof orders_->spec - 1);
  orders_->spec[std::min(spec.size(), sizeof orders_->spec - 1)] = '\0';
  ++orders_->number;
}

// ---- the house ------------------------------------------------------------------------------------------------------

House::House(HouseOptions options) : options_{std::move(options)}, receiver_{failures()} {
  const std::string server = required("OTTO_TEST_DATABASE_URL");
  database_ = "otto_drill_" + std::to_string(::getpid());
  database_url_ = server;
  database_url_.replace(database_url_.find("/postgres?"), 9, "/" + database_);
  {
    pqxx::connection connection{server};
    pqxx::nontransaction work{connection};
    if (options_.on_small_disks) {
      const std::string home = work.exec1("SELECT current_setting('data_directory')")[0].c_str();
      data_disk_ = std::make_unique<Disk>("/var/tmp/" + database_, kDataMegabytes);
      struct stat owner{};
      if (::stat(home.c_str(), &owner) != 0 || ::chown(data_disk_->path().c_str(), owner.st_uid, owner.st_gid) != 0)
        throw std::runtime_error{"the server cannot be given a disk"};
      work.exec0("CREATE TABLESPACE " + database_ + " LOCATION '" + data_disk_->path() + "'");
    }
    work.exec0("CREATE DATABASE " + database_ + (data_disk_ ? " TABLESPACE " + database_ : ""));
    // Whatever the cluster was started with: what is committed here survives a crash of the server.
    work.exec0("ALTER DATABASE " + database_ + " SET synchronous_commit = on");
  }
  std::filesystem::create_directories(options_.dir);
  for (const auto& entry : std::filesystem::directory_iterator{options_.dir}) std::filesystem::remove_all(entry.path());
  if (options_.on_small_disks) journal_disk_ = std::make_unique<Disk>(options_.dir + "/journal", kJournalMegabytes);
  sandbox_log_ = options_.dir + "/sandbox.jsonl";
  std::ofstream{options_.dir + "/scenario.json"} << options_.scenario;
  std::ostringstream speed;
  speed << options_.speed;
  const std::string said = options_.dir + "/sandbox.out";
  const std::string base_url = "http://127.0.0.1:" + std::to_string(balancer_.port());
  sandbox_ = std::make_unique<Process>(
      std::vector<std::string>{OTTO_BUILD_DIR "/otto-sandbox", "--port", "0", "--speed", speed.str(), "--samples",
                               OTTO_SOURCE_DIR "/tests/data", "--scenario", options_.dir + "/scenario.json", "--log",
                               sandbox_log_, "--agent-webhook", base_url + "/api/elevenlabs/post-call",
                               "--agent-webhook-secret", kAgentSecret},
      std::vector<std::string>{}, said);
  if (!wait_until([&] { return !(sandbox_url_ = announced(said)).empty(); }, seconds{10}))
    throw std::runtime_error{"the sandbox did not come up: " + read_file(said)};

  if (options_.through_door) door_ = std::make_unique<system_test::DatabaseDoor>(database_url_, options_.dir);
  std::map<std::string, std::string> settings{{"BASE_URL", base_url},
                                              {"DATABASE_URL", door_ ? door_->url() : database_url_},
                                              {"TWILIO_ACCOUNT_SID", kAccount},
                                              {"TWILIO_AUTH_TOKEN", kToken},
                                              {"TWILIO_OUTBOUND_NUMBER", "+14155550100,+12125550100"},
                                              {"TWILIO_API_BASE_URL", sandbox_url_},
                                              {"TWILIO_CALLS_PER_SECOND", std::to_string(options_.calls_per_second)},
                                              {"ELEVENLABS_API_KEY", "sk_sandbox_0770"},
                                              {"ELEVENLABS_OUTBOUND_AGENT_ID", "agent_sandbox"},
                                              {"ELEVENLABS_WEBHOOK_SECRET", kAgentSecret},
                                              {"ELEVENLABS_API_BASE_URL", sandbox_url_},
                                              {"GOOGLE_SHEETS_API_BASE_URL", sandbox_url_},
                                              {"GOOGLE_SHEETS_EXPORT_BASE_URL", sandbox_url_},
                                              {"N8N_API_KEY", kKey},
                                              {"OTTO_CALLBACK_HOSTS", "127.0.0.1"},
                                              {"OTTO_CALLS_PER_DAY", "0"},
                                              {"OTTO_WEBHOOK_SECRET", std::string{"whsec_"} + kWebhookSecret},
                                              {"OTTO_UNKNOWN_SETTLE_SECONDS", "8"},
                                              {"OTTO_DRAIN_SECONDS", "0"},
                                              {"OTTO_DRILL_HURRY", "1"}};
  for (const auto& [name, value] : options_.settings) settings[name] = value;
  for (const auto& [name, value] : settings)
    if (!value.empty()) environment_.push_back(name + "=" + value);
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < options_.instances; ++i) {
    ports.push_back(free_port());
    instances_.push_back(
        std::make_unique<Instance>("otto-" + std::to_string(i + 1), ports.back(), options_.dir, environment_));
    instances_.back()->start();
    Instance& instance = *instances_.back();
    if (!wait_until([&] { return instance.is_up(); }, seconds{15}))
      throw std::runtime_error{"a daemon did not come up: " + instance.log()};
  }
  balancer_.serve(ports);
}

Instance& House::add_successor(const Instance& before) {
  instances_.push_back(std::make_unique<Instance>(before.name() + "-next", before.port(), options_.dir, environment_));
  return *instances_.back();
}

House::~House() {
  for (const auto& instance : instances_) instance->kill();
  sandbox_.reset();
  wait_until([this] { return balancer_.is_idle(); }, seconds{5});  // with both ends gone each connection ends by itself
  try {
    pqxx::connection connection{required("OTTO_TEST_DATABASE_URL")};
    pqxx::nontransaction work{connection};
    work.exec0("DROP DATABASE " + database_ + " WITH (FORCE)");
    if (data_disk_) work.exec0("DROP TABLESPACE " + database_);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "otto-drill: %s\n", failure.what());
  }
}

Answer House::call(const std::string& method, const std::string& path, const Json& body,
                   const std::string& idempotency) {
  Answer answer;
  for (int tries = 0; tries < 100; ++tries) {
    net::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(balancer_.port()) + path;
    request.timeout = milliseconds{5000};
    request.headers.set("X-API-Key", kKey);
    if (!body.is_null()) {
      request.headers.set("Content-Type", "application/json");
      request.body = body.dump();
    }
    if (!idempotency.empty()) request.headers.set("Idempotency-Key", idempotency);
    answer = {};
    rt::Group one{system_test::loop(), "request"};
    one.spawn("request", send(std::move(request), answer));
    wait_until([&] { return meanwhile(), one.size() == 0; }, seconds{60});
    if (answer.status != 0 && answer.status < 500) break;
    wait_until([this] { return meanwhile(), false; }, milliseconds{100});
  }
  return answer;
}

std::string House::trigger(const Json& people, const Json& settings, const std::string& name) {
  Json body{{"campaignName", name},
            {"campaignType", "SERVICE_FOLLOWUP"},
            {"contacts", people},
            {"callbackUrl", "http://" + receiver_.authority() + "/ended"},
            {"settings", settings}};
  if (options_.tells_events) body["eventsUrl"] = "http://" + receiver_.authority() + "/events";
  const auto answer = call("POST", "/api/n8n/trigger-outbound-campaign", body, "drill-" + name);
  if (answer.status != 202) throw std::runtime_error{"the trigger was answered with " + answer.text};
  return text_at(answer.body, "campaignId");
}

Json House::seen(const std::string& what) {
  net::ClientRequest request;
  request.url = sandbox_url_ + "/_sandbox/" + what;
  request.max_body = 256U << 20;
  request.timeout = milliseconds{30'000};
  return system_test::ask(std::move(request)).body.at(what);
}

std::size_t House::live() {
  net::ClientRequest request;
  request.url = sandbox_url_ + "/_sandbox/health";
  return system_test::ask(std::move(request)).body.at("live").get<std::size_t>();
}

Json House::sandbox_log() const {
  Json lines = Json::array();
  std::ifstream file{sandbox_log_};
  for (std::string line; std::getline(file, line);)
    if (auto json = parse_json(line)) lines.push_back(std::move(*json));
  return lines;
}

std::string House::one(const std::string& statement) {
  for (int tries = 0;; ++tries) {
    try {
      pqxx::connection connection{database_url_};
      pqxx::nontransaction work{connection};
      work.exec0("SET TimeZone TO 'UTC'");
      const auto rows = work.exec(statement);
      return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
    } catch (const pqxx::broken_connection&) {
      if (tries == 50) throw;
    } catch (const pqxx::deadlock_detected&) {  // what takes several tables at once may meet a daemon half-way
      if (tries == 50) throw;
    }
    wait_until([] { return false; }, milliseconds{100});
  }
}

Json House::rows(const std::string& select) {
  return Json::parse(one("SELECT coalesce(json_agg(r), '[]') FROM (" + select + ") r"));
}

void House::administer(const std::string& statement) {
  pqxx::connection connection{required("OTTO_TEST_DATABASE_URL")};
  pqxx::nontransaction work{connection};
  work.exec(statement);
}

void House::stop_database() { shell(required("OTTO_TEST_PG_CTL") + " -m immediate -w stop"); }
void House::start_database() {
  if (shell(required("OTTO_TEST_PG_CTL") + " -l /dev/null -w start") != 0)
    throw std::runtime_error{"PostgreSQL did not start again"};
}

int House::terminate_backends(int at_most) {
  return std::stoi(
      one("SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = '" +
          database_ + "' AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random()" +
          " LIMIT " + std::to_string(at_most) + ") b"));
}

std::uintmax_t House::journalled() const {
  std::uintmax_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{options_.dir + "/journal", ignored})
    bytes += entry.file_size(ignored);
  return bytes;
}

std::string number(int n) {
  static constexpr std::array<int, 120> kAreas{
      201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
      229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 276, 281, 301,
      302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325,
      330, 331, 334, 336, 337, 339, 346, 347, 351, 352, 360, 361, 385, 386, 401, 402, 404, 405, 406, 407,
      408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 442, 443, 458,
      469, 470, 475, 478, 479, 480, 484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516};
  const auto area = static_cast<std::size_t>(n / 98) % kAreas.size();
  const int last = 1 + n % 98;  // 555-0100 calls, 555-0199 stays free
  return "+1" + std::to_string(kAreas[area]) + "55501" + (last < 10 ? "0" : "") + std::to_string(last);
}

Json contacts(int first, int count) {
  Json people = Json::array();
  for (int n = first; n < first + count; ++n)
    people.push_back({{"name", "Customer " + std::to_string(n)}, {"phone", number(n)}});
  return people;
}

}  // namespace otto::drill
