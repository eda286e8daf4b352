// One call's media stream: the WebSocket that Twilio opened, as a ports::MediaLink.
#pragma once

#include <memory>
#include <string>

#include "otto/net/websocket.hpp"
#include "otto/ports/line.hpp"
#include "otto/rt/time.hpp"
#include "otto/twilio/media_messages.hpp"

namespace otto::twilio {

struct MediaOptions {
  std::string account_sid;              ///< a stream of any other account is refused
  milliseconds start_deadline{10'000};  ///< for "connected" and "start" together
  milliseconds silence_limit{10'000};   ///< Twilio sends a frame every 20 ms, silence included: a gap is a dead link

  MediaOptions() = default;
};

struct AcceptedMedia {
  std::unique_ptr<ports::MediaLink> link;  ///< its close() must be awaited before it is destroyed
  MediaStart start;                        ///< the callSid, the streamSid and the TwiML's parameters

  AcceptedMedia(std::unique_ptr<ports::MediaLink> l, MediaStart s) : link{std::move(l)}, start{std::move(s)} {}
};

/// Waits for the stream's start. On any error the socket has been closed. TimedOut, Forbidden (another account),
/// Protocol (something else than 8 kHz µ-law, or no start), Closed, ConnectionLost. `loop` and `timers` must outlive
/// the link.
///
/// Bounds of the link: 10 s of media to be written, beyond which send_audio() answers false and the drop is counted;
/// 256 control messages, beyond which the socket is aborted. clear() empties the media queue first.
Task<Result<AcceptedMedia>> accept_media(Loop& loop, rt::Timers& timers, std::unique_ptr<net::WebSocket> socket,
                                         MediaOptions options);

}  // namespace otto::twilio
