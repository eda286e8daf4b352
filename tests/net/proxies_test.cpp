// The framing cases once more, behind the proxies that people put in front: script/proxies starts them and runs this.
#include <cstdlib>
#include <set>
#include <sstream>

#include "framing_cases.hpp"
#include "server_fixture.hpp"

namespace otto::net {
namespace {

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

std::size_t count_of(const std::string& text, const std::string& words) {
  std::size_t count = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + words.size())) ++count;
  return count;
}

/// The proxy stamps each request that it has seen as one with an id, our server each that it has: a request without a
/// stamp, or with one that was seen before, was smuggled past the proxy; an answer too few or too many means that the
/// two count differently.
class ProxyTest : public ServerTest {
 protected:
  ProxyTest() {
    limits.header_deadline = limits.body_deadline = milliseconds{1'000};
    limits.idle = seconds{60};  // the proxies keep their connections to us, as they do in life
    handler.on_handle = [](const Request& request) -> Task<Response> {
      Response response{200, "text/plain", request.method + " " + request.path};
      response.headers.add("X-Origin", "otto");
      co_return response;
    };
  }

  Task<std::string> through(std::uint16_t proxy, std::string bytes) {
    RawPeer peer{loop};
    co_await peer.connect(proxy);
    co_await peer.send(bytes);
    co_return co_await peer.hear_all();
  }

  Task<void> check(const std::string& proxy, std::uint16_t at, const FramingCase& framing) {
    handler.seen.clear();
    const auto heard = co_await through(at, framing.bytes);
    const auto seen = handler.seen;
    const auto relayed = count_of(to_lower(heard), "x-origin: otto");
    if (relayed != seen.size())
      disagreements.push_back(proxy + ": \"" + framing.name + "\": " + std::to_string(seen.size()) +
                              " requests here, " + std::to_string(relayed) + " answers there");
    for (const Request& request : seen)
      if (!ids.insert(std::string{request.headers.get("X-Proxy-Id")}).second || !request.headers.has("X-Proxy-Id"))
        disagreements.push_back(proxy + ": \"" + framing.name + "\" smuggles " + request.path);
    requests += seen.size();
    // Whatever it was, nothing of it is left in the connection that the next customer is given.
    const auto after = co_await through(at, "GET /after HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    if (!after.ends_with("GET /after"))
      disagreements.push_back(proxy + ": after \"" + framing.name + "\" somebody else hears " + after);
    ++cases;
  }

  Task<void> through_all(std::uint16_t origin) {
    rt::Group group{loop, "test"};
    server.emplace(loop, handler, limits);
    const auto bound = server->listen("127.0.0.1", origin);
    EXPECT_TRUE(bound) << bound.error().detail;
    group.spawn("accept", server->run());
    std::istringstream proxies{setting("OTTO_TEST_PROXIES")};  // "haproxy 4711 nginx 4712"
    std::string name;
    for (std::uint16_t at = 0; proxies >> name >> at;)
      for (const FramingCase& framing : framing_cases()) co_await check(name, at, framing);
    co_await server->stop();
    co_await group.join();
    server.reset();
  }

  std::vector<std::string> disagreements;
  std::set<std::string> ids;
  std::size_t requests = 0, cases = 0;
};

TEST_F(ProxyTest, DISABLED_CountTheSameRequests) {
  const auto port_for_us = setting("OTTO_TEST_ORIGIN_PORT");
  ASSERT_FALSE(port_for_us.empty()) << "script/proxies runs this";
  run(through_all(static_cast<std::uint16_t>(std::stoi(port_for_us))));

  std::printf("proxies: %zu cases, %zu requests came through, %zu disagreements\n", cases, requests,
              disagreements.size());
  EXPECT_GE(cases, 300U);
  EXPECT_GT(requests, 50U);
  for (const auto& disagreement : disagreements) ADD_FAILURE() << disagreement;
}

}  // namespace
}  // namespace otto::net
