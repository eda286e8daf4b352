#include "otto/elevenlabs/rest.hpp"

#include <gmock/gmock.h>

#include "tests/elevenlabs/fake_elevenlabs.hpp"

namespace otto::elevenlabs {
namespace {

net::Response refusal(int status, std::string_view code) {
  return net::json_response(status, Json{{"detail", Json{{"status", code}, {"message", "because"}}}});
}

class RestTest : public test::LoopbackTest {
 protected:
  RestTest() { settings.limits.retry_pause = milliseconds{1}; }

  /// One signed URL against what is scripted.
  Result<std::string> fetch() {
    Result<std::string> result = Error{Errc::Internal, "not run"};
    run([&]() -> Task<void> {
      Rest rest{settings, timers};
      result = co_await rest.fetch_signed_url("agent_1");
    });
    return result;
  }
};

TEST_F(RestTest, TheSignedUrlIsAskedForWithTheKeyAndAConversationId) {
  const auto url = fetch();

  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(*url, fake.signed_url());
  ASSERT_EQ(fake.asked.size(), 1u);
  EXPECT_EQ(fake.asked[0].method, "GET");
  EXPECT_EQ(fake.asked[0].target,
            "/v1/convai/conversation/get-signed-url?agent_id=agent_1&include_conversation_id=true");
  EXPECT_EQ(fake.asked[0].headers.get("xi-api-key"), "xi-secret");
}

TEST_F(RestTest, RefusalsAreNotRepeated) {
  struct Case {
    int status;
    std::string code;
    Errc expected;
  };
  for (const auto& c :
       {Case{401, "invalid_api_key", Errc::Unauthorized}, Case{401, "quota_exceeded", Errc::ProviderRefused},
        Case{404, "document_not_found", Errc::NotFound}, Case{422, "invalid", Errc::ProviderRefused},
        Case{429, "too_many_concurrent_requests", Errc::RateLimited}}) {
    fake.asked.clear();
    fake.answers.assign(1, refusal(c.status, c.code));

    const auto url = fetch();

    ASSERT_FALSE(url.has_value());
    EXPECT_EQ(url.error().code, c.expected) << url.error().detail;
    EXPECT_EQ(fake.asked.size(), 1u) << c.code;
  }
}

TEST_F(RestTest, PassingTroubleIsTriedOnceMore) {
  for (const int status : {408, 500, 502, 503}) {
    fake.asked.clear();
    fake.answers.assign(1, refusal(status, "x"));
    EXPECT_TRUE(fetch().has_value()) << status;
    EXPECT_EQ(fake.asked.size(), 2u);
  }
  fake.asked.clear();
  fake.answers.assign(1, refusal(429, "system_busy"));
  EXPECT_TRUE(fetch().has_value());
  fake.answers = {refusal(503, "x"), refusal(500, "y")};
  const auto twice = fetch();
  ASSERT_FALSE(twice.has_value());
  EXPECT_NE(twice.error().detail.find("HTTP 500 y"), std::string::npos) << "the last answer counts";
}

TEST_F(RestTest, ARetryAfterBeyondTheDeadlineEndsIt) {
  auto busy = refusal(503, "x");
  busy.headers.set("Retry-After", "60");
  fake.answers.assign(1, busy);

  EXPECT_EQ(fetch().error().code, Errc::ProviderUnavailable);
  EXPECT_EQ(fake.asked.size(), 1u);
}

TEST_F(RestTest, AServerThatDoesNotAnswerTimesOut) {
  settings.limits.signed_url = milliseconds{50};
  fake.on_rest = [this](net::Request) -> Task<net::Response> {
    co_await timers.sleep_for(milliseconds{300});
    co_return net::Response{};
  };

  EXPECT_EQ(fetch().error().code, Errc::TimedOut);
}

TEST_F(RestTest, NobodyThereIsAConnectError) {
  Result<std::string> result = Error{Errc::Internal, "not run"};
  run([&]() -> Task<void> {
    settings.api_base_url = "http://127.0.0.1:1";
    Rest rest{settings, timers};
    result = co_await rest.fetch_signed_url("agent_1");
  });

  EXPECT_EQ(result.error().code, Errc::ConnectFailed);
}

TEST_F(RestTest, AnswersThatAreNotWhatWasAskedForAreTheProvidersFault) {
  for (const auto* body : {"", "{}", "[]", "<html>", R"({"signed_url":""})"}) {
    fake.answers.assign(1, net::Response{200, "application/json", body});
    EXPECT_EQ(fetch().error().code, Errc::ProviderUnavailable) << body;
  }
}

TEST_F(RestTest, TheKeyNeverComesBackInAnError) {
  fake.answers.assign(1, net::json_response(401, Json{{"detail", "the key xi-secret is wrong"}}));

  const auto url = fetch();

  EXPECT_EQ(url.error().detail.find("xi-secret"), std::string::npos) << url.error().detail;
}

TEST_F(RestTest, ThePlanSaysHowManyConversationsItIncludes) {
  const auto ask = [this](net::Response answer) {
    fake.answers.assign(1, std::move(answer));
    Result<int> most = 0;
    run([&]() -> Task<void> {
      const auto agent = make_agent(settings, loop, timers);
      most = co_await agent->max_conversations();
    });
    return most;
  };
  const auto plan = [](const char* tier) {
    return net::json_response(200, Json{{"tier", tier}, {"status", "active"}});
  };

  EXPECT_EQ(ask(plan("creator")).value(), 10);
  EXPECT_EQ(fake.asked.back().target, "/v1/user/subscription");
  EXPECT_EQ(ask(plan("scale_2024_08_10")).value(), 30);
  for (const char* tier : {"enterprise", "go", "trial", "Creator", "a plan to come"})
    EXPECT_EQ(ask(plan(tier)).error().code, Errc::NotFound) << tier;
  EXPECT_EQ(ask(net::json_response(200, Json{{"status", "active"}})).error().code, Errc::ProviderUnavailable);
  EXPECT_EQ(ask(refusal(401, "missing_permissions")).error().code, Errc::Unauthorized);
}

TEST_F(RestTest, AgentsAreCreatedOnceWithTheBody) {
  fake.answers = {refusal(503, "x"), net::json_response(200, Json{{"agent_id", "agent_new"}})};
  Result<std::string> first = Error{Errc::Internal, ""}, second = first;
  run([&]() -> Task<void> {
    Rest rest{settings, timers};
    first = co_await rest.create_outbound_agent(AgentSpec{});
    second = co_await rest.create_outbound_agent(AgentSpec{});
  });

  EXPECT_EQ(first.error().code, Errc::ProviderUnavailable) << "a POST is never repeated";
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(*second, "agent_new");
  ASSERT_EQ(fake.asked.size(), 2u);
  EXPECT_EQ(fake.asked[1].method, "POST");
  EXPECT_EQ(fake.asked[1].path, "/v1/convai/agents/create");
  EXPECT_EQ(Json::parse(fake.asked[1].body), make_agent_body(AgentSpec{}));
}

TEST_F(RestTest, AnAgentIsCheckedWithTheToolsThatItsIdsName) {
  auto agent_body = make_agent_body(AgentSpec{});
  Json& ids = agent_body["conversation_config"]["agent"]["prompt"]["tool_ids"] = Json::array();
  fake.answers.clear();
  for (const auto& own : call_tools()) ids.push_back("tool_" + std::string{own.name});
  fake.answers.push_back(net::json_response(200, agent_body));
  for (const auto& own : call_tools())
    fake.answers.push_back(net::json_response(200, Json{{"id", "x"}, {"tool_config", make_tool_config(own)}}));
  Result<ports::AgentCheck> check = Error{Errc::Internal, ""};
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    check = co_await agent->check("agent_1", ports::AgentNeeds{});
  });

  ASSERT_TRUE(check.has_value()) << check.error().detail;
  EXPECT_TRUE(check->problems.empty()) << check->problems.front();
  ASSERT_EQ(fake.asked.size(), 6u);
  EXPECT_EQ(fake.asked[2].target, "/v1/convai/tools/tool_do_not_call");
}

TEST_F(RestTest, ADeletedToolIsAProblemOfTheAgentNotItsAbsence) {
  auto agent_body = make_agent_body(AgentSpec{});
  agent_body["conversation_config"]["agent"]["prompt"]["tool_ids"] = Json::array({"tool_gone"});
  fake.answers = {net::json_response(200, agent_body),
                  net::json_response(404, Json{{"detail", {{"status", "not_found"}, {"message", "No such tool"}}}})};
  Result<ports::AgentCheck> check = Error{Errc::Internal, ""};
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    check = co_await agent->check("agent_1", ports::AgentNeeds{});
  });

  ASSERT_TRUE(check.has_value()) << check.error().detail;
  EXPECT_THAT(check->problems, testing::Contains(testing::HasSubstr("tool_gone")));
}

TEST_F(RestTest, ToolsThatTheWorkspaceHasAlreadyAreUsedAgain) {
  Json same = make_tool_config(call_tools()[0]);
  same["interruption_mode"] = "allow";  // a default of the provider
  Json other = make_tool_config(call_tools()[1]);
  other["expects_response"] = false;
  fake.answers = {net::json_response(200, Json{{"tools", Json::array({{{"id", "tool_a"}, {"tool_config", same}},
                                                                      {{"id", "tool_b"}, {"tool_config", other}}})}}),
                  net::json_response(200, Json{{"id", "tool_new"}})};
  Result<std::vector<std::string>> ids = Error{Errc::Internal, ""};
  const std::vector<std::string_view> names{"do_not_call", "hang_up"};
  run([&]() -> Task<void> {
    Rest rest{settings, timers};
    ids = co_await rest.provide_tools(names);
  });

  ASSERT_TRUE(ids.has_value()) << ids.error().detail;
  EXPECT_EQ(*ids, (std::vector<std::string>{"tool_a", "tool_new"}));
  ASSERT_EQ(fake.asked.size(), 2u);
  EXPECT_EQ(fake.asked[1].method, "POST");
  EXPECT_EQ(fake.asked[1].path, "/v1/convai/tools");
  EXPECT_EQ(Json::parse(fake.asked[1].body), (Json{{"tool_config", make_tool_config(call_tools()[1])}}));
}

TEST_F(RestTest, AgentsAndToolsAreChangedByPatch) {
  fake.answers = {net::json_response(200, Json::object()), net::json_response(200, Json::object()),
                  refusal(422, "invalid")};
  Result<void> agent_changed = Error{Errc::Internal, ""}, tool_changed = agent_changed, refused = agent_changed;
  const Json patch{{"name", "n"}}, config{{"name", "t"}};
  run([&]() -> Task<void> {
    Rest rest{settings, timers};
    agent_changed = co_await rest.update_agent("agent_1", patch);
    tool_changed = co_await rest.update_tool("tool_1", config);
    refused = co_await rest.update_agent("agent_1", patch);
  });

  EXPECT_TRUE(agent_changed && tool_changed);
  EXPECT_EQ(refused.error().code, Errc::ProviderRefused);
  EXPECT_EQ(fake.asked[0].method + " " + fake.asked[0].path, "PATCH /v1/convai/agents/agent_1");
  EXPECT_EQ(Json::parse(fake.asked[0].body), patch);
  EXPECT_EQ(fake.asked[1].method + " " + fake.asked[1].path, "PATCH /v1/convai/tools/tool_1");
  EXPECT_EQ(Json::parse(fake.asked[1].body), (Json{{"tool_config", config}}));
}

TEST_F(RestTest, DetailsAndChecksComeThroughThePort) {
  fake.answers = {net::json_response(200, make_agent_body(AgentSpec{})),
                  net::json_response(200, Json::parse(R"({"conversation_id":"conv_1","status":"done","metadata":
                    {"call_duration_secs":12,"termination_reason":"","error":{"reason":"LLM failed"}},
                    "analysis":{"transcript_summary":"s"}})")),
                  net::json_response(200, Json::object())};
  Result<ports::AgentCheck> check = Error{Errc::Internal, ""};
  Result<ports::ConversationDetails> details = Error{Errc::Internal, ""}, odd = details;
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    check = co_await agent->check("agent/1", ports::AgentNeeds{});
    details = co_await agent->fetch("conv_1");
    odd = co_await agent->fetch("conv_2");
  });

  ASSERT_TRUE(check.has_value());
  EXPECT_EQ(check->problems.size(), 1u) << "it has no tool of ours";
  EXPECT_EQ(fake.asked[0].target, "/v1/convai/agents/agent%2F1");
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->status, "done");
  EXPECT_EQ(details->summary, "s");
  EXPECT_EQ(details->termination_reason, "LLM failed");
  EXPECT_EQ(details->duration_seconds, 12);
  EXPECT_EQ(odd.error().code, Errc::ProviderUnavailable);
}

}  // namespace
}  // namespace otto::elevenlabs
