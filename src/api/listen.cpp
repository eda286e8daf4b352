#include "api/listen.hpp"

#include "otto/api/audit.hpp"
#include "otto/base/log.hpp"

namespace otto::api {

namespace {

constexpr milliseconds kRecheck{60'000};
constexpr std::string_view kEnd = R"({"event":"end"})";
constexpr std::uint16_t kNormal = 1000, kPolicy = 1008;

class Ear final : public call::Listener, private net::WsListener {
 public:
  Ear(Loop& loop, std::unique_ptr<net::WebSocket> socket) : bell_{loop, 1}, socket_{std::move(socket)} {
    socket_->listen(*this);
  }

  void on_sound(call::Side side, std::span<const std::uint8_t> ulaw) override {
    frame_.assign(1, side == call::Side::Agent ? '\1' : '\0');
    frame_.append(reinterpret_cast<const char*>(ulaw.data()), ulaw.size());
    if (!socket_->try_write_binary(frame_)) lost_ += ulaw.size();
  }
  void on_over() override {
    is_over_ = true;
    bell_.close();
  }

  /// Until the call, the listener or the session ends.
  Task<void> run(const Doors& doors, const Caller& caller) {
    while (!bell_.closed()) {
      co_await bell_.pop(kRecheck);
      if (!doors.is_still_good(caller)) break;
    }
    if (is_over_) {
      const auto told = co_await socket_->write(kEnd);
      if (!told) log::debug("listen.end_not_told", {{"error", told.error().detail}});
    }
    co_await socket_->close(is_over_ ? kNormal : kPolicy, "");
  }
  std::size_t lost() const noexcept { return lost_; }

 private:
  /// There is nothing to say here.
  void on_message(const net::WsMessage&) override { bell_.close(); }
  void on_end(const Error&) override { bell_.close(); }

  rt::Mailbox<int> bell_;
  std::string frame_;
  std::size_t lost_ = 0;
  bool is_over_ = false;
  std::unique_ptr<net::WebSocket> socket_;  ///< ends first: it tells of its end
};

Task<void> serve(const Deps& deps, AttemptId attempt, Caller caller, ports::AuditEntry entry,
                 std::unique_ptr<net::WebSocket> socket) {
  Ear ear{deps.loop, std::move(socket)};
  struct Seat {
    const Deps& deps;
    const AttemptId& attempt;
    Ear& ear;
    ~Seat() { deps.calls.stop_listening(attempt, ear); }
  };
  const Seat seat{deps, attempt, ear};
  // It was there when the handshake was granted; if it has ended since, that is what there is to tell.
  if (!deps.calls.listen(attempt, ear)) ear.on_over();
  log::info("listen.begin", {{"attempt", attempt.value}, {"who", caller.who}});
  entry.who = caller.who;
  co_await deps.doors.note(std::move(entry));
  co_await ear.run(deps.doors, caller);
  log::info("listen.end", {{"attempt", attempt.value}, {"who", caller.who}, {"lost_bytes", std::uint64_t{ear.lost()}}});
}

/// Takes no place: it only asks whether there is one.
class Nobody final : public call::Listener {
  void on_sound(call::Side, std::span<const std::uint8_t>) override {}
  void on_over() override {}
};

Task<net::HttpHandler::Upgrade> listen(const Deps& deps, net::Request request) {
  net::HttpHandler::Upgrade upgrade;
  auto entered = co_await deps.doors.admit(request, Role::View);
  if (auto* refused = std::get_if<net::Response>(&entered)) {
    upgrade.refuse = std::move(*refused);
    co_return upgrade;
  }
  const auto found = co_await deps.views.call(std::string{request.param("call")});
  if (!found) {
    upgrade.refuse = net::error_response(found.error());
    co_return upgrade;
  }
  const ports::CallLine& line = found->line;
  if (!line.attempt || line.cost_micros) {
    upgrade.refuse = net::error_response(409, "call_ended", "The call has ended.");
    co_return upgrade;
  }
  Nobody nobody;
  const auto place = deps.calls.listen(*line.attempt, nobody);
  deps.calls.stop_listening(*line.attempt, nobody);
  if (!place && place.error().code == Errc::NotFound) {
    upgrade.refuse = net::error_response(
        409, "elsewhere", "Nothing is to be heard of this call here: it rings, or another instance carries it.");
  } else if (!place) {
    upgrade.refuse = net::error_response(place.error());
  } else {
    upgrade.limits.max_message = 1024;
    ports::AuditEntry entry;
    entry.peer = request.peer;
    entry.action = kListenedIn;
    entry.target = line.id;
    entry.status = 101;
    upgrade.serve = [&deps, attempt = *line.attempt, caller = std::get<Caller>(entered),
                     entry](std::unique_ptr<net::WebSocket> socket) {
      return serve(deps, attempt, caller, entry, std::move(socket));
    };
  }
  co_return upgrade;
}

}  // namespace

net::Route listen_route(const Deps& deps) {
  net::Route route;
  route.method = "GET";
  route.pattern = "/api/calls/:call/listen";
  route.guard = "api_key_or_view";
  route.check = deps.doors.guard(Role::View);
  route.upgrade = [&deps](net::Request request) { return listen(deps, std::move(request)); };
  return route;
}

}  // namespace otto::api
