#include "otto/sandbox/phone_call.hpp"

#include <algorithm>

namespace otto::sandbox {
namespace {

constexpr milliseconds kDialing{150};  // from the start to the network's first word
constexpr milliseconds kBusyAfter{800};
constexpr milliseconds kFailAfter{400};
constexpr milliseconds kRecordingAfter{1500};
constexpr int kDocuments = 20;  // redirects and actions of one call

}  // namespace

PhoneCall::PhoneCall(World& world, Webhooks& webhooks, std::shared_ptr<CallRecord> record, std::string api_base)
    : world_{world},
      webhooks_{webhooks},
      record_{std::move(record)},
      api_base_{std::move(api_base)},
      orders_{world.loop, 64} {}

bool PhoneCall::order(Order order) { return !record_->over() && orders_.push(std::move(order)); }

void PhoneCall::enter(const std::string& status, const std::string& event) {
  const auto now = world_.timers.now();
  record_->history.push_back(StatusEvent{status, now});
  if (status != "initiated") record_->status = status;
  Json line = Json::object();
  line["call"] = record_->sid;
  line["to"] = record_->request.to;
  line["status"] = status;
  line["persona"] = to_string(record_->plan.persona);
  world_.ledger.note("call", std::move(line));
  if (!record_->request.wants(event)) return;
  webhooks_.send(record_, "status." + status, record_->request.status, status_fields(*record_, status, now));
  ++record_->sequence;
}

void PhoneCall::end(const std::string& status, const std::string& ended_by) {
  const auto now = world_.timers.now();
  record_->ended = now;
  record_->ended_by = ended_by;
  if (record_->answered)
    record_->duration_s = static_cast<int>(std::chrono::round<seconds>(now - *record_->answered).count());
  record_->sip_code = status == "completed" ? 200 : status == "canceled" ? 487 : record_->plan.sip_code;
  if (line_) line_->report();
  finish_recording();
  orders_.close();
  enter(status, "completed");
}

void PhoneCall::finish_recording() {
  if (record_->recording_sid.empty()) return;
  record_->recording_s = std::max(record_->duration_s, 1);
  record_->recording_status = "completed";
}

Task<void> PhoneCall::tell_recording() {
  if (record_->recording_sid.empty()) co_return;
  co_await world_.wait(kRecordingAfter);
  const auto& events = record_->request.recording_events;
  if (std::find(events.begin(), events.end(), record_->recording_status) == events.end()) co_return;
  webhooks_.send(record_, "recording", record_->request.recording, recording_fields(*record_, api_base_));
}

Task<void> PhoneCall::run(milliseconds queue_wait) {
  if (queue_wait.count() > 0) {
    const auto withdrawn = co_await orders_.pop(queue_wait);
    if (withdrawn) {
      end("canceled", "api");
      co_return;
    }
  }
  record_->started = world_.timers.now();
  enter("initiated", "initiated");
  const bool answered = co_await ring();
  if (!answered) co_return;
  co_await talk();
  end("completed", ended_by_);
  co_await tell_recording();
}

/// True when somebody picked up; otherwise the call has ended.
Task<bool> PhoneCall::ring() {
  const auto persona = record_->plan.persona;
  const milliseconds timeout = seconds{record_->request.ring_timeout_s};
  std::string status;
  milliseconds wait = std::min(record_->plan.ring, timeout);
  if (record_->plan.ring > timeout) status = "no-answer";
  if (persona == Persona::Failed) status = "failed", wait = kFailAfter;
  if (persona == Persona::Busy) status = "busy", wait = kBusyAfter;
  if (persona == Persona::NoAnswer) status = "no-answer", wait = timeout;
  auto order = co_await orders_.pop(world_.scaled(kDialing));
  if (!order && persona != Persona::Failed && persona != Persona::Busy) enter("ringing", "ringing");
  if (!order) order = co_await orders_.pop(world_.scaled(wait));
  if (order) {
    end("canceled", "api");
    co_return false;
  }
  if (!status.empty()) {
    end(status, "network");
    co_return false;
  }
  co_return true;
}

bool PhoneCall::interrupted() {
  if (line_->voice.hung_up()) {
    ended_by_ = "callee";
    return true;
  }
  if (line_->ms() >= std::int64_t{record_->request.time_limit_s} * 1000) {
    ended_by_ = "time-limit";
    return true;
  }
  return !orders_.empty() || world_.tasks.stopping();
}

void PhoneCall::tell_amd() {
  verdict_told_ = true;
  if (verdict_.answered_by.empty()) return;
  record_->answered_by = verdict_.answered_by;
  record_->detection_ms = verdict_.after_ms;
  if (record_->request.async_amd) webhooks_.send(record_, "amd", record_->request.amd, amd_fields(*record_));
}

void PhoneCall::work_line() {
  if (record_->request.detect_machine && !verdict_told_ && line_->ms() >= verdict_.after_ms) tell_amd();
}

Task<void> PhoneCall::run_line(std::int64_t ms) {
  const auto until = line_->ms() + ms;
  while (line_->ms() < until && !interrupted()) {
    while (line_->due() > 0 && line_->ms() < until) {
      line_->tick();
      work_line();
    }
    if (line_->ms() < until) co_await line_->until_next_tick();
  }
}

Task<void> PhoneCall::talk() {
  record_->answered = world_.timers.now();
  line_ = std::make_unique<PhoneLine>(world_, record_);
  verdict_ = detect(record_->plan, world_.clips, record_->request.detector);
  if (record_->request.record) {
    record_->recording_sid = world_.ids.sid("RE");
    record_->recording_status = "in-progress";
  }
  enter("in-progress", "answered");
  if (record_->request.detect_machine && !record_->request.async_amd) co_await run_line(verdict_.after_ms + 20);
  auto document = co_await first_document();
  int count = 0;
  while (document && ++count <= kDocuments) {
    auto current = std::move(*document);
    document = co_await run_document(std::move(current));
  }
}

}  // namespace otto::sandbox
