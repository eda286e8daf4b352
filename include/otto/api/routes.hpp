// All routes of the daemon: the one table, and what its handlers need.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "otto/api/auth.hpp"
#include "otto/api/doors.hpp"
#include "otto/api/live_feed.hpp"
#include "otto/api/static_files.hpp"
#include "otto/base/config.hpp"
#include "otto/call/calls.hpp"
#include "otto/campaign/engine.hpp"
#include "otto/dial/recorder.hpp"
#include "otto/net/router.hpp"
#include "otto/ops/health.hpp"
#include "otto/ports/agent.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/people_store.hpp"
#include "otto/ports/recordings.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/ports/store.hpp"
#include "otto/ports/views.hpp"
#include "otto/rt/offload.hpp"
#include "otto/rt/time.hpp"

namespace otto::api {

/// Everything outlives the routes.
struct Deps {
  const Config& config;
  Loop& loop;
  rt::Timers& timers;
  ports::Store& store;
  ports::Sheet& sheet;
  ports::Line& line;
  ports::Agent& agent;
  dial::Recorder& recorder;
  call::Calls& calls;
  campaign::Engine& engine;
  ops::Health& health;
  StreamTokens& tokens;
  Doors& doors;
  ports::AuditStore& audit;
  ports::PeopleStore& people;
  ports::Views& views;
  LiveFeed& feed;
  ports::Recordings& recordings;
  boost::asio::thread_pool& workers;  ///< for what would hold the loop up: long lists of numbers
  std::function<bool()> draining;
  TimePoint started_at;
  bool writes_sheets = false;          ///< what becomes of contacts goes back into their sheet
  InstanceId instance{};               ///< this daemon's, as it stands in the rows
  const StaticFiles* files = nullptr;  ///< the dashboard's page; null: none is served

  /// A route behind the doors whose `handler` takes (const Deps&, net::Request); `needed` as Doors::route's.
  template <class Handler>
  net::Route route(std::string method, std::string pattern, Handler handler, std::optional<Role> needed = {}) const {
    const auto handle = [this, handler](net::Request request) { return handler(*this, std::move(request)); };
    return doors.route(std::move(method), std::move(pattern), handle, needed);
  }
};

std::vector<net::Route> make_routes(const Deps& deps);

// The groups that make_routes() puts together.
std::vector<net::Route> n8n_routes(const Deps& deps);
std::vector<net::Route> campaign_routes(const Deps& deps);
std::vector<net::Route> do_not_call_routes(const Deps& deps);
std::vector<net::Route> twilio_routes(const Deps& deps);
std::vector<net::Route> elevenlabs_routes(const Deps& deps);
std::vector<net::Route> webhook_routes(const Deps& deps);
std::vector<net::Route> ops_routes(const Deps& deps);
std::vector<net::Route> session_routes(const Deps& deps);
std::vector<net::Route> view_routes(const Deps& deps);
std::vector<net::Route> live_routes(const Deps& deps);
std::vector<net::Route> audit_routes(const Deps& deps);
std::vector<net::Route> person_routes(const Deps& deps);
std::vector<net::Route> page_routes(const StaticFiles& files);

/// The OpenAPI 3.1 document, embedded at build time.
std::string_view openapi_json();
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace otto::api
