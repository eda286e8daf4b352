// One claimed attempt to its call: wait for its place in the rate schedule, ARM, SEND, READ. The attempt's INTENT row
// exists already; SENDING is committed before the first byte leaves; an answer that proves nothing makes the attempt
// unknown, never a second request (docs/architecture.md, "Dialing").
#pragma once

#include <functional>
#include <string>

#include "otto/dial/recorder.hpp"
#include "otto/model/campaign.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/store.hpp"

namespace otto::dial {

/// What the campaign has to do about it.
struct DialEnd {
  enum class Kind : std::uint8_t {
    Sent,       ///< placed, unknown or refused for this contact: the rows tell
    Withdrawn,  ///< never sent; the contact is due again
    Halt,       ///< refused for a reason that would refuse every call: fail the campaign with `reason`
    Hold,       ///< the same, but the account is to blame: pause the campaign with `reason`
  } kind = Kind::Sent;
  std::string reason;
};

/// SENDING → deadline: the create's own limit.
inline constexpr seconds kSendDeadline{12};

class Dialer {
 public:
  struct Deps {
    rt::Timers& timers;
    ports::AttemptStore& attempts;
    ports::Line& line;
    Recorder& recorder;
    std::function<void(const ports::AttemptContext&)> dispatching;  ///< the live call gets ready, in parallel
    seconds send_deadline = kSendDeadline;                          ///< from ARM to the end of the create
  };
  explicit Dialer(Deps deps) : deps_{std::move(deps)} {}

  /// `may_dial` is asked before ARM and again right before the first byte (campaign stopped, lease lost, draining).
  Task<DialEnd> dial(ports::Claimed claimed, Campaign campaign, std::function<bool()> may_dial);

 private:
  Task<DialEnd> withdraw(const ports::Claimed& claimed, milliseconds wait, std::string reason);
  Task<DialEnd> take_back(const ports::Claimed& claimed, std::string reason);
  Task<DialEnd> settle(const ports::Claimed& claimed, ports::PlaceResult result);
  Deps deps_;
};

/// How long the line rings before it gives up; at least 15 s and 4 rings are demanded of telemarketers (TSR).
inline constexpr seconds kRingTimeout{30};
/// Unsent tries of one attempt before the contact waits a while.
inline constexpr int kMaxUnsentTries = 6;

}  // namespace otto::dial
