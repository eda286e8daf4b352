#include "otto/api/live_feed.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <charconv>

#include "otto/base/log.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::api {

namespace {

/// An event, not a comment: a page cannot see comments, and has to notice when nothing comes any more.
constexpr std::string_view kAlive = "event: alive\ndata: 1\n\n";

constexpr std::size_t kBatch = 64 * 1024;
constexpr std::size_t kTurnsKept = 3;  // of each call: only its last ones are ever corrected

std::string new_name() { return crypto::to_hex(crypto::random_bytes(6)); }

bool is_active(const ports::CampaignLine& line) {
  return line.status == CampaignStatus::Pending || line.status == CampaignStatus::Running;
}

bool is_live(const ports::CallLine& line) {
  return line.attempt_state == "accepted" || line.attempt_state == "initiated" || line.attempt_state == "ringing" ||
         line.attempt_state == "in_progress";
}

/// A JSON array of texts that are JSON already.
template <class Items, class Text>
std::string joined(const Items& items, Text text) {
  std::string list = "[";
  for (const auto& item : items) {
    const std::string* value = text(item);
    if (value == nullptr) continue;
    if (list.size() > 1) list += ',';
    list += *value;
  }
  return list + "]";
}

}  // namespace

std::string sse_frame(std::string_view event, std::string_view id, std::string_view data) {
  std::string frame = "event: ";
  return frame.append(event).append("\nid: ").append(id).append("\ndata: ").append(data).append("\n\n");
}

void EventRing::push(std::string_view event, std::string_view data) {
  frames_.push_back(sse_frame(event, id_at(last() + 1), data));
  if (frames_.size() <= bound_) return;
  frames_.pop_front();
  ++first_;
}

std::optional<std::uint64_t> EventRing::position_of(std::string_view id) const {
  if (!id.starts_with(name_) || id.size() <= name_.size() || id[name_.size()] != '-') return std::nullopt;
  const auto text = id.substr(name_.size() + 1);
  std::uint64_t position = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (position < first_ || position > last()) return std::nullopt;
  return position;
}

std::string EventRing::read(std::uint64_t& position, std::size_t max_bytes) const {
  std::string text;
  while (position < last() && (text.empty() || text.size() < max_bytes))
    text += frames_[static_cast<std::size_t>(position++ - first_)];
  return text;
}

LiveFeed::LiveFeed(Deps deps, Options options)
    : deps_{std::move(deps)}, options_{options}, ring_{new_name(), options.ring}, wanted_{deps_.loop} {}

Task<void> LiveFeed::run() {
  for (;;) {
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
    if (readers_.empty()) {
      wanted_.clear();
      co_await wanted_.wait();
      continue;
    }
    if (has_looked_ && deps_.timers.steady() - looked_at_ > options_.forget) forget_all();
    co_await look();
    co_await deps_.timers.sleep_for(options_.poll);
  }
}

ports::LiveAsk LiveFeed::question() const {
  ports::LiveAsk ask;
  for (const auto& [id, shown] : campaigns_) ask.campaigns.emplace_back(id);
  for (const auto& [id, call] : calls_) {
    ask.calls.push_back(id);
    if (call.attempt && !call.turns.empty()) ask.turns_known[*call.attempt] = call.turns.begin()->first - 1;
  }
  return ask;
}

Task<void> LiveFeed::look() {
  auto view = co_await deps_.views.live(question());
  if (!view) co_return;  // while the store is away readers see heartbeats, and catch up afterwards
  const bool is_first = !has_looked_;
  has_looked_ = true;
  looked_at_ = deps_.timers.steady();
  const auto before = ring_.last();
  take(*view);
  for (Reader* reader : readers_)
    if (is_first || ring_.last() > before || !reader->position) reader->bell.push(0);
}

void LiveFeed::take(const ports::LiveView& view) {
  for (const auto& line : view.campaigns) take_campaign(line);
  for (const auto& line : view.calls) take_call(line);
  for (const auto& line : view.turns) take_turn(line);
  forget_ended();
}

void LiveFeed::take_campaign(const ports::CampaignLine& line) {
  auto shown = dump_json(campaign_summary(line));
  const auto known = campaigns_.find(line.id.value);
  if (known != campaigns_.end() && known->second == shown) return;
  ring_.push("campaign", shown);
  if (is_active(line))
    campaigns_[line.id.value] = std::move(shown);
  else
    campaigns_.erase(line.id.value);
}

void LiveFeed::take_call(const ports::CallLine& line) {
  SeenCall& call = calls_[line.id];
  auto shown = dump_json(call_summary(line, deps_.is_here));
  call.attempt = line.attempt;
  if (is_live(line))
    call.ended_at.reset();
  else if (!call.ended_at)
    call.ended_at = deps_.timers.steady();
  if (call.shown == shown) return;
  ring_.push("call", shown);
  call.shown = std::move(shown);
}

void LiveFeed::take_turn(const ports::TurnLine& line) {
  const auto call = calls_.find(line.call_id);
  if (call == calls_.end()) return;
  auto shown = dump_json(turn_event(line));
  std::string& known = call->second.turns[line.turn.number];
  if (known == shown) return;
  ring_.push("turn", shown);
  known = std::move(shown);
  while (call->second.turns.size() > kTurnsKept) call->second.turns.erase(call->second.turns.begin());
}

void LiveFeed::forget_ended() {
  const auto now = deps_.timers.steady();
  std::erase_if(calls_, [&](const auto& entry) {
    return entry.second.ended_at && now - *entry.second.ended_at > options_.linger;
  });
}

void LiveFeed::forget_all() {
  ring_ = EventRing{new_name(), options_.ring};
  campaigns_.clear();
  calls_.clear();
  has_looked_ = false;
  for (Reader* reader : readers_) reader->position.reset();
}

std::string LiveFeed::snapshot() const {
  const auto campaigns = joined(campaigns_, [](const auto& entry) { return &entry.second; });
  const auto calls =
      joined(calls_, [](const auto& entry) { return entry.second.ended_at ? nullptr : &entry.second.shown; });
  const auto data = "{\"campaigns\":" + campaigns + ",\"calls\":" + calls + "}";
  return sse_frame("snapshot", ring_.id_at(ring_.last()), data);
}

bool LiveFeed::is_known_for(milliseconds time) const {
  return has_looked_ && deps_.timers.steady() - looked_at_ <= time;
}

net::Response LiveFeed::open(const net::Request& request, Caller caller) {
  if (readers_.size() >= options_.readers)
    return net::error_response(503, "overloaded", "Too many pages follow what goes on; close one, or try again.");
  std::string last_id{request.headers.get("Last-Event-ID")};
  if (last_id.empty()) last_id = request.query_value("lastEventId").value_or("");
  net::Response response{200, "text/event-stream", ""};
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");  // nginx would keep events back
  response.stream = [this, last_id = std::move(last_id), caller = std::move(caller)](net::BodyWriter& to) {
    return serve(last_id, caller, to);
  };
  return response;
}

Task<bool> LiveFeed::serve(std::string last_id, Caller caller, net::BodyWriter& to) {
  Reader reader{deps_.loop};
  struct Place {
    LiveFeed& feed;
    std::list<Reader*>::iterator at;
    ~Place() { feed.readers_.erase(at); }
  };
  const Place place{*this, readers_.insert(readers_.end(), &reader)};
  // What the feeder shows next follows from what it has shown last, unless it is about to forget that.
  if (is_known_for(options_.forget)) reader.position = ring_.position_of(last_id);
  wanted_.set();
  if (reader.position || is_known_for(3 * options_.poll)) reader.bell.push(0);
  if (!co_await to.write("retry: 2000\n\n")) co_return false;
  auto checked_at = deps_.timers.steady();
  for (;;) {
    const auto rung = co_await reader.bell.pop(options_.heartbeat);
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return false;
    if (deps_.timers.steady() - checked_at >= options_.recheck - options_.heartbeat) {
      if (!deps_.doors.is_still_good(caller)) co_return true;
      checked_at = deps_.timers.steady();
    }
    const bool is_on = rung ? co_await write_news(reader, to) : co_await to.write(kAlive);
    if (!is_on) co_return false;
  }
}

Task<bool> LiveFeed::write_news(Reader& reader, net::BodyWriter& to) {
  if (!has_looked_) co_return true;
  if (!reader.position) {
    const auto text = snapshot();
    reader.position = ring_.last();
    if (!co_await to.write(text)) co_return false;
  }
  // Looked up anew after each piece: events come meanwhile, and everything may have been forgotten.
  while (reader.position && *reader.position < ring_.last()) {
    const auto oldest = ring_.last() - std::min<std::uint64_t>(ring_.last(), options_.behind);
    if (*reader.position < oldest) {
      log::debug("feed.reader_behind", {{"events", std::uint64_t{ring_.last() - *reader.position}}});
      co_return false;
    }
    const auto text = ring_.read(*reader.position, kBatch);
    if (!co_await to.write(text)) co_return false;
  }
  co_return true;
}

}  // namespace otto::api
