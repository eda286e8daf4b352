// The carrier's requests to its customer: signed, retried as the URL's fragment says, lost, doubled and delayed as the
// scenario says, and each of them in the log with its answer.
#pragma once

#include <optional>
#include <string>

#include "otto/net/message.hpp"
#include "otto/sandbox/call_record.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

class Webhooks {
 public:
  explicit Webhooks(World& world) : world_{world} {}

  /// Starts a delivery and does not wait for it: deliveries may overtake each other, as the carrier's do.
  void send(std::shared_ptr<CallRecord> call, std::string event, Target target, FormFields fields);
  /// One request whose answer matters (TwiML). nullopt when nothing usable came after all tries; the log says why.
  Task<std::optional<net::Response>> ask(std::shared_ptr<CallRecord> call, std::string event, Target target,
                                         FormFields fields);

 private:
  struct Delivery {
    std::shared_ptr<CallRecord> call;
    std::string event;
    Target target;
    FormFields fields;
    std::string token;
    bool bad_signature = false;
    Delivery() = default;
  };
  Task<void> deliver(Delivery delivery, milliseconds delay);
  Task<std::optional<net::Response>> attempt_all(Delivery& delivery);
  void judge(const Delivery& delivery, const net::Response& response);
  World& world_;
  std::uint64_t count_ = 0;
};

}  // namespace otto::sandbox
