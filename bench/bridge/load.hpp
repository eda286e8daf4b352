// The load: what its parts share. One thread, one loop; both sides of every call live here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/bridge/frames.hpp"
#include "bench/bridge/poller.hpp"
#include "bench/bridge/stream.hpp"
#include "bench/bridge/ws.hpp"

namespace otto::bench {

enum class Subject : std::uint8_t { Daemon, Reference };

struct Options {
  Subject subject = Subject::Daemon;
  int calls = 400;       ///< live at once; in soak mode in all
  int seconds = 10;      ///< of the steady window
  int settle_ms = 2000;  ///< between the last call's start and the window
  double rate = 100;     ///< calls started per second
  int event_ms = 100;    ///< of speech per event of the agent; sent in real time
  bool pcm = false;      ///< the agent speaks and hears pcm_16000
  bool tls = true;       ///< to the agent; the daemon takes plain sockets only from plain API bases
  int interrupt_ms = 0;  ///< mean time between interruptions of a call; 0: none
  int soak_ms = 0;       ///< each call ends so long after its first word; 0: calls stay
  bool strict = false;   ///< a lost, foreign, reordered or damaged frame is a failure
  std::string core;      ///< for the subject; empty: any
  std::string program;   ///< otto or bench_reference
  std::string json;      ///< where the figures go
  std::string during;    ///< a shell command for the length of the window; it finds OTTO_PORT and OTTO_PID
};

struct Call;
struct Load;
class Media;

/// The daemon's socket as the agents' provider sees it.
struct AgentLeg final : Ready {
  explicit AgentLeg(Load& l) : load{l} {}
  void on_ready(std::uint32_t events) override;
  void on_text(std::string_view text);
  /// The first message tells whose conversation this is: the agent begins to speak.
  void meet(std::string_view attempt);
  void send(std::string_view bytes);
  void close();

  Load& load;
  Call* call = nullptr;
  std::string conversation;
  Stream stream;
  WsReader reader;
  std::string opening;  ///< bytes before the first frame
  bool is_upgraded = false, is_watched_for_room = false;
};

/// The carrier's socket to the daemon.
struct LineLeg final : Ready {
  explicit LineLeg(Call& c) : call{c} {}
  void on_ready(std::uint32_t events) override;
  void on_text(std::string_view text, std::int64_t now);
  void send(std::string_view bytes);
  void close();

  Call& call;
  Stream stream;
  WsReader reader;
  std::string opening, hello;  ///< the answer to the upgrade; the start message that follows it
  bool is_upgraded = false, is_watched_for_room = false;
};

struct Call {
  Call(Load& l, std::uint32_t n);

  Load& load;
  std::uint32_t number;
  std::string sid, stream_sid, attempt, to, twiml_url, status_url, status = "queued";
  int sequence = 0;  ///< of status callbacks
  std::int64_t answered_at = 0, accepted_at = 0, agent_at = 0, first_audio_at = 0;
  bool is_streaming = false, is_talking = false, is_over = false, has_spoken = false;
  LineLeg line;
  AgentLeg* agent = nullptr;
  // The callee's voice up, the agent's down.
  Voice up_voice, down_voice;
  Meter up, down;
  std::uint64_t messages = 0;  ///< on the media stream
  std::int64_t event_id = 1, line_end = 0, interrupted_at = 0, pings = 0, events = 0;
};

/// Counts over all calls.
struct Totals {
  Arrivals up, down;
  Histogram set_up, accepted, clear, tick_late;
  std::uint64_t pings = 0, pongs = 0, interruptions = 0, clears = 0, webhooks_failed = 0, lost_legs = 0;
  std::int64_t first_placed = 0, last_placed = 0;
  int placed = 0, talking = 0, over = 0, failed = 0;
};

struct Load {
  explicit Load(Options o) : options{std::move(o)} {}

  Options options;
  Poller poller;
  Totals totals;
  TlsIdentity tls;
  WsWriter writer;
  std::vector<char> scratch = std::vector<char>(256 * 1024);
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<std::unique_ptr<AgentLeg>> agent_legs;
  std::map<std::string, Call*, std::less<>> by_sid, by_attempt;
  std::mt19937 dice{7};
  Media* media = nullptr;
  std::function<void(Call&)> on_first_audio;
  bool is_ending = false;  ///< closed sockets are no loss any more

  bool converted() const { return options.pcm; }
};

/// Both legs run: frames and events go out in real time from now on.
class Media {
 public:
  explicit Media(Load& load);
  void start_line(Call& call);   ///< the callee speaks
  void start_agent(Call& call);  ///< the agent speaks, at once
  void tick(std::int64_t tick, std::int64_t due);

 private:
  void send_frame(Call& call);
  void send_event(Call& call);
  void send_ping(Call& call);
  void interrupt(Call& call);

  Load& load_;
  std::vector<std::vector<Call*>> line_slots_, agent_slots_;  ///< by the millisecond of their period
  std::int64_t tick_ = 0;
  std::vector<std::uint8_t> audio_;
  double interruptions_due_ = 0;
};

/// Reads everything that is there and hands out whole messages; false when the peer has gone or talks nonsense.
template <class F>
bool read_messages(Load& load, Stream& stream, WsReader& reader, F take) {
  do {
    const int count = stream.read(load.scratch.data(), load.scratch.size());
    if (count == 0) return true;
    if (count < 0 || !reader.feed(load.scratch.data(), static_cast<std::size_t>(count), take)) return false;
  } while (stream.has_more());
  return true;
}

}  // namespace otto::bench
