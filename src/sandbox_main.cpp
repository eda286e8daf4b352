// otto-sandbox: stand-ins for the carrier, the agents' provider and the sheets, on loopback.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>

#include "otto/rt/group.hpp"
#include "otto/sandbox/sandbox.hpp"

namespace {

using namespace otto;

constexpr const char* kFooter =
    R"(Scenario file (JSON; everything is optional, unknown keys are refused):
  {"seed": 7,
   "mix": {"answers": 46, "voicemail": 14, ...},          weights of the personas of numbers not named below
   "default": {"webhooks": {"lose": 0.1, "duplicate": 0.1, "copies": 2, "bad_signature": 0, "delay_max_ms": 2000,
                            "late": 0, "late_ms": 0,
                            "twiml_twice": false}},
   "numbers": {"+14155550101": "answers",
               "+14155550102": {"persona": ["busy", "answers"], "ring_ms": 3000, "turns": 2, "talk_ms": 8000,
                                "sip_code": 404, "refuse_code": 21217, "digits": "1", "answered_by": "human",
                                "screening": "through", "verdict_after_ms": 0,
                                "create": [{"mode": "accept-reset", "answer_delay_ms": 500}]}},
   "agent": {"mode": "speech", "turns": 2, "signed_url_status": 200, "handshake_status": 101,
             "close_after_ms": 500, "close_code": 1011, "close_error": "llm_error", "metadata_format": "pcm_16000",
             "times": 1, "ready_after_ms": 0, "first_audio_ms": 150, "first_message_ms": 0, "chunk_ms": 1000,
             "cut_in_frame": false, "odd_chunks": false, "interruption_offset": 0,
             "tier": "enterprise", "subscription_status": 200, "speech_status": 200, "speech_delay_ms": 0, "tool": "transfer_call"},
   "agents": {"agent_sandbox_pcm_16000": {"mode": "tone"}},
   "carrier": {"list_lag_ms": 0, "recording_lag_ms": 0, "answer_delay_ms": 0, "calls_per_second": 1,
               "max_concurrent": 0, "action_after_hangup": false, "stream_delay_ms": 0}}
  personas: answers interrupts hangs-up-early silent voicemail fax busy no-answer failed rejects screening tone
  create modes: ok accept-reset accept-reset-headers accept-reset-body accept-5xx accept-twice accept-garbage
                reject-reset reject-5xx 429 refuse (with "http" and "code")

Control: GET /_sandbox/{calls,conversations,violations,log?since=N,health}, POST /_sandbox/scenario,
  GET /_sandbox/calls/{sid}/{heard,said}.wav, GET /_sandbox/conversations/{id}/heard.wav,
  GET and POST /_sandbox/sheets/{id} ({"tab": "…", "edits": [{"op": "sort", "column": 0}, {"op": "delete_row", "at": 3},
  {"op": "insert_row", "at": 2, "cells": ["…"]}, {"op": "set", "row": 2, "column": 3, "value": "…"}]}),
  GET and POST /_sandbox/google ({"fail_status": 429, "fail_writes": 5, "lose_replies": 1, "down": true, …}))";

std::string google_key_file;  // --google-key

std::optional<sandbox::Options> parse(int argc, char** argv, int& status) {
  sandbox::Options options;
  auto& who = options.identity;
  std::string scenario;
  std::optional<std::uint64_t> seed;
  options.samples = "tests/data";
  CLI::App app{"A stand-in for Twilio, ElevenLabs and Google Sheets on one loopback port, strict where they are."};
  app.footer(kFooter);
  app.option_defaults()->always_capture_default();
  app.add_option("--host", options.host, "where to listen");
  app.add_option("--port", options.port, "0 lets the system choose; the line printed at start tells");
  app.add_option("--seed", seed, "of everything that is left to chance; overrides the scenario's");
  app.add_option("--speed", options.speed, "divides ring times, delays and retry waits; audio always runs in real time")
      ->check(CLI::Range(0.01, 1000.0));
  app.add_option("--scenario", scenario, "who answers how, and which faults happen");
  app.add_option("--log", options.log_file, "JSON lines of everything that the outside world saw");
  app.add_option("--samples", options.samples, "directory of the recorded voices");
  app.add_option("--sheet", options.sheets,
                 "ID=FILE.csv, ID:GID=FILE.csv, ID:GID:TITLE=FILE.csv or ID=private; repeatable");
  app.add_option("--google-key", google_key_file,
                 "where to write the key of a service account that may edit the sheets; none without it");
  app.add_option("--account-sid", who.account_sid, "the carrier's account");
  app.add_option("--auth-token", who.auth_token, "its token, which also signs the webhooks");
  app.add_option("--api-key-sid", who.api_key_sid, "an API key that works as well");
  app.add_option("--api-key-secret", who.api_key_secret, "its secret");
  app.add_option("--number", who.numbers, "numbers that may be called from; repeatable");
  app.add_option("--agent-key", who.elevenlabs_key, "xi-api-key");
  app.add_option("--agent-id", who.agent_id, "the agent with ulaw_8000; <id>_pcm_16000 exists beside it");
  app.add_option("--agent-webhook", who.webhook_url, "where post-call webhooks go; none without it");
  app.add_option("--agent-webhook-secret", who.webhook_secret, "signs them");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error);
    return std::nullopt;
  }
  if (!scenario.empty()) {
    auto read = sandbox::read_scenario(scenario);
    if (!read) {
      std::fprintf(stderr, "otto-sandbox: %s\n", read.error().detail.c_str());
      status = 2;
      return std::nullopt;
    }
    options.scenario = std::move(*read);
  }
  if (seed) options.scenario.seed = *seed;
  return options;
}

/// The first signal ends every call and every connection; a second one ends the process.
Task<void> stop_on_signal(boost::asio::signal_set& signals, sandbox::Sandbox& world) {
  auto [ec, number] = co_await signals.async_wait(rt::kNothrow);
  if (ec) co_return;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  co_await world.stop();
}

int serve(const sandbox::Options& options) {
  Loop loop;
  rt::RealTimers timers;
  auto made = sandbox::Sandbox::make(loop, timers, options);
  if (!made) {
    std::fprintf(stderr, "otto-sandbox: %s\n", made.error().detail.c_str());
    return 2;
  }
  const auto port = (*made)->listen(options.host, options.port);
  if (!port) {
    std::fprintf(stderr, "otto-sandbox: %s\n", port.error().detail.c_str());
    return 1;
  }
  const std::string base = "http://" + options.host + ":" + std::to_string(*port);
  if (!google_key_file.empty() && !(std::ofstream{google_key_file} << (*made)->google().key_json(base))) {
    std::fprintf(stderr, "otto-sandbox: --google-key: cannot write to %s\n", google_key_file.c_str());
    return 2;
  }
  rt::Group tasks{loop, "main"};
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  tasks.spawn("server", (*made)->run());
  tasks.spawn("signals", stop_on_signal(signals, **made));
  std::printf("otto-sandbox listens on http://%s:%u\n", options.host.c_str(), unsigned{*port});
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  try {
    const auto options = parse(argc, argv, status);
    return options ? serve(*options) : status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "otto-sandbox: %s\n", error.what());
    return 1;
  }
}
