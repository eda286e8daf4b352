// Sessions at the doors: signing in and out, roles, requests from foreign pages, and what every answer carries.
#include <algorithm>

#include "otto/api/front.hpp"
#include "otto/base/log.hpp"
#include "otto/crypto/totp.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

struct DoorsTest : ApiTest {
  Front front{router, doors, true};

  net::Response through_front(net::Request request) { return ask(front, std::move(request)); }

  static net::Request from_page(std::string method, std::string target, std::string body = {}) {
    auto request = make(std::move(method), std::move(target), std::move(body));
    request.headers.add("Host", "calls.example.com");
    request.headers.add("Origin", "https://calls.example.com");
    request.headers.add("Sec-Fetch-Site", "same-origin");
    request.headers.add("X-Otto-Request", "1");
    request.headers.add("Content-Type", "application/json");
    request.peer = "192.0.2.7";
    return request;
  }
  net::Response try_password(const std::string& password) {
    return through_front(from_page("POST", "/api/session", Json{{"password", password}}.dump()));
  }
  /// "name=value" of the session's cookie.
  static std::string cookie_of(const net::Response& response) {
    const std::string set{response.headers.get("Set-Cookie")};
    return set.substr(0, set.find(';'));
  }
  std::string sign_in(const char* password = kPassword) {
    const auto answer = try_password(password);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return cookie_of(answer);
  }
  int status_of(Task<net::Response> answering) {
    int status = 0;
    group.spawn("ask", [](Task<net::Response> task, int& its) -> Task<void> {
      its = (co_await std::move(task)).status;
    }(std::move(answering), status));
    loop.restart();
    loop.poll();
    return status;
  }
  net::Response with_cookie(const std::string& cookie, net::Request request) {
    request.headers.add("Cookie", "theme=dark; " + cookie + "; other=1");
    return through_front(std::move(request));
  }
};

TEST_F(DoorsTest, ThePasswordOpensASessionWhoseCookieNoScriptAndNoOtherSiteCanUse) {
  const auto answer = try_password(kPassword);

  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json_of(answer),
            (Json{{"signedIn", true}, {"role", "operate"}, {"expiresAt", "2027-01-15T18:30:00.000Z"}}));
  const std::string cookie{answer.headers.get("Set-Cookie")};
  EXPECT_TRUE(cookie.starts_with("__Host-otto=operate.")) << cookie;
  for (const char* flag : {"; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"})
    EXPECT_NE(cookie.find(flag), std::string::npos) << flag;
  EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
}

TEST_F(DoorsTest, ASessionShowsItselfAndOpensTheApiAsFarAsItsRoleGoes) {
  const auto operating = sign_in(), viewing = sign_in(kViewPassword);

  EXPECT_EQ(json_of(with_cookie(viewing, from_page("GET", "/api/session")))["role"], "view");
  EXPECT_EQ(json_of(through_front(from_page("GET", "/api/session")))["signedIn"], false);
  EXPECT_EQ(with_cookie(viewing, from_page("GET", "/api/do-not-call")).status, 200);
  EXPECT_EQ(through_front(from_page("GET", "/api/do-not-call")).status, 401);
  const std::string entry = R"({"phone": "+14155550101"})";
  const auto refused = with_cookie(viewing, from_page("POST", "/api/do-not-call", entry));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(json_of(refused)["error"]["code"], "view_only");
  EXPECT_TRUE(fake.suppressed.empty());
  EXPECT_EQ(with_cookie(operating, from_page("POST", "/api/do-not-call", entry)).status, 200);
  EXPECT_EQ(fake.suppressed.size(), 1u);
}

TEST_F(DoorsTest, AViewKeyLooksAndChangesNothing) {
  const auto ask = [&](const char* method, const char* path) {
    net::Request request = make(method, path);
    request.body = R"({"phone": "+14155550101"})";
    request.headers.add("X-API-Key", kViewKey);
    return through_front(std::move(request));
  };
  EXPECT_EQ(ask("GET", "/api/do-not-call").status, 200);
  const auto refused = ask("POST", "/api/do-not-call");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(json_of(refused)["error"]["code"], "view_only");
  EXPECT_TRUE(fake.suppressed.empty());
  EXPECT_EQ(ask("GET", "/api/audit").status, 403);
}

TEST_F(DoorsTest, AWrongPasswordIsRefusedAndTooManyAreHeldUp) {
  for (int i = 0; i < 5; ++i) {
    const auto refused = try_password("guess " + std::to_string(i));
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(json_of(refused)["error"]["code"], "wrong_password");
    EXPECT_FALSE(refused.headers.has("Set-Cookie"));
  }
  const auto held_up = try_password(kPassword);
  EXPECT_EQ(held_up.status, 429);
  EXPECT_EQ(held_up.headers.get("Retry-After"), "60");
  timers.advance(seconds{60});
  EXPECT_EQ(try_password(kPassword).status, 200);
}

TEST_F(DoorsTest, AGuesserLocksOutItsOwnAddressAndNobodyElse) {
  const auto from = [&](const char* peer, const char* password) {
    auto request = from_page("POST", "/api/session", Json{{"password", password}}.dump());
    request.peer = peer;
    return through_front(std::move(request)).status;
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(from("198.51.100.7", "guess"), 401);

  EXPECT_EQ(from("198.51.100.7", kPassword), 429);
  EXPECT_EQ(from("198.51.100.8", kPassword), 200);
}

/// While one try is stretched by a worker, the next ones count already.
TEST_F(DoorsTest, TriesSideBySideAreNoWayAroundTheLimit) {
  std::vector<int> statuses;
  for (int i = 0; i < 20; ++i)
    group.spawn("try", [](Doors& d, net::Request request, std::vector<int>& all) -> Task<void> {
      all.push_back((co_await d.sign_in(std::move(request))).status);
    }(doors, from_page("POST", "/api/session", R"({"password": "guess"})"), statuses));
  while (statuses.size() < 20) {
    if (loop.stopped()) loop.restart();
    loop.run_one();
  }

  EXPECT_EQ(std::ranges::count(statuses, 401), 5);
  EXPECT_EQ(std::ranges::count(statuses, 429), 15);
}

TEST_F(DoorsTest, ASignedOutSessionIsOverEverywhere) {
  const auto cookie = sign_in();
  sessions.is_away = true;  // the sign-out holds here at once, and elsewhere when the store is back

  const auto out = with_cookie(cookie, from_page("DELETE", "/api/session"));

  EXPECT_EQ(out.status, 204);
  EXPECT_NE(out.headers.get("Set-Cookie").find("__Host-otto=; "), std::string_view::npos);
  EXPECT_NE(out.headers.get("Set-Cookie").find("Max-Age=0"), std::string_view::npos);
  EXPECT_EQ(with_cookie(cookie, from_page("GET", "/api/do-not-call")).status, 401);
  Doors elsewhere{config, timers, sessions, audit, workers, kCheap};
  auto request = from_page("GET", "/api/do-not-call");
  request.headers.add("Cookie", cookie);
  EXPECT_TRUE(std::holds_alternative<Caller>(elsewhere.enter(request, Role::View)));
  group.spawn("here", doors.follow_revocations());
  group.spawn("elsewhere", elsewhere.follow_revocations());
  timers.advance(seconds{1});
  sessions.is_away = false;
  timers.advance(seconds{11});
  EXPECT_TRUE(std::holds_alternative<net::Response>(elsewhere.enter(request, Role::View)));
  sessions.is_away = true;
  timers.advance(seconds{11});
  EXPECT_TRUE(std::holds_alternative<net::Response>(elsewhere.enter(request, Role::View))) << "what it knew";
  group.stop();
  timers.advance(seconds{1});
}

TEST_F(DoorsTest, PeopleSeeTheSessionsOfTheirRoleAndEndThemAtOnceEverywhere) {
  const auto first = sign_in(), second = sign_in(), viewing = sign_in(kViewPassword);
  Doors elsewhere{config, timers, sessions, audit, workers, kCheap};
  const auto list = [&](const std::string& cookie) {
    return json_of(with_cookie(cookie, from_page("GET", "/api/sessions")))["sessions"];
  };
  const auto seen = list(first);
  ASSERT_EQ(seen.size(), 3u) << seen.dump();
  EXPECT_EQ(std::ranges::count_if(seen, [](const Json& one) { return one["isThis"] == true; }), 1);
  for (const Json& one : seen) EXPECT_EQ(one["address"], "192.0.2.*");
  ASSERT_EQ(list(viewing).size(), 1u) << "those of her own role";
  EXPECT_EQ(list(viewing)[0]["role"], "view");

  std::string other;
  for (const Json& one : seen)
    if (one["role"] == "operate" && one["isThis"] == false) other = one["id"];
  EXPECT_EQ(with_cookie(viewing, from_page("DELETE", "/api/sessions/" + other)).status, 404) << "another role's";
  EXPECT_EQ(with_cookie(first, from_page("DELETE", "/api/sessions/" + other)).status, 200);
  EXPECT_EQ(with_cookie(second, from_page("GET", "/api/do-not-call")).status, 401);
  auto request = from_page("GET", "/api/do-not-call");
  request.headers.add("Cookie", second);
  EXPECT_EQ(status_of([](Doors& d, net::Request r) -> Task<net::Response> {
              auto admitted = co_await d.admit(r, Role::View);
              if (auto* refused = std::get_if<net::Response>(&admitted)) co_return std::move(*refused);
              co_return net::Response{};
            }(elsewhere, request)),
            401)
      << "another instance, which has read nothing since";
  EXPECT_EQ(with_cookie(first, from_page("DELETE", "/api/sessions/" + other)).status, 404) << "it is over";

  EXPECT_EQ(json_of(with_cookie(first, from_page("DELETE", "/api/sessions")))["ended"], 1);
  EXPECT_EQ(with_cookie(viewing, from_page("GET", "/api/do-not-call")).status, 401);
  EXPECT_EQ(with_cookie(first, from_page("GET", "/api/do-not-call")).status, 200);
  EXPECT_EQ(json_of(api("GET", "/api/sessions"))["sessions"].size(), 1u);
  EXPECT_EQ(json_of(api("DELETE", "/api/sessions"))["ended"], 1) << "an API key has no session of its own";
}

TEST_F(DoorsTest, WhileTheStoreIsAwaySessionsHoldAndAreNotListed) {
  sessions.is_away = true;
  const auto cookie = sign_in();

  EXPECT_EQ(with_cookie(cookie, from_page("GET", "/api/do-not-call")).status, 200);
  EXPECT_EQ(with_cookie(cookie, from_page("GET", "/api/sessions")).status, 503);
  sessions.is_away = false;
  EXPECT_EQ(json_of(with_cookie(cookie, from_page("GET", "/api/sessions")))["sessions"].size(), 1u);
}

TEST_F(DoorsTest, ASessionIsRenewedByUseAndEndsWithoutIt) {
  const auto cookie = sign_in();
  timers.advance(minutes{4});
  EXPECT_FALSE(with_cookie(cookie, from_page("GET", "/api/do-not-call")).headers.has("Set-Cookie"));
  timers.advance(minutes{2});
  const auto renewed = cookie_of(with_cookie(cookie, from_page("GET", "/api/do-not-call")));
  EXPECT_NE(renewed, cookie);
  timers.advance(minutes{25});
  EXPECT_EQ(with_cookie(cookie, from_page("GET", "/api/do-not-call")).status, 401);
  EXPECT_EQ(with_cookie(renewed, from_page("GET", "/api/do-not-call")).status, 200);
}

/// The CSRF matrix: each way in which a request may show that it does not come from our page, on every changing route.
TEST_F(DoorsTest, NoChangingRouteTakesASessionFromAForeignPage) {
  const auto cookie = sign_in();
  fake.verbs.clear();
  const auto without = [](std::string_view gone, const std::string& set = {}) {
    net::Headers kept;
    const auto ours = from_page("POST", "/");
    for (const auto& [name, value] : ours.headers.all())
      if (!iequals(name, gone)) kept.add(name, value);
    if (!set.empty()) kept.add(std::string{gone}, set);
    return kept;
  };
  const std::vector<net::Headers> foreign{
      without("X-Otto-Request"),
      without("X-Otto-Request", "true"),
      without("Origin", "https://evil.example"),
      without("Origin", "https://calls.example.com.evil.example"),
      without("Origin", "http://calls.example.com"),
      without("Origin", "https://calls.example.com:8443"),
      without("Origin", "null"),
      without("Sec-Fetch-Site", "cross-site"),
      without("Sec-Fetch-Site", "same-site"),
      without("Sec-Fetch-Site", "none"),
  };
  for (const net::Route& route : router.routes()) {
    if (route.method == "GET" || !(route.guard.starts_with("api_key_or_") || route.guard == "sign_in")) continue;
    for (const auto& headers : foreign) {
      for (const char* type : {"application/json", "text/plain", "application/x-www-form-urlencoded"}) {
        auto request = make(route.method, route.pattern, "{}");
        request.headers = headers;
        request.headers.set("Content-Type", type);
        const auto refused = with_cookie(cookie, std::move(request));
        EXPECT_EQ(refused.status, 403) << route.method << " " << route.pattern;
        EXPECT_EQ(json_of(refused)["error"]["code"], "cross_site") << route.pattern;
      }
    }
  }
  EXPECT_TRUE(fake.verbs.empty()) << "a refused request has reached the store";
}

TEST_F(DoorsTest, OurOwnPageMayBeReachedByTheHostsNameToo) {
  const auto cookie = sign_in();
  const auto from = [&](const std::string& host, const std::string& origin) {
    auto request = from_page("POST", "/api/do-not-call", R"({"phone": "+14155550101"})");
    request.headers.set("Host", host);
    request.headers.set("Origin", origin);
    return with_cookie(cookie, std::move(request)).status;
  };

  EXPECT_EQ(from("otto.internal:8443", "https://OTTO.internal:8443"), 200);
  EXPECT_EQ(from("127.0.0.1:8080", "http://127.0.0.1:8080"), 200);
  EXPECT_EQ(from("127.0.0.1:8080", "http://127.0.0.1:9999"), 403);
  EXPECT_EQ(from("otto.internal", "http://otto.internal"), 403);
}

TEST_F(DoorsTest, AnApiKeyDecidesWhereThereIsOneAndNeedsNoPage) {
  const auto cookie = sign_in();
  auto wrong = from_page("GET", "/api/do-not-call");
  wrong.headers.add("X-API-Key", "wrong-key-0123456789");

  EXPECT_EQ(with_cookie(cookie, std::move(wrong)).status, 401);
  EXPECT_EQ(api("POST", "/api/do-not-call", Json{{"phone", "+14155550101"}}).status, 200);
}

struct SecondFactorTest : DoorsTest {
  static constexpr const char* kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // RFC 6238's
  Config guarded = [this] {
    Config with = config;
    with.dashboard_totp_secret = kSecret;
    return with;
  }();
  Doors strict{guarded, timers, sessions, audit, workers, kCheap};

  std::string code(int steps = 0) {
    const auto now = std::chrono::duration_cast<seconds>(timers.now().time_since_epoch()) / crypto::kTotpStep;
    return crypto::hotp("12345678901234567890", static_cast<std::uint64_t>(now + steps));
  }
  net::Response try_code(const Json& body) {
    net::Response answer;
    bool done = false;
    group.spawn("ask", [](Doors& d, net::Request request, net::Response& a, bool& is_done) -> Task<void> {
      a = co_await d.sign_in(std::move(request));
      is_done = true;
    }(strict, from_page("POST", "/api/session", body.dump()), answer, done));
    while (!done) {
      if (loop.stopped()) loop.restart();
      loop.run_one();
    }
    return answer;
  }
  std::string outcome(const Json& body) {
    const auto answer = try_code(body);
    return answer.status == 200 ? "in" : json_of(answer)["error"]["code"].get<std::string>();
  }
};

TEST_F(SecondFactorTest, IsAskedForBehindTheRightPasswordAndItsCodeWorksOnce) {
  EXPECT_EQ(outcome({{"password", "guess"}}), "wrong_password") << "whether there is one, a stranger does not learn";
  EXPECT_EQ(outcome({{"password", kPassword}}), "code_required");
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", ""}}), "code_required");
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code(2)}}), "wrong_code");
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code()}}), "in");
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code()}}), "code_used");
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code(1)}}), "in") << "one step of skew";
  EXPECT_EQ(outcome({{"password", kViewPassword}}), "in") << "the other role has none";
}

TEST_F(SecondFactorTest, ACodeIsTakenOnceOverAllInstancesAndNoneWhileNobodyCanTell) {
  sessions.codes.emplace("operate", std::chrono::duration_cast<seconds>(timers.now().time_since_epoch()) / seconds{30});

  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code()}}), "code_used");
  sessions.is_away = true;
  EXPECT_EQ(try_code({{"password", kPassword}, {"code", code(1)}}).status, 503);
  sessions.is_away = false;
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code(1)}}), "in");
}

TEST_F(SecondFactorTest, CodesAreGuessedNoFasterFromManyAddresses) {
  int tried = 0;
  for (int i = 0; i < 12; ++i) {
    auto request = from_page("POST", "/api/session", Json{{"password", kPassword}, {"code", "000000"}}.dump());
    request.peer = "198.51.100." + std::to_string(i);
    net::Response answer;
    bool done = false;
    group.spawn("ask", [](Doors& d, net::Request r, net::Response& a, bool& is_done) -> Task<void> {
      a = co_await d.sign_in(std::move(r));
      is_done = true;
    }(strict, std::move(request), answer, done));
    while (!done) {
      if (loop.stopped()) loop.restart();
      loop.run_one();
    }
    if (answer.status == 401) ++tried;
  }

  EXPECT_EQ(tried, 5);
  EXPECT_EQ(try_code({{"password", kPassword}, {"code", code()}}).status, 429);
  timers.advance(seconds{61});
  EXPECT_EQ(outcome({{"password", kPassword}, {"code", code()}}), "in");
}

TEST_F(DoorsTest, WithoutPasswordsThereIsNoDashboard) {
  Config off = config;
  off.dashboard_password.clear();
  off.dashboard_view_password.clear();
  Doors closed{off, timers, sessions, audit, workers, kCheap};

  EXPECT_EQ(closed.show_session(make("GET", "/api/session")).status, 404);
  EXPECT_EQ(status_of(closed.sign_in(from_page("POST", "/api/session", R"({"password": ""})"))), 404);
  EXPECT_EQ(status_of(closed.sign_in(from_page("POST", "/api/session", R"({"password": "correct horse"})"))), 404);
}

TEST_F(DoorsTest, EveryAnswerTellsBrowsersToBeCareful) {
  const auto cookie = sign_in();
  for (const char* path : {"/api/session", "/api/do-not-call", "/api/nothing", "/", "/healthz", "/nothing"}) {
    const auto answer = with_cookie(cookie, from_page("GET", path));
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(answer.headers.get("Referrer-Policy"), "no-referrer") << path;
    EXPECT_EQ(answer.headers.get("Strict-Transport-Security"), "max-age=31536000; includeSubDomains") << path;
    EXPECT_EQ(answer.headers.get("Cache-Control") == "no-store", std::string_view{path}.starts_with("/api/")) << path;
    const std::string policy{answer.headers.get("Content-Security-Policy")};
    EXPECT_TRUE(policy.starts_with("default-src 'none'") && policy.ends_with("frame-ancestors 'none'"))
        << path << policy;
  }
}

TEST_F(DoorsTest, RefusalsAreLoggedWithoutWhatWasTried) {
  static std::vector<std::string> lines;
  lines.clear();
  log::capture_for_test([](std::string_view line) { lines.emplace_back(line); });
  const auto viewer = sign_in(kViewPassword);
  auto with_key = make("GET", "/api/campaigns");
  with_key.headers.add("X-API-Key", "guessed-key-0123");
  through_front(std::move(with_key));
  with_cookie(viewer, from_page("DELETE", "/api/do-not-call/+14155550101"));
  auto foreign = from_page("POST", "/api/do-not-call", "{}");
  foreign.headers.set("Origin", "https://evil.example");
  with_cookie(sign_in(), std::move(foreign));
  try_password("guessed password");
  log::capture_for_test(nullptr);

  const auto told = [](const std::string& event) {
    return std::ranges::count_if(lines, [&](const std::string& line) { return line.find(event) != std::string::npos; });
  };
  EXPECT_EQ(told("dashboard.signed_in"), 2);
  EXPECT_EQ(told("api.refused peer=\"\" reason=unknown_key"), 1);
  EXPECT_EQ(told("api.refused peer=192.0.2.7 reason=view_only who=view:"), 1);
  EXPECT_EQ(told("dashboard.cross_site peer=192.0.2.7 origin=https://evil.example"), 1);
  EXPECT_EQ(told("dashboard.sign_in_refused peer=192.0.2.7 reason=wrong_password"), 1);
  for (const char* secret : {"guessed", "5550101", kPassword}) EXPECT_EQ(told(secret), 0) << secret;
}

}  // namespace
}  // namespace otto::api
