#include "bench/bridge/session.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unistd.h>

namespace otto::bench {

namespace {

constexpr std::int64_t kSilence = 300 * kMs;   // after what a call's last event takes to be spoken: all has arrived
constexpr std::int64_t kTidyUp = 2 * kSecond;  // for the subject, after the last call
constexpr std::int64_t kPatience = 20 * kSecond;
constexpr double kEndsPerSecond = 100;
constexpr int kMaxAtOnce = 1000;  // the largest campaign's; the daemon's own bound must not be met first
// Short calls: 100 a second would come to a little more. So the campaign's own bound keeps as many under way from the
// first second to the last, and memory, which follows them, tells of nothing else.
constexpr int kShortCallsAtOnce = 150;

std::uint16_t free_port() {
  const int fd = listen_on(0);
  const auto port = port_of(fd);
  ::close(fd);
  return port;
}

}  // namespace

Session::Session(Load& load)
    : load_{load}, media_{load}, agents_{load}, rest_{load.poller, [this](const HttpText& request) {
                                                        return request.second.starts_with("/v1/")
                                                                   ? agents_.handle(request)
                                                                   : carrier_->handle(request);
                                                      }} {
  load_.media = &media_;
  load_.poller.on_tick([this](std::int64_t tick, std::int64_t due) { media_.tick(tick, due); });
}

void Session::start_daemon() {
  database_ = std::make_unique<Database>();
  port_ = free_port();
  carrier_ = std::make_unique<Carrier>(load_, port_);
  const std::string url = "http://127.0.0.1:" + std::to_string(port_);
  const std::string rest = "http://127.0.0.1:" + std::to_string(rest_.port());
  const std::vector<std::string> settings{"BASE_URL=" + url,
                                          "PORT=" + std::to_string(port_),
                                          "DATABASE_URL=" + database_->url(),
                                          "TWILIO_ACCOUNT_SID=" + std::string{kAccount},
                                          "TWILIO_AUTH_TOKEN=" + std::string{kToken},
                                          "TWILIO_OUTBOUND_NUMBER=+14155550100",
                                          "TWILIO_API_BASE_URL=" + rest,
                                          "TWILIO_CALLS_PER_SECOND=" + std::to_string(std::lround(load_.options.rate)),
                                          "ELEVENLABS_API_KEY=sk_bench",
                                          "ELEVENLABS_OUTBOUND_AGENT_ID=" + std::string{kAgent},
                                          "ELEVENLABS_API_BASE_URL=" + rest,
                                          "GOOGLE_SHEETS_EXPORT_BASE_URL=" + rest,
                                          "N8N_API_KEY=" + std::string{kApiKey},
                                          "OTTO_MAX_CALLS=" + std::to_string(kMaxAtOnce),
                                          "OTTO_DRAIN_SECONDS=0",
                                          "OTTO_JOURNAL_DIR=/tmp/otto-bench-journal",
                                          "LOG_LEVEL=warn",
                                          "SSL_CERT_FILE=" + load_.tls.ca_file};
  program_ =
      std::make_unique<Program>(std::vector<std::string>{load_.options.program, "serve"}, settings, load_.options.core);
  program_->wait_for("listens on ");
}

void Session::start_reference() {
  std::vector<std::string> arguments{load_.options.program, std::to_string(agents_.port())};
  if (load_.options.tls) arguments.push_back(load_.tls.ca_file);
  program_ = std::make_unique<Program>(arguments, std::vector<std::string>{}, load_.options.core);
  program_->wait_for("listens on ");
  const auto printed = program_->output();
  port_ = static_cast<std::uint16_t>(std::atoi(printed.c_str() + printed.rfind(':') + 1));
}

/// As n8n does it.
void Session::trigger() {
  Json contacts = Json::array();
  for (int n = 0; n < load_.options.calls; ++n)
    contacts.push_back({{"name", "Bench " + std::to_string(n)}, {"phone", phone_number(n)}});
  const int at_once = std::min(load_.options.calls, load_.options.soak_ms > 0 ? kShortCallsAtOnce : kMaxAtOnce);
  const Json body{{"campaignName", "Bench"},
                  {"campaignType", "GENERAL"},
                  {"contacts", contacts},
                  {"settings",
                   {{"delayBetweenCalls", 0},
                    {"maxConcurrentCalls", at_once},
                    {"maxAttemptsPerContact", 1},
                    {"recordCalls", false},
                    {"maxCallDuration", 14'400},
                    {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}}}};
  n8n_ = std::make_unique<HttpClient>(load_.poller, port_);
  HttpClient::Request request;
  request.method = "POST";
  request.target = "/api/n8n/trigger-outbound-campaign";
  request.headers = "Content-Type: application/json\r\nX-API-Key: " + std::string{kApiKey} + "\r\n";
  request.body = body.dump();
  request.done = [](int status, const std::string& answer) {
    if (status != 202) throw std::runtime_error{"the campaign was refused: " + answer};
  };
  n8n_->send(std::move(request));
}

void Session::connect_reference_calls() {
  for (int n = 0; n < load_.options.calls; ++n)
    load_.poller.after(static_cast<std::int64_t>(n / load_.options.rate * 1e9),
                       [this, n] { open_reference_call(static_cast<std::uint32_t>(n)); });
}

/// The line "CALL n" goes through to the agent's side and tells it whose socket this is.
void Session::open_reference_call(std::uint32_t number) {
  load_.calls.push_back(std::make_unique<Call>(load_, number));
  Call& call = *load_.calls.back();
  call.attempt = std::to_string(number);
  call.stream_sid = "MZ" + std::string(32, '0');
  load_.by_attempt[call.attempt] = &call;
  ++load_.totals.placed;
  call.answered_at = call.accepted_at = now_ns();
  call.line.is_upgraded = true;
  call.line.stream.open(connect_to(port_));
  load_.poller.watch(call.line.stream.fd(), &call.line);
  call.line.send("CALL " + call.attempt + "\n");
  media_.start_line(call);
}

std::map<std::string, int> Session::descriptors() const {
  return descriptors_of(program_->pid(),
                        {{port_, kCallers}, {rest_.port(), "providers' REST"}, {agents_.port(), kAgents}});
}

void Session::rest(std::int64_t nanoseconds) {
  const auto until = now_ns() + nanoseconds;
  load_.poller.run([until] { return now_ns() >= until; });
}

/// False when it has not come any nearer for kPatience.
bool Session::reached(const int& count, int wanted) {
  int seen = -1;
  std::int64_t since = 0;
  load_.poller.run([&] {
    if (count != seen) since = now_ns();
    seen = count;
    return count >= wanted || now_ns() - since > kPatience;
  });
  return count >= wanted;
}

Figures Session::run() {
  Figures figures;
  const bool is_daemon = load_.options.subject == Subject::Daemon;
  if (is_daemon) {
    start_daemon();
  } else {
    start_reference();
  }
  rest(1500 * kMs);
  figures.empty = read();
  figures.descriptors_before = descriptors();
  if (is_daemon) {
    trigger();
  } else {
    connect_reference_calls();
  }
  if (load_.options.soak_ms > 0) {
    soak(figures);
  } else {
    measure(figures);
    end_calls();
  }
  if (carrier_) carrier_->disconnect();
  n8n_.reset();
  rest(kTidyUp);
  figures.after = read();
  figures.descriptors_after = descriptors();
  const auto printed = program_->output();
  figures.exit_status = is_daemon ? program_->stop(20) : 0;
  // The first line is the announcement; with LOG_LEVEL=warn everything else is worth reading.
  const auto first = printed.find('\n') + 1;
  if (printed.size() > first) std::fprintf(stderr, "the subject says:\n%s\n", printed.substr(first, 2000).c_str());
  return figures;
}

void Session::measure(Figures& figures) {
  auto& totals = load_.totals;
  figures.complete = reached(totals.talking, load_.options.calls);
  rest(load_.options.settle_ms * kMs);
  totals.tick_late = {};
  figures.from = read();
  figures.own_from = read_process(::getpid());
  const auto window = load_.options.seconds * kSecond;
  totals.up.window_from = totals.down.window_from = now_ns();
  totals.up.window_to = totals.down.window_to = now_ns() + window;
  std::unique_ptr<Program> meanwhile;
  if (!load_.options.during.empty())
    meanwhile = std::make_unique<Program>(
        std::vector<std::string>{"/bin/sh", "-c", "exec " + load_.options.during},
        std::vector<std::string>{"OTTO_PORT=" + std::to_string(port_), "OTTO_PID=" + std::to_string(program_->pid())},
        "");
  rest(window);
  figures.to = read();
  figures.own_to = read_process(::getpid());
  if (!meanwhile) return;
  const int status = meanwhile->stop(5);
  const auto said = meanwhile->output();
  if (status != 0 || !said.empty()) std::fprintf(stderr, "meanwhile (status %d):\n%s\n", status, said.c_str());
}

void Session::finish(Call& call) {
  call.is_streaming = call.is_talking = false;
  load_.poller.after(load_.options.event_ms * kMs + kSilence, [this, &call] {
    call.up.finish(load_.converted());
    call.down.finish(load_.converted());
    if (carrier_) {
      carrier_->hang_up(call);
    } else {
      call.is_over = true;
      call.line.close();
      ++load_.totals.over;
    }
  });
}

void Session::end_calls() {
  load_.is_ending = true;
  const auto began = now_ns();
  for (std::size_t i = 0; i < load_.calls.size(); ++i)
    load_.poller.at(began + static_cast<std::int64_t>(static_cast<double>(i) / kEndsPerSecond * 1e9),
                    [this, i] { finish(*load_.calls[i]); });
  reached(load_.totals.over, static_cast<int>(load_.calls.size()));
}

void Session::soak(Figures& figures) {
  load_.totals.up.window_from = load_.totals.down.window_from = 0;
  load_.on_first_audio = [this](Call& call) {
    load_.poller.after(load_.options.soak_ms * kMs, [this, &call] { finish(call); });
  };
  const int hundredth = std::max(1, load_.options.calls / 100);
  figures.complete = true;
  for (int next = hundredth; next <= load_.options.calls && figures.complete; next += hundredth) {
    figures.complete = reached(load_.totals.over, next);
    figures.soak_rss_kb.push_back(read().rss_kb);
    figures.soak_live.push_back(load_.totals.placed - load_.totals.over);
  }
}

}  // namespace otto::bench
