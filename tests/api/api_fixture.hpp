// The whole table of routes over fakes: requests go through the router as the server would hand them over.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/api/routes.hpp"
#include "otto/dial/dialer.hpp"
#include "otto/net/router.hpp"
#include "otto/twilio/signature.hpp"

#include "tests/api/documented.hpp"
#include "tests/dial/scripted_line.hpp"
#include "tests/fakes/fake_audit.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_people.hpp"
#include "tests/fakes/fake_sessions.hpp"
#include "tests/fakes/fake_speech.hpp"
#include "tests/fakes/fake_store.hpp"
#include "tests/fakes/fake_views.hpp"

namespace otto::api {

class FakeSheet final : public ports::Sheet {
 public:
  Result<ports::SheetTable> table = Error{Errc::NotFound, "There is no such sheet."};
  std::vector<ports::SheetSource> asked;
  Task<Result<ports::SheetTable>> read(ports::SheetSource source) override {
    asked.push_back(std::move(source));
    co_return table;
  }
  Task<Result<std::string>> check() override { co_return std::string{"ok"}; }
};

class FakeRecordings final : public ports::Recordings {
 public:
  std::string sound = "0123456789";
  std::optional<Error> failure;
  std::vector<ports::SoundAsk> asks;
  Task<Result<ports::SoundPart>> fetch(ports::SoundAsk ask) override {
    asks.push_back(ask);
    if (failure) co_return *failure;
    if (ask.from >= sound.size()) co_return Error{Errc::InvalidInput, "behind its end"};
    ports::SoundPart part;
    part.bytes = sound.substr(static_cast<std::size_t>(ask.from), static_cast<std::size_t>(ask.count));
    part.type = "audio/mpeg";
    part.total = sound.size();
    co_return part;
  }
  Task<Result<void>> remove(std::string) override { co_return Result<void>{}; }
};

struct ApiTest : testing::Test {
  static constexpr const char* kKey = "key-0123456789abcdef";
  static constexpr const char* kViewKey = "view-0123456789abcdef";
  static constexpr const char* kPassword = "correct horse";
  static constexpr const char* kViewPassword = "battery staple";
  static constexpr crypto::StretchCost kCheap{4, 8, 1};  ///< what the real one costs, no test has to wait for
  static constexpr const char* kToken = "12345678901234567890123456789012";
  static constexpr const char* kAccount = "AC00000000000000000000000000000001";

  Loop loop{1};
  rt::VirtualTimers timers{loop, *parse_iso8601("2027-01-15T18:00:00Z")};
  Config config = make_config();
  fakes::FakeStore fake;
  ports::Store store = fake.store();
  FakeSheet sheet;
  fakes::ScriptedLine line{timers};
  fakes::NoAgent agent;
  fakes::FakeJournal journal;
  dial::Recorder recorder{{loop, timers, fake, line, journal}};
  test::FakeSpeech speech{timers};
  call::Calls calls{loop, timers, line, agent, call::Recorder{drop_facts, drop_turns, {}, {}}, call_options()};
  dial::Dialer dialer{{timers, fake, line, recorder, nullptr}};
  campaign::Engine engine{{loop, timers, store, dialer, agent, InstanceId{"i"}}, engine_options()};
  ops::Health health{loop, timers};
  StreamTokens tokens{"stream-secret"};
  fakes::FakeSessions sessions;
  fakes::FakeAudit audit;
  fakes::FakePeople people;
  boost::asio::thread_pool workers{1};
  Doors doors{config, timers, sessions, audit, workers, kCheap};
  fakes::FakeViews views;
  LiveFeed feed{{loop, timers, views, doors, [](const AttemptId&) { return false; }}, LiveFeed::Options{}};
  FakeRecordings recordings;
  bool draining = false;
  Deps deps{config,      loop,   timers, store, sheet,  line,  agent, recorder,   calls,   engine,
            health,      tokens, doors,  audit, people, views, feed,  recordings, workers, [this] { return draining; },
            timers.now()};
  net::Router router{make_routes(deps)};
  rt::Group group{loop, "test"};

  static Config make_config() {
    Config config;
    config.base_url = "https://calls.example.com";
    config.api_keys = {kKey};
    config.view_api_keys = {kViewKey};
    config.dashboard_password = kPassword;
    config.dashboard_view_password = kViewPassword;
    config.twilio_account_sid = kAccount;
    config.twilio_auth_tokens = {kToken};
    config.twilio_outbound_numbers = {"+14155550199"};
    config.twilio_api_base_url = "https://api.twilio.com";
    return config;
  }
  call::CallOptions call_options() {
    call::CallOptions options;
    options.voicemail.speech = &speech;
    return options;
  }
  static campaign::Engine::Options engine_options() {
    campaign::Engine::Options options;
    options.callers = {"+14155550199"};
    return options;
  }
  static Task<void> drop_facts(AttemptId, std::vector<Fact>) { co_return; }
  static Task<void> drop_turns(AttemptId, std::vector<ports::Turn>, bool) { co_return; }

  net::Response send(net::Request request) { return ask(router, std::move(request)); }
  /// Every answer is held to the API's description.
  net::Response ask(net::HttpHandler& handler, net::Request request) {
    static const Json document = *parse_json(openapi_json());
    test::AnswerSeen seen{request.method, request.path, 0, {}, {}};
    net::Response answer = serve(handler, std::move(request));
    seen.status = answer.status;
    seen.content_type = answer.headers.get("Content-Type");
    seen.body = answer.body;
    EXPECT_THAT(test::undocumented(document, seen), testing::IsEmpty());
    return answer;
  }
  net::Response serve(net::HttpHandler& handler, net::Request request) {
    if (auto refused = handler.refuse(request)) return *refused;  // the server asks with the head alone
    net::Response answer;
    bool done = false;
    group.spawn("request", [](net::HttpHandler& h, net::Request r, net::Response& a, bool& d) -> Task<void> {
      a = co_await h.handle(std::move(r));
      d = true;
    }(handler, std::move(request), answer, done));
    // Workers answer from their own thread, so the loop is run until the request is through.
    while (!done) {
      if (loop.stopped()) loop.restart();
      loop.run_one();
    }
    return answer;
  }
  static net::Request make(std::string method, std::string target, std::string body = {}) {
    net::Request request;
    request.method = std::move(method);
    request.target = target;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.body = std::move(body);
    return request;
  }
  net::Response api(std::string method, std::string target, const Json& body = nullptr) {
    auto request = make(std::move(method), std::move(target), body.is_null() ? "" : body.dump());
    request.headers.add("X-API-Key", kKey);
    if (!body.is_null()) request.headers.add("Content-Type", "application/json");
    return send(std::move(request));
  }
  net::Response twilio(const std::string& target, const FormFields& form) {
    auto request = make("POST", target, format_form(form));
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("X-Twilio-Signature",
                        twilio::compute_signature(kToken, "https://calls.example.com" + target, form));
    return send(std::move(request));
  }
  static Json json_of(const net::Response& response) { return *parse_json(response.body); }
  static std::string message_of(const net::Response& response) { return json_of(response)["error"]["message"]; }

  void TearDown() override {
    group.spawn("stop", recorder.stop());
    group.spawn("drain", calls.drain(milliseconds{0}));
    timers.advance(minutes{5});
    workers.join();
    EXPECT_EQ(group.size(), 0u);
  }
};

}  // namespace otto::api
