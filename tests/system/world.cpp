#include "tests/system/world.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/api/documented.hpp"
#include "tests/system/answer_check.hpp"

namespace otto::system_test {
namespace {

constexpr milliseconds kStart{10'000};
constexpr std::size_t kLogTail = 6000;

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

/// The first of 300 ports that no other test program takes while this one runs.
int own_ports() {
  for (int range = 0; range < 40; ++range) {
    const auto lock = std::filesystem::temp_directory_path() / ("otto-test-ports." + std::to_string(range));
    const int fd = ::open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);  // held until the program ends
    if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return 18'000 + range * 300;
    if (fd >= 0) ::close(fd);
  }
  throw std::runtime_error{"forty test programs run at once: no ports are left"};
}

/// Below the range from which the kernel takes ports for outgoing connections, so that nothing takes it meanwhile.
int free_port() {
  static int next = own_ports();
  while (!is_free(++next)) {
  }
  return next;
}

/// The daemon's answers to the API's description. The sandbox and a test's own receivers have none of its paths.
void hold_to_description(const std::string& method, const std::string& url, const Answer& answer) {
  static const Json document = *parse_json(read_file(OTTO_SOURCE_DIR "/src/api/openapi.json"));
  const auto parsed = net::parse_url(url);
  if (answer.status == 0 || !parsed) return;
  EXPECT_THAT(test::undocumented(document, {method, parsed->target.substr(0, parsed->target.find('?')), answer.status,
                                            std::string{answer.headers.get("Content-Type")}, answer.text}),
              testing::IsEmpty());
}

/// The URL in "… listens on URL"; waits for the line.
std::string announced(Process& process) {
  constexpr std::string_view kWords = "listens on ";
  std::string printed;
  const bool said = wait_until(
      [&] {
        printed = process.output();
        const auto at = printed.find(kWords);
        return process.status().has_value() || (at != std::string::npos && printed.find('\n', at) != std::string::npos);
      },
      kStart);
  const auto at = printed.find(kWords);
  if (!said || at == std::string::npos) throw std::runtime_error{"a program did not come up:\n" + printed};
  const auto from = at + kWords.size();
  return printed.substr(from, printed.find('\n', from) - from);
}

std::string tail(const std::string& text) {
  return text.size() <= kLogTail ? text : "…" + text.substr(text.size() - kLogTail);
}

std::string public_status(const std::string& line_status) {
  if (line_status == "completed") return "COMPLETED";
  if (line_status == "busy") return "BUSY";
  if (line_status == "no-answer") return "NO_ANSWER";
  return "FAILED";
}

/// What is wrong with one row, seen from the call; "" when nothing is.
std::string difference(const Json& call, const Json& row) {
  const auto differs = [&](const char* what, const Json& seen, const Json& stored) {
    return text_at(call, "to") + " " + what + ": seen " + seen.dump() + ", stored " + stored.dump();
  };
  const Json seconds_seen = call["answered"].is_null() ? Json(nullptr) : call["durationSeconds"];
  if (row["customerPhone"] != call["to"]) return differs("number", call["to"], row["customerPhone"]);
  if (row["status"] != public_status(call["status"])) return differs("status", call["status"], row["status"]);
  if (row["answeredBy"] != call["answeredBy"]) return differs("answeredBy", call["answeredBy"], row["answeredBy"]);
  if (row["recordingSid"] != call["recordingSid"])
    return differs("recording", call["recordingSid"], row["recordingSid"]);
  if (!seconds_seen.is_null() && row["duration"] != seconds_seen)
    return differs("duration", seconds_seen, row["duration"]);
  if (row["answeredAt"].is_null() != call["answered"].is_null())
    return differs("answeredAt", call["answered"], row["answeredAt"]);
  if (row["completedAt"].is_null()) return differs("completedAt", call["ended"], nullptr);
  return {};
}

}  // namespace

std::string phone(int n) { return "+141555501" + std::string{n < 10 ? "0" : ""} + std::to_string(n); }

Json contact(int n) { return {{"name", "Customer " + std::to_string(n)}, {"phone", phone(n)}}; }

Json contacts(int first, int last) {
  Json people = Json::array();
  for (int n = first; n <= last; ++n) people.push_back(contact(n));
  return people;
}

World::World(const Json& scenario, Settings settings, const Sheets& sheets, std::string program)
    : settings_{std::move(settings)}, program_{std::move(program)} {
  check_answers(hold_to_description);
  std::ofstream{dir_.path() + "/scenario.json"} << scenario;
  std::ofstream{dir_.path() + "/plain.csv"} << "Name,City\nMaria,Oakland\n";
  const std::string data = OTTO_SOURCE_DIR "/tests/data";
  std::vector<std::string> arguments{OTTO_BUILD_DIR "/otto-sandbox",
                                     "--port",
                                     "0",
                                     "--speed",
                                     "50",
                                     "--samples",
                                     data,
                                     "--scenario",
                                     dir_.path() + "/scenario.json",
                                     "--sheet",
                                     std::string{kSheet} + ":0:Outbound Campaigns=" + data + "/campaign.csv",
                                     "--sheet",
                                     std::string{kSecretSheet} + "=private",
                                     "--sheet",
                                     std::string{kPlainSheet} + ":0:Outbound Campaigns=" + dir_.path() + "/plain.csv"};
  for (const auto& [id, csv] : sheets) {
    const std::string file = dir_.path() + "/" + id + ".csv";
    std::ofstream{file} << csv;
    arguments.insert(arguments.end(), {"--sheet", id + ":0:Outbound Campaigns=" + file});
  }
  if (!sheets.empty()) {
    const std::string key = dir_.path() + "/key.json";
    arguments.insert(arguments.end(), {"--google-key", key});
    settings_.emplace("GOOGLE_SHEETS_CREDENTIALS", key);
  }
  const auto port = std::to_string(free_port());
  url_ = "http://127.0.0.1:" + port;
  if (const auto secret = settings_.find("ELEVENLABS_WEBHOOK_SECRET"); secret != settings_.end())
    arguments.insert(arguments.end(),
                     {"--agent-webhook", url_ + "/api/elevenlabs/post-call", "--agent-webhook-secret", secret->second});
  sandbox_ = std::make_unique<Process>(arguments, std::vector<std::string>{}, dir_.path() + "/sandbox.log");
  sandbox_url_ = announced(*sandbox_);
  if (settings_.erase(kThroughDoor) > 0) door_ = std::make_unique<DatabaseDoor>(database_.url(), dir_.path());
  settings_.merge(Settings{{"BASE_URL", url_},
                           {"PORT", port},
                           {"DATABASE_URL", door_ ? door_->url() : database_.url()},
                           {"TWILIO_ACCOUNT_SID", kAccount},
                           {"TWILIO_AUTH_TOKEN", kToken},
                           {"TWILIO_OUTBOUND_NUMBER", "+14155550100,+12125550100"},
                           {"TWILIO_API_BASE_URL", sandbox_url_},
                           {"TWILIO_CALLS_PER_SECOND", "50"},
                           {"ELEVENLABS_API_KEY", "sk_sandbox_0770"},
                           {"ELEVENLABS_OUTBOUND_AGENT_ID", "agent_sandbox"},
                           {"ELEVENLABS_API_BASE_URL", sandbox_url_},
                           {"GOOGLE_SHEETS_CAMPAIGN_ID", kSheet},
                           {"GOOGLE_SHEETS_API_BASE_URL", sandbox_url_},
                           {"GOOGLE_SHEETS_EXPORT_BASE_URL", sandbox_url_},
                           {"N8N_API_KEY", kKey},
                           {"OTTO_ALLOWED_DESTINATIONS", "US,DE"},
                           {"OTTO_JOURNAL_DIR", journal_dir()},
                           {"OTTO_UNKNOWN_SETTLE_SECONDS", "2"},
                           {"OTTO_DRAIN_SECONDS", "0"}});
  start_otto();
}

World::~World() = default;

std::vector<std::string> World::environment() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : settings_) out.push_back(name + "=" + value);
  return out;
}

void World::start_otto() {
  std::ofstream{dir_.path() + "/otto.log"};  // announced() must not read an earlier daemon's line
  otto_ = std::make_unique<Process>(std::vector<std::string>{OTTO_BUILD_DIR "/" + program_, "serve"}, environment(),
                                    dir_.path() + "/otto.log");
  announced(*otto_);
}

std::uint16_t World::free_port() { return static_cast<std::uint16_t>(system_test::free_port()); }

Process& World::start_another(Settings over) {
  Settings settings{std::move(over)};
  settings.emplace("PORT", std::to_string(free_port()));
  for (const auto& [name, value] : settings_) settings.emplace(name, value);
  std::vector<std::string> environment;
  for (const auto& [name, value] : settings) environment.push_back(name + "=" + value);
  others_.push_back(std::make_unique<Process>(std::vector<std::string>{OTTO_BUILD_DIR "/" + program_, "serve"},
                                              environment,
                                              dir_.path() + "/otto-" + std::to_string(others_.size() + 2) + ".log"));
  announced(*others_.back());
  return *others_.back();
}

void World::kill_otto() { otto_.reset(); }

int World::stop_otto(milliseconds limit) {
  otto_->signal(SIGTERM);
  wait_until([&] { return otto_->status().has_value(); }, limit);
  const int status = otto_->status().value_or(-1);
  otto_.reset();
  return status;
}

Finished World::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), OTTO_BUILD_DIR "/otto");
  return run_command(arguments, environment());
}

net::ClientRequest World::request(const std::string& method, const std::string& path, const std::string& body) const {
  net::ClientRequest request;
  request.method = method;
  request.url = url_ + path;
  request.headers.set("X-API-Key", kKey);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = body;
  return request;
}

Answer World::call(const std::string& method, const std::string& path, const std::string& body) const {
  return ask(request(method, path, body));
}

Json World::body_for(const Json& people, const Json& campaign_settings) {
  Json settings{{"delayBetweenCalls", 0},
                {"maxConcurrentCalls", 100},
                {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}};
  settings.update(campaign_settings);
  Json body{{"campaignName", "System test"}, {"campaignType", "SERVICE_FOLLOWUP"}, {"settings", settings}};
  if (!people.is_null()) body["contacts"] = people;
  return body;
}

std::string World::trigger(const Json& people, const Json& campaign_settings) {
  const Answer answer = call("POST", "/api/n8n/trigger-outbound-campaign", body_for(people, campaign_settings).dump());
  EXPECT_EQ(answer.status, 202) << answer.text;
  return text_at(answer.body, "campaignId");
}

Json World::results(const std::string& id, const std::string& query) const {
  const Answer answer = call("GET", "/api/n8n/campaign-results/" + id + query);
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.body;
}

Json World::ended(const std::string& id, milliseconds limit) {
  const bool ended = wait_until(
      [&] {
        const auto status = database_.one("SELECT status FROM \"OutboundCampaign\" WHERE id = '" + id + "'");
        return status != "PENDING" && status != "RUNNING";
      },
      limit);
  Json result = results(id);
  EXPECT_TRUE(ended) << "the campaign has not ended: " << result.dump(1);
  return result;
}

Answer World::sandbox(const std::string& path) const {
  net::ClientRequest request;
  request.url = sandbox_url_ + path;
  return ask(std::move(request));
}

Json World::seen(const std::string& what) const { return sandbox("/_sandbox/" + what).body.at(what); }

Json World::calls_to(const std::string& number) const {
  Json found = Json::array();
  for (const Json& call : seen("calls"))
    if (call["to"] == number) found.push_back(call);
  return found;
}

std::vector<std::string> World::violations() const {
  std::vector<std::string> sentences;
  for (const Json& violation : seen("violations")) sentences.push_back(violation.dump());
  return sentences;
}

std::string World::heard_wav(const std::string& kind, const std::string& id) const {
  return sandbox("/_sandbox/" + kind + "/" + id + "/heard.wav").text;
}

Json World::rows() { return database_.rows("SELECT * FROM \"OutboundCall\" ORDER BY \"initiatedAt\""); }

Json World::row_of(const std::string& number) {
  const Json found = database_.rows("SELECT * FROM \"OutboundCall\" WHERE \"customerPhone\" = '" + number + "'");
  return found.size() == 1 ? found[0] : Json(nullptr);
}

std::vector<std::string> World::differences(milliseconds limit) {
  std::vector<std::string> found;
  wait_until(
      [&] {
        found.clear();
        std::map<std::string, Json> stored;
        for (const Json& row : rows()) stored[row["callSid"]] = row;
        for (const Json& call : seen("calls")) {
          const auto row = stored.find(text_at(call, "sid"));
          auto sentence = row == stored.end() ? text_at(call, "to") + " has no row" : difference(call, row->second);
          if (!sentence.empty()) found.push_back(std::move(sentence));
          if (row != stored.end()) stored.erase(row);
        }
        for (const auto& [sid, row] : stored) found.push_back(sid + " is a row without a call");
        return found.empty();
      },
      limit);
  return found;
}

std::string World::logs() const {
  std::string others;
  for (const auto& other : others_) others += "\n---- another otto\n" + tail(other->output());
  return "---- otto\n" + tail(read_file(dir_.path() + "/otto.log")) + others + "\n---- sandbox\n" +
         tail(sandbox_->output()) + "\n---- calls\n" + tail(sandbox("/_sandbox/calls").text);
}

World& SystemTest::make_world(const Json& scenario, Settings settings, const Sheets& sheets,
                              const std::string& program) {
  worlds_.push_back(std::make_unique<World>(scenario, std::move(settings), sheets, program));
  return *worlds_.back();
}

void SystemTest::TearDown() {
  for (const auto& world : worlds_) {
    if (HasFailure()) std::fprintf(stderr, "%s\n", world->logs().c_str());
    if (world->otto_runs()) EXPECT_EQ(world->stop_otto(), 0) << world->logs();
  }
}

}  // namespace otto::system_test
