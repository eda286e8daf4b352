// TwiML documents, written by construction: what cannot be closed, escaped or kept under Twilio's limits cannot be
// said. Every document is complete, at most 64 kB, and ends with <Hangup/>, so that a call whose stream has ended
// never waits on a dead line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otto::twilio {

inline constexpr std::size_t kMaxTwimlBytes = 64 * 1000;      ///< error 11750 above it
inline constexpr std::size_t kMaxTwimlParameterBytes = 4000;  ///< `Twiml` of a call update; error 32018 above it
inline constexpr std::size_t kMaxStreamParameterBytes = 499;  ///< a <Parameter>'s name and value together
inline constexpr std::size_t kMaxStreamParameters = 20;       ///< keeps the worst document under kMaxTwimlBytes
inline constexpr std::size_t kMaxSpokenBytes = 4096;          ///< of one <Say>

/// <Connect action><Stream url><Parameter/>…</Stream></Connect><Hangup/>
struct ConnectStream {
  std::string stream_url;                 ///< ws(s)://…, without a query: Twilio drops it
  std::string action_url;                 ///< asked for the next document when the stream has ended; empty: none
  std::string status_callback_url, name;  ///< of the stream; empty: none
  std::vector<std::pair<std::string, std::string>> parameters;  ///< arrive in the stream's start message, in order

  ConnectStream() = default;
};
/// A parameter that is too long has its value cut at a code point; those beyond kMaxStreamParameters are left out.
std::string connect_stream(const ConnectStream& what);

/// <Say> and hang up. Empty voice or language: Twilio's default. Text beyond kMaxSpokenBytes is cut.
std::string say_and_hang_up(std::string_view text, std::string_view voice = {}, std::string_view language = {});

/// <Play> and hang up.
std::string play_and_hang_up(std::string_view url);

/// <Dial callerId timeout timeLimit action><Number>, for a transfer. What `action_url` answers follows when the other
/// number was not reached or has hung up.
struct DialNumber {
  std::string number, caller_id;  ///< E.164; Twilio takes only numbers of the account, or verified ones, as caller id
  int timeout_seconds = 30, time_limit_seconds = 14'400;
  std::string action_url;
  DialNumber() = default;
};
std::string dial_number(const DialNumber& what);

std::string hang_up();

/// The document without its XML declaration, as a call update's `Twiml` carries it.
std::string_view without_declaration(std::string_view document) noexcept;

}  // namespace otto::twilio
