// One call from acceptance to its end: queue, ring, answer, TwiML, media, detector, recording, and the webhooks that
// tell about each.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "otto/rt/mailbox.hpp"
#include "otto/sandbox/phone_line.hpp"
#include "otto/sandbox/twiml.hpp"
#include "otto/sandbox/webhooks.hpp"

namespace otto::sandbox {

/// What the REST API or the sandbox's control asks of a running call.
struct Order {
  enum class Kind : std::uint8_t { HangUp, RunTwiml, RunUrl };
  Kind kind = Kind::HangUp;
  std::string text;  ///< the document or its URL
  std::string method = "POST";
  Order() = default;
};

class PhoneCall {
 public:
  PhoneCall(World& world, Webhooks& webhooks, std::shared_ptr<CallRecord> record, std::string api_base);

  Task<void> run(milliseconds queue_wait);
  /// False when the call is over already.
  bool order(Order order);
  CallRecord& record() noexcept { return *record_; }
  std::shared_ptr<CallRecord> shared_record() const { return record_; }
  const Voice* voice() const noexcept { return line_ ? &line_->voice : nullptr; }
  /// A conversation whose start data names this call tells which one it is.
  void link_conversation(const std::string& id) { record_->conversation_id = id; }

 private:
  struct Document {
    Twiml twiml;
    std::string url;
  };
  Task<bool> ring();
  Task<void> talk();
  Task<std::optional<Document>> first_document();
  Task<std::optional<Document>> fetch_document(Target target, std::string event, FormFields extra = {});
  Task<std::optional<Document>> run_document(Document document);
  Task<std::optional<Document>> run_connect(const Verb& verb, bool& done);
  Task<std::optional<Document>> after_stream(const Verb& verb, bool& done);
  Task<std::optional<Document>> run_dial(const Verb& verb, bool& done);
  Task<std::optional<Document>> take_order();
  std::optional<Document> read_document(const net::Response& response, const std::string& url);
  Document make_document(const std::string& body, const std::string& url);
  Task<void> say(const std::string& text, int loop);
  Task<void> play(const Verb& verb);
  /// Ticks until `ms` of line time have passed or something interrupts.
  Task<void> run_line(std::int64_t ms);
  void work_line();  ///< ticks that are due, detector
  bool interrupted();
  void enter(const std::string& status, const std::string& event);
  void end(const std::string& status, const std::string& ended_by);
  void finish_recording();
  Task<void> tell_recording();
  void tell_amd();

  World& world_;
  Webhooks& webhooks_;
  std::shared_ptr<CallRecord> record_;
  std::string api_base_;
  rt::Mailbox<Order> orders_;
  std::unique_ptr<PhoneLine> line_;
  Verdict verdict_;
  bool verdict_told_ = false;
  std::string ended_by_ = "document";
};

}  // namespace otto::sandbox
