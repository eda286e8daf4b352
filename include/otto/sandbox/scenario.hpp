// The scenario file: who answers how at which number, and which faults the outside world shows. Strict: an unknown key
// or value is refused with its path, because a misspelt fault would make a test pass for nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"

namespace otto::sandbox {

enum class Persona : std::uint8_t {
  Answers,       ///< says hello, lets the agent speak, answers, waits for the agent to end the call
  Interrupts,    ///< the same, but talks over the agent first
  HangsUpEarly,  ///< says hello and hangs up
  Silent,        ///< picks up and never says a word
  Voicemail,     ///< plays a greeting that ends with a beep, then keeps what it hears
  Fax,
  Busy,
  NoAnswer,
  Failed,     ///< accepted, then fails with a SIP code
  Rejects,    ///< the create request is refused
  Screening,  ///< a call screener asks for the caller's name before a person may take over
  Tone,       ///< plays 1 kHz and keeps what it hears, for measurements
};
std::string_view to_string(Persona persona) noexcept;  ///< "answers", "hangs-up-early", …
std::optional<Persona> parse_persona(std::string_view text) noexcept;

/// What happens to one create request.
enum class CreateMode : std::uint8_t {
  Ok,
  AcceptReset,         ///< the call is placed, the connection is reset before the answer
  AcceptResetHeaders,  ///< … in the middle of the answer's headers
  AcceptResetBody,     ///< … in the middle of its body
  Accept5xx,           ///< the call is placed, the answer is a 503
  AcceptTwice,         ///< two calls are placed for one request, the answer names the first
  AcceptGarbage,       ///< the call is placed, the answer is a 201 that is not JSON
  RejectReset,         ///< not placed, connection reset
  Reject5xx,           ///< not placed, 503
  TooMany,             ///< not placed, 429 with code 20429
  Refuse,              ///< not placed, `http` and `code`
};
std::string_view to_string(CreateMode mode) noexcept;
std::optional<CreateMode> parse_create_mode(std::string_view text) noexcept;

struct CreateFault {
  CreateMode mode = CreateMode::Ok;
  milliseconds answer_delay{0};  ///< the call goes on meanwhile: webhooks overtake the answer
  int http = 400, code = 21211;
};

struct WebhookFaults {
  double lose = 0, duplicate = 0, bad_signature = 0;  ///< probabilities
  int copies = 2;                                     ///< of a duplicated one
  milliseconds delay_max{0};  ///< each request waits a random time up to this: they overtake each other
  double late = 0;            ///< probability of waiting for `late_by` on top
  milliseconds late_by{0};
  bool twiml_twice = false;
};

/// What one number does. `numbers` entries start from `default`.
struct NumberRule {
  std::vector<Persona> personas;  ///< first call, second call, …; the last repeats; empty: drawn from the mix
  std::optional<milliseconds> ring;
  std::optional<int> turns;
  std::optional<milliseconds> talk;  ///< how long tone, silent and hangs-up-early stay
  int sip_code = 0;                  ///< failed: 0 draws one
  int refuse_code = 21217;           ///< rejects
  std::string digits;                ///< keys pressed after the first answer
  std::string answered_by;           ///< the detector's verdict, when it is to be wrong; "none": it never decides
  milliseconds verdict_after{0};     ///< the detector takes so long; 0: as its parameters say
  std::string screening;             ///< "through": a person takes over; "declined"; empty: drawn
  std::vector<CreateFault> create;   ///< one per create request; Ok afterwards
  WebhookFaults webhooks;
};

enum class AgentMode : std::uint8_t { Speech, Tone, Silent };

/// A client tool that the agent calls before it replies to the callee's turn `turn` (from 1); in order, one at a time.
struct ToolCue {
  std::string name;
  Json parameters = Json::object();
  int turn = 1;
  bool expects_response = true;
  bool twice = false;  ///< the same call again at once, with the same id
};

/// How the agents' side behaves; `agents` entries start from `agent`.
struct AgentRule {
  AgentMode mode = AgentMode::Speech;
  int turns = 2;                            ///< answers of the callee after which the agent says goodbye
  int signed_url_status = 200;              ///< anything else: that error
  int handshake_status = 101;               ///< anything else: the WebSocket is refused with it
  std::optional<milliseconds> close_after;  ///< the server drops the conversation so long after its start
  int close_code = 1011;                    ///< 1006: the TCP connection is cut
  std::optional<milliseconds> mute_after;   ///< from then on nothing comes, no ping either; the connection stays
  std::string close_error;                  ///< error_type of an error event before it
  std::string metadata_format;              ///< announces (and speaks, if it is a known one) this instead of its own
  bool cut_in_frame = false;                ///< with close_code 1006: in the middle of a message
  bool odd_chunks = false;                  ///< each event's audio comes in two, cut in the middle of a PCM sample
  int interruption_offset = 0;              ///< added to the event id of each interruption
  int times = 0;                            ///< the faults above hit only the first so many conversations; 0: all
  milliseconds ready_after{0};              ///< from the start message to the metadata
  milliseconds first_audio{150};            ///< from the metadata to the first audio
  int chunk_ms = 1000;                      ///< audio per event: the first; later ones are 2.4 times as long
  milliseconds first_message{0};            ///< how much of the first message is spoken; 0: all of it
  std::vector<ToolCue> tools;
  std::string tier = "enterprise";  ///< of the account's subscription
  int subscription_status = 200;    ///< anything else: the key may not read it
  int speech_status = 200;          ///< of text-to-speech; anything else: that error
  milliseconds speech_delay{0};
};

struct CarrierRule {
  milliseconds list_lag{0};          ///< from acceptance until lists show a call
  milliseconds recording_lag{0};     ///< from the recording callback until its media is there
  milliseconds answer_delay{0};      ///< every create answer comes so late
  double calls_per_second = 0;       ///< calls above it are queued; 0: no limit
  int max_concurrent = 0;            ///< creates above it get 10004; 0: no limit
  milliseconds stream_delay{0};      ///< from the TwiML to the media stream's handshake
  bool action_after_hangup = false;  ///< whether the Connect action is requested when the callee has hung up
};

struct Scenario {
  std::uint64_t seed = 1;
  std::map<Persona, int> mix;  ///< weights
  NumberRule fallback;
  std::map<std::string, NumberRule, std::less<>> numbers;
  AgentRule agent;
  std::map<std::string, AgentRule, std::less<>> agents;
  CarrierRule carrier;

  Scenario();  ///< the mix of an ordinary working day
  const NumberRule& rule(std::string_view number) const;
  const AgentRule& agent_rule(std::string_view agent_id) const;
};

/// InvalidInput lists everything that is wrong, with paths.
Result<Scenario> parse_scenario(const Json& json);
Result<Scenario> read_scenario(const std::string& path);

/// One call as it will go, drawn from the scenario: the same for the same seed, number and count.
struct Plan {
  Persona persona = Persona::Answers;
  milliseconds ring{0};
  milliseconds talk{0};
  int turns = 2;
  int sip_code = 200;
  std::string digits, answered_by;
  milliseconds verdict_after{0};
  bool let_through = true;    ///< by the screener
  std::uint64_t variety = 0;  ///< for small choices inside a persona
};
Plan plan_call(const Scenario& scenario, const std::string& number, int nth);

}  // namespace otto::sandbox
