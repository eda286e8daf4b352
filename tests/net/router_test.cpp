#include "otto/net/router.hpp"

#include <stdexcept>

#include "net_fixture.hpp"

namespace otto::net {
namespace {

Route route(std::string method, std::string pattern, std::string answer) {
  Route made;
  made.method = std::move(method);
  made.pattern = std::move(pattern);
  made.guard = "none";
  made.check = [](const Request&) { return std::nullopt; };
  made.handle = [answer = std::move(answer)](Request request) -> Task<Response> {
    co_return Response{200, "text/plain", answer + std::string{request.param("id")} + std::string{request.param("*")}};
  };
  return made;
}

Route socket_route(std::string pattern) {
  Route made = route("GET", std::move(pattern), "");
  made.handle = nullptr;
  made.upgrade = [](Request) -> Task<HttpHandler::Upgrade> {
    HttpHandler::Upgrade upgrade;
    upgrade.serve = [](std::unique_ptr<WebSocket>) -> Task<void> { co_return; };
    co_return upgrade;
  };
  return made;
}

Request request_for(std::string method, std::string target) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  return request;
}

class RouterTest : public NetTest {
 protected:
  /// What a server does with a request: refuse() first, then handle().
  Response ask(Router& router, const std::string& method, const std::string& target) {
    const auto request = request_for(method, target);
    if (auto refused = router.refuse(request)) return *refused;
    Response answer;
    run(ask_handler(router, request, answer));
    return answer;
  }
  HttpHandler::Upgrade ask_upgrade(Router& router, const std::string& target) {
    HttpHandler::Upgrade answer;
    run(ask_upgrader(router, target, answer));
    return answer;
  }

 private:
  static Task<void> ask_handler(Router& router, Request request, Response& answer) {
    answer = co_await router.handle(std::move(request));
  }
  static Task<void> ask_upgrader(Router& router, std::string target, HttpHandler::Upgrade& answer) {
    auto request = request_for("GET", std::move(target));
    answer = co_await router.upgrade(std::move(request));
  }
};

TEST_F(RouterTest, FindsTheRouteAndItsParameters) {
  Router router{{route("GET", "/", "root"), route("GET", "/a/:id", "id="), route("GET", "/a/fixed", "fixed"),
                 route("GET", "/files/*", "file=")}};

  EXPECT_EQ(ask(router, "GET", "/").body, "root");
  EXPECT_EQ(ask(router, "GET", "/a/7?x=/a/fixed").body, "id=7");
  EXPECT_EQ(ask(router, "GET", "/a/b%2Fc").body, "id=b/c");
  EXPECT_EQ(ask(router, "GET", "/a/fixed").body, "fixed");
  EXPECT_EQ(ask(router, "GET", "/files/css/a.css").body, "file=css/a.css");
  EXPECT_EQ(ask(router, "GET", "http://host/a/9").body, "id=9");
}

TEST_F(RouterTest, AnswersNotFoundForEveryOtherPath) {
  Router router{{route("GET", "/a/:id", ""), route("GET", "/files/*", "")}};

  for (const std::string target : {"/", "/a", "/a/", "/a/1/", "/a/1/2", "/A/1", "/files", "/b", "//a/1", "/./a/1"}) {
    EXPECT_EQ(ask(router, "GET", target).status, 404) << target;
  }
}

TEST_F(RouterTest, NamesTheMethodsThatAPathKnows) {
  Router router{{route("GET", "/a/:id", ""), route("POST", "/a/:id", ""), route("DELETE", "/a/x", "")}};

  const auto put = ask(router, "PUT", "/a/1");
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(put.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");

  const auto options = ask(router, "OPTIONS", "/a/1");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");

  EXPECT_EQ(ask(router, "OPTIONS", "/nothing").status, 404);
  EXPECT_EQ(ask(router, "TRACE", "/a/1").status, 405);
}

TEST_F(RouterTest, AnswersHeadAsGet) {
  Router router{{route("GET", "/a", "body")}};

  EXPECT_EQ(ask(router, "HEAD", "/a").body, "body");
}

TEST_F(RouterTest, AsksTheCheckOnTheHeadOrWithTheBody) {
  auto on_head = route("POST", "/head", "in");
  on_head.check_on_head = true;
  on_head.check = [](const Request&) { return error_response(401, "unauthorized", "No."); };
  auto with_body = route("POST", "/body", "in");
  with_body.check = [](const Request& request) -> std::optional<Response> {
    if (request.body == "signed") return std::nullopt;
    return error_response(403, "forbidden", "No.");
  };
  Router router{{on_head, with_body}};

  const auto refused = router.refuse(request_for("POST", "/head"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 401);
  EXPECT_FALSE(router.refuse(request_for("POST", "/body")));
  EXPECT_EQ(ask(router, "POST", "/body").status, 403);
}

TEST_F(RouterTest, TellsEachRoutesBodyLimit) {
  auto large = route("POST", "/large", "");
  large.max_body = 1'000'000;
  Router router{{large, route("POST", "/small", "")}};

  EXPECT_EQ(router.max_body(request_for("POST", "/large")), 1'000'000U);
  EXPECT_EQ(router.max_body(request_for("POST", "/small")), 64U * 1024);
}

TEST_F(RouterTest, KeepsSocketsAndRequestsApart) {
  auto guarded = socket_route("/guarded");
  guarded.check = [](const Request&) { return error_response(403, "forbidden", "No."); };
  Router router{{socket_route("/socket"), guarded, route("GET", "/plain", "")}};

  const auto plain = ask(router, "GET", "/socket");
  EXPECT_EQ(plain.status, 426);
  EXPECT_EQ(plain.headers.get("Upgrade"), "websocket");
  EXPECT_FALSE(ask_upgrade(router, "/socket").refuse);
  EXPECT_EQ(ask_upgrade(router, "/guarded").refuse->status, 403);
  EXPECT_EQ(ask_upgrade(router, "/plain").refuse->status, 404);
  EXPECT_EQ(ask_upgrade(router, "/none").refuse->status, 404);
}

TEST(Router, RefusesATableThatIsWrong) {
  EXPECT_THROW(Router({route("GET", "/a", ""), route("GET", "/a", "")}), std::logic_error);
  auto unchecked = route("GET", "/a", "");
  unchecked.check = nullptr;
  EXPECT_THROW(Router({unchecked}), std::logic_error);
  auto handlerless = route("GET", "/a", "");
  handlerless.handle = nullptr;
  EXPECT_THROW(Router({handlerless}), std::logic_error);
}

}  // namespace
}  // namespace otto::net
