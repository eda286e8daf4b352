#include "otto/call/calls.hpp"

#include <algorithm>
#include <utility>

#include "otto/base/log.hpp"

#include "call.hpp"

namespace otto::call {

namespace {
constexpr milliseconds kTick{20};  // the line's frame
Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }
}  // namespace

Calls::Calls(Loop& loop, rt::Timers& timers, ports::Line& line, ports::Agent& agent, Recorder recorder,
             CallOptions options, ToolDoors tools)
    : deps_{new CallDeps{loop, timers, line, agent, std::move(recorder), std::move(options), std::move(tools),
                         nullptr}},
      idle_{loop},
      group_{loop, "calls"} {
  idle_.set();
  if (auto* speech = deps_->options.voicemail.speech)
    deps_->speeches = std::make_unique<SpeechCache>(loop, *speech, SpeechCache::Options{});
}

Calls::~Calls() = default;

std::shared_ptr<Call> Calls::find(const AttemptId& attempt) const {
  const auto found = calls_.find(attempt);
  return found == calls_.end() || found->second->is_over() ? nullptr : found->second;
}

std::shared_ptr<Call> Calls::adopt(ports::AttemptContext context) {
  if (!accepting_ || owned_ >= deps_->options.max_calls) {
    log::warn("call.declined", {{"attempt", context.attempt.value}, {"calls", std::uint64_t{owned_}}});
    return nullptr;
  }
  // Shared by the registry, own() and serve(): the last of them to let go is not known beforehand.
  auto call = std::make_shared<Call>(*deps_, std::move(context));
  calls_.insert_or_assign(call->attempt(), call);
  if (owned_++ == 0) idle_.clear();
  Seat& seat = free_seat();
  seat = Seat{SteadyPoint::min(), call.get()};
  call->take_seat(&seat.look);
  group_.spawn("call", own(call, seat));
  if (!std::exchange(is_ticking_, true)) group_.spawn("wheel", turn_wheel());
  return call;
}

Task<void> Calls::turn_wheel() {
  auto& timers = deps_->timers;
  auto next = timers.steady();
  while (owned_ > 0 && !group_.stopping()) {
    // A late turn is not made up for by a burst of turns: the playouts catch up by themselves.
    next = std::max(next + kTick, timers.steady());
    co_await timers.sleep_until(next);
    const auto now = timers.steady();
    for (const Seat& seat : seats_)
      if (seat.look <= now) seat.call->tick(now);
  }
  is_ticking_ = false;
}

Calls::Seat& Calls::free_seat() {
  if (empty_.empty()) return seats_.emplace_back();
  Seat* const seat = empty_.back();
  empty_.pop_back();
  return *seat;
}

Task<void> Calls::own(std::shared_ptr<Call> call, Seat& seat) {
  co_await call->run();
  call->take_seat(nullptr);
  seat = Seat{};
  empty_.push_back(&seat);
  // A new stream of the same attempt may have taken the place already.
  if (const auto found = calls_.find(call->attempt()); found != calls_.end() && found->second == call)
    calls_.erase(found);
  if (--owned_ == 0) idle_.set();
}

void Calls::expect(ports::AttemptContext context) {
  if (find(context.attempt)) return;
  if (const auto call = adopt(std::move(context))) call->expect();
}

void Calls::drop(const AttemptId& attempt) {
  const auto call = find(attempt);
  if (call && call->phase() == Call::Phase::Expected) call->end(EndReason::NotAnswered);
}

void Calls::leave(const AttemptId& attempt, int streams) {
  const auto call = find(attempt);
  if (!call || call->context().call.streams >= streams) return;
  if (call->is_streamed()) return call->end(EndReason::HandedOver);
  call->end(call->phase() == Call::Phase::Expected ? EndReason::NotAnswered : EndReason::NoStream);
}

bool Calls::answered(ports::AttemptContext context) {
  auto call = find(context.attempt);
  if (!call) call = adopt(context);
  if (!call) return false;
  call->answer(context);
  return true;
}

Task<Result<SpeechClip>> Calls::voicemail(ports::AttemptContext context) {
  if (!deps_->speeches || !wants_agent_voice(context.settings))
    co_return Error{Errc::NotFound, "This call has no message in the agent's voice."};
  auto clip = co_await deps_->speeches->get(deps_->agent_of(context), voicemail_text(context));
  co_return clip;
}

bool Calls::known(const AttemptId& attempt) const { return calls_.contains(attempt); }

bool Calls::streamed(const AttemptId& attempt) const {
  const auto found = calls_.find(attempt);
  return found != calls_.end() && found->second->is_streamed();
}

bool Calls::carries(const AttemptId& attempt) const {
  const auto call = find(attempt);
  return call && (call->phase() == Call::Phase::Answered || call->phase() == Call::Phase::Live);
}

bool Calls::is_talking(const AttemptId& attempt) const {
  const auto call = find(attempt);
  return call && call->phase() != Call::Phase::Expected;
}

std::vector<AttemptId> Calls::talking() const {
  std::vector<AttemptId> attempts;
  for (const auto& [attempt, call] : calls_)
    if (!call->is_over() && call->phase() != Call::Phase::Expected) attempts.push_back(attempt);
  return attempts;
}

std::optional<ports::AttemptContext> Calls::context(const AttemptId& attempt) const {
  const auto call = find(attempt);
  return call ? std::optional{call->context()} : std::nullopt;
}

Task<void> Calls::serve(AttemptId attempt, std::unique_ptr<ports::MediaLink> link) {
  const auto call = find(attempt);
  if (!call || !call->attach(link)) {
    log::warn("call.stream_refused", {{"attempt", attempt.value}, {"known", call != nullptr}});
    co_await link->close();
    co_return;
  }
  // Cancelled: the server goes down under us. The call tidies up by itself, in the registry's care.
  if (!co_await call->finished().wait()) call->end(EndReason::HandedOver);
}

bool Calls::on_machine(const AttemptId& attempt, AnsweredBy verdict) {
  const auto call = find(attempt);
  if (call) call->machine(verdict);
  return call != nullptr;
}

bool Calls::hang_up(const AttemptId& attempt, std::string reason) {
  const auto call = find(attempt);
  if (call) call->end(EndReason::HungUp, std::move(reason));
  return call != nullptr;
}

std::size_t Calls::hang_up_all(const CampaignId& campaign) {
  std::size_t hung_up = 0;
  for (const auto& [attempt, call] : calls_) {
    if (call->campaign() != campaign || call->is_over()) continue;
    const bool is_expected = call->phase() == Call::Phase::Expected;
    call->end(is_expected ? EndReason::NotAnswered : EndReason::HungUp, is_expected ? "" : "campaign_stopped");
    if (!is_expected) ++hung_up;
  }
  return hung_up;
}

Result<void> Calls::listen(const AttemptId& attempt, Listener& listener) {
  const auto call = find(attempt);
  if (!call || !carries(attempt)) return Error{Errc::NotFound, "The call is not carried by this instance."};
  if (!call->listen(listener)) return Error{Errc::Overloaded, "Enough people listen to this call already."};
  return {};
}

void Calls::stop_listening(const AttemptId& attempt, const Listener& listener) {
  if (const auto call = find(attempt)) call->stop_listening(listener);
}

std::vector<LiveCall> Calls::live() const {
  std::vector<LiveCall> rows;
  for (const auto& [attempt, call] : calls_) {
    if (!call->is_over()) rows.push_back(call->describe());
  }
  std::ranges::sort(rows, {}, &LiveCall::since);
  return rows;
}

std::size_t Calls::size() const noexcept { return owned_; }

std::size_t Calls::active() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& entry) {
    const auto phase = entry.second->phase();
    return phase == Call::Phase::Answered || phase == Call::Phase::Live;
  }));
}

Task<void> Calls::drain(milliseconds deadline) {
  auto ended = wait_for(idle_);
  auto limit = deps_->timers.sleep_for(deadline);
  co_await rt::first_of(std::move(ended), std::move(limit));
  hand_over();
  co_await group_.join();
}

void Calls::hand_over() {
  stop_accepting();
  for (const auto& [attempt, call] : calls_) {
    const bool is_expected = call->phase() == Call::Phase::Expected;
    call->end(is_expected ? EndReason::NotAnswered : EndReason::HandedOver);
  }
}

}  // namespace otto::call
