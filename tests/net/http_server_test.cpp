#include "otto/net/http_server.hpp"

#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>

#include "server_fixture.hpp"

namespace otto::net {
namespace {

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

class HttpServerTest : public ServerTest {};

TEST_F(HttpServerTest, HandsTheHandlerTheRequestAsItCame) {
  serve([&]() -> Task<void> {
    co_await exchange(
        "POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 4\r\n"
        "Connection: close\r\n\r\nbody");
    const auto& request = handler.seen.at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a%20b/c?x=1&y=%2F");
    EXPECT_EQ(request.path, "/a b/c");
    EXPECT_EQ(request.query, "x=1&y=%2F");
    EXPECT_EQ(request.headers.get("X-One"), "1");
    EXPECT_EQ(request.body, "body");
    EXPECT_EQ(request.peer, "127.0.0.1");
  });
}

TEST_F(HttpServerTest, AnswersWithLengthDateAndConnection) {
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kLastGet);
    EXPECT_NE(heard.find("HTTP/1.1 200 OK\r\n"), std::string::npos) << heard;
    EXPECT_NE(heard.find("\r\nContent-Length: 10\r\n"), std::string::npos) << heard;
    EXPECT_NE(heard.find("\r\nConnection: close\r\n"), std::string::npos) << heard;
    EXPECT_NE(heard.find(" GMT\r\n"), std::string::npos) << heard;
    EXPECT_TRUE(heard.ends_with("\r\n\r\nGET /last ")) << heard;
  });
}

TEST_F(HttpServerTest, KeepsAConnectionForTheNextRequest) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    for (int i = 0; i < 3; ++i) {
      co_await peer.send(kGet);
      EXPECT_TRUE(co_await peer.hear_until("GET /a "));
      peer.heard().clear();
    }
    EXPECT_EQ(server->connections(), 1U);
    peer.close();
  });
  EXPECT_EQ(handler.seen.size(), 3U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  serve([&]() -> Task<void> {
    const std::string post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
    const std::string chunked = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n";
    const auto heard = co_await exchange(kGet + post + chunked + kLastGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{200, 200, 200, 200}));
    EXPECT_LT(heard.find("POST /p hi"), heard.find("POST /c yo"));
    EXPECT_TRUE(heard.ends_with("GET /last "));
  });
}

TEST_F(HttpServerTest, StopsReadingAPipelineAfterABadRequest) {
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kGet + "BAD\r\n\r\n" + kGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{200, 400}));
  });
  EXPECT_EQ(handler.seen.size(), 1U);
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthButNoBody) {
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_NE(heard.find("Content-Length: 8\r\n"), std::string::npos) << heard;
    EXPECT_TRUE(heard.ends_with("\r\n\r\n")) << heard;
  });
}

TEST_F(HttpServerTest, SpeaksHttp10AndClosesUnlessAskedToStay) {
  serve([&]() -> Task<void> {
    EXPECT_NE((co_await exchange("GET /a HTTP/1.0\r\n\r\n")).find("Connection: close"), std::string::npos);
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(co_await peer.hear_until("GET /a "));
    EXPECT_NE(peer.heard().find("Connection: keep-alive"), std::string::npos);
    peer.close();
  });
}

TEST_F(HttpServerTest, InvitesTheBodyThatExpectsIt) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(
        "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(co_await peer.hear_until("HTTP/1.1 100 Continue\r\n\r\n"));
    co_await peer.send("ok");
    EXPECT_TRUE((co_await peer.hear_all()).ends_with("POST /p ok"));
  });
}

TEST_F(HttpServerTest, RefusesABodyBeforeInvitingIt) {
  serve([&]() -> Task<void> {
    const auto heard =
        co_await exchange("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 65\r\n\r\n");
    EXPECT_EQ(statuses(heard), (std::vector<int>{413}));
  });
}

TEST_F(HttpServerTest, LetsTheHandlerRefuseBeforeTheBodyIsTaken) {
  handler.on_refuse = [](const Request&) { return error_response(401, "unauthorized", "No."); };
  serve([&]() -> Task<void> {
    const auto heard =
        co_await exchange("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 60\r\n\r\n" + std::string(60, 'x') + kGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{401}));
    const auto kept = co_await exchange(kGet + kLastGet);
    EXPECT_EQ(statuses(kept), (std::vector<int>{401, 401}));
  });
  EXPECT_TRUE(handler.seen.empty());
}

TEST_F(HttpServerTest, TakesABodyOfExactlyTheLimit) {
  serve([&]() -> Task<void> {
    const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
    const auto plain = co_await exchange(head + "Content-Length: 64\r\n\r\n" + std::string(64, 'x'));
    EXPECT_EQ(statuses(plain), (std::vector<int>{200}));
    const auto chunked =
        co_await exchange(head + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(statuses(chunked), (std::vector<int>{200}));
  });
}

TEST_F(HttpServerTest, TakesALargeBodyOfManySmallChunks) {
  handler.body_limit = 100'000;
  std::string sent;
  for (int i = 0; i < 20'000; ++i) sent += "1\r\nx\r\n";
  serve([&]() -> Task<void> {
    limits.body_deadline = milliseconds{5'000};
    const auto heard = co_await exchange(
        "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + sent + "0\r\n\r\n");
    EXPECT_EQ(statuses(heard), (std::vector<int>{200}));
  });
  ASSERT_EQ(handler.seen.size(), 1U);
  EXPECT_EQ(handler.seen[0].body, std::string(20'000, 'x'));
}

TEST_F(HttpServerTest, DoesNotTakeTrailersForHeaders) {
  serve([&]() -> Task<void> {
    co_await exchange(
        "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Api-Key: "
        "k\r\n\r\n");
  });
  ASSERT_EQ(handler.seen.size(), 1U);
  EXPECT_FALSE(handler.seen[0].headers.has("X-Api-Key"));
}

TEST_F(HttpServerTest, TurnsAnExceptionInto500WithoutDetails) {
  handler.on_handle = [](Request) -> Task<Response> {
    throw std::runtime_error{"secret"};
    co_return Response{};
  };
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kGet + kLastGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{500, 500}));
    EXPECT_EQ(heard.find("secret"), std::string::npos);
  });
}

TEST_F(HttpServerTest, LetsNoHeaderValueAddALine) {
  handler.on_handle = [](Request) -> Task<Response> {
    Response response{204, "text/plain", ""};
    response.headers.add("X-Name", "a\r\nX-Injected: 1");
    response.headers.add("X-Bad\r\nName", "b");
    response.headers.add("Transfer-Encoding", "chunked");
    co_return response;
  };
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kLastGet);
    EXPECT_EQ(heard.find("\r\nX-Injected"), std::string::npos) << heard;
    EXPECT_EQ(heard.find("X-Bad"), std::string::npos) << heard;
    EXPECT_EQ(heard.find("Transfer-Encoding"), std::string::npos) << heard;
    EXPECT_EQ(heard.find("Content-Length"), std::string::npos) << heard;
  });
}

TEST_F(HttpServerTest, ClosesAfterAnAnswerThatSaysSo) {
  handler.on_handle = [](Request) -> Task<Response> {
    Response response{200, "text/plain", "x"};
    response.headers.add("Connection", "close");
    co_return response;
  };
  serve([&]() -> Task<void> { EXPECT_EQ(statuses(co_await exchange(kGet + kGet)), (std::vector<int>{200})); });
}

TEST_F(HttpServerTest, CutsOffWhereAHandlerPlaysABrokenServer) {
  handler.on_handle = [](Request request) -> Task<Response> {
    Response response;
    response.status = kCutOff;
    if (request.path == "/half") response.body = "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf";
    co_return response;
  };
  serve([&]() -> Task<void> {
    for (const std::string path : {"/nothing", "/half"}) {
      RawPeer peer{loop};
      co_await peer.connect(port);
      co_await peer.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
      co_await peer.hear_all();
      EXPECT_EQ(peer.heard().ends_with("half"), path == "/half") << peer.heard();
      EXPECT_TRUE(peer.was_reset());
    }
  });
}

TEST_F(HttpServerTest, AnswersErrorsInTheContractsShape) {
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange("GET /a HTTP/1.1\r\n\r\n");
    const auto body = Json::parse(heard.substr(heard.find("\r\n\r\n") + 4));
    EXPECT_EQ(body["success"], false);
    EXPECT_EQ(body["error"]["code"], "bad_request");
    EXPECT_NE(heard.find("Connection: close"), std::string::npos);
  });
}

TEST_F(HttpServerTest, DripsAreCutAtTheHeadersDeadline) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    const auto began = timers.steady();
    co_await peer.connect(port);
    co_await peer.send("GET / HTTP/1.1\r\n");
    while (co_await peer.send("X-A: 1\r\n") && !peer.ended()) co_await peer.hear(milliseconds{10});
    const auto heard = co_await peer.hear_all();
    EXPECT_EQ(statuses(heard), (std::vector<int>{408}));
    EXPECT_GE(timers.steady() - began, limits.header_deadline);
    EXPECT_LT(timers.steady() - began, limits.header_deadline * 10);
  });
}

TEST_F(HttpServerTest, SilentConnectionsAreClosedWithoutAWord) {
  serve([&]() -> Task<void> {
    EXPECT_EQ(co_await exchange(""), "");
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    co_await peer.hear_all();
    EXPECT_EQ(statuses(peer.heard()), (std::vector<int>{200}));
    EXPECT_TRUE(peer.ended());
  });
}

TEST_F(HttpServerTest, AReaderThatTakesNothingIsCut) {
  limits.write_deadline = milliseconds{100};
  handler.on_handle = [](Request) -> Task<Response> {
    co_return Response{200, "text/plain", std::string(32 * 1024 * 1024, 'x')};
  };
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    for (int i = 0; i < 500 && (i == 0 || server->connections() > 0); ++i) co_await timers.sleep_for(milliseconds{10});
    EXPECT_EQ(server->connections(), 0U);
  });
}

TEST_F(HttpServerTest, RefusesConnectionsOverTheCaps) {
  limits.connections_per_address = 2;
  serve([&]() -> Task<void> {
    RawPeer first{loop};
    RawPeer second{loop};
    co_await first.connect(port);
    co_await second.connect(port);
    const auto heard = co_await exchange(kGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{503}));
    first.close();
    while (server->connections() > 1) co_await timers.sleep_for(milliseconds{1});
    EXPECT_EQ(statuses(co_await exchange(kLastGet)), (std::vector<int>{200}));
    second.close();
  });
}

TEST_F(HttpServerTest, AProxysConnectionsAreNotCountedAsOnePeers) {
  limits.connections_per_address = 1;
  proxies = std::vector{parse_network("127.0.0.0/8").value()};
  serve([&]() -> Task<void> {
    RawPeer first{loop};
    co_await first.connect(port);
    EXPECT_EQ(statuses(co_await exchange(kLastGet)), (std::vector<int>{200}));
    first.close();
  });
}

TEST_F(HttpServerTest, SilentConnectionsGiveWayWhenEveryPlaceIsTaken) {
  limits.connections = 4;
  limits.header_deadline = limits.idle = seconds{20};
  bool is_free = false;  // asked by handlers that outlive the scenario
  const auto scenario = [&]() -> Task<void> {
    RawPeer oldest{loop}, slow{loop}, used{loop}, busy{loop};
    co_await oldest.connect(port);
    co_await slow.connect(port);
    co_await slow.send("GET / HT");
    co_await used.connect(port);
    co_await used.send(kGet);
    co_await used.hear_until("\r\n\r\n");
    co_await busy.connect(port);
    handler.on_handle = [&](const Request& request) -> Task<Response> {
      while (request.path == "/busy" && !is_free) co_await timers.sleep_for(milliseconds{1});
      co_return Response{200, "text/plain", request.path};
    };
    co_await busy.send("GET /busy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    while (handler.seen.size() < 2) co_await timers.sleep_for(milliseconds{1});

    // One after the other, the oldest first; who is being served stays.
    std::vector<std::unique_ptr<RawPeer>> served;
    for (RawPeer* leaving : {&oldest, &slow, &used}) {
      served.push_back(std::make_unique<RawPeer>(loop));
      co_await served.back()->connect(port);
      co_await served.back()->send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_EQ(statuses(co_await leaving->hear_all()).size(), leaving == &used ? 1U : 0U);
      EXPECT_TRUE(leaving->ended());
    }
    while (handler.seen.size() < 5) co_await timers.sleep_for(milliseconds{1});
    EXPECT_EQ(statuses(co_await exchange(kGet)), (std::vector<int>{503})) << "all are being served";
    is_free = true;
    EXPECT_EQ(statuses(co_await busy.hear_all()), (std::vector<int>{200}));
    served.clear();
  };
  serve(scenario);
}

TEST_F(HttpServerTest, AResetInTheMiddleHarmsNobodyElse) {
  serve([&]() -> Task<void> {
    for (std::size_t cut = 1; cut < kGet.size(); cut += 5) {
      RawPeer peer{loop};
      co_await peer.connect(port);
      co_await peer.send(kGet.substr(0, cut));
      peer.reset();
    }
    EXPECT_EQ(statuses(co_await exchange(kLastGet)), (std::vector<int>{200}));
  });
}

TEST_F(HttpServerTest, StopAcceptingClosesIdleConnectionsAndFinishesOpenRequests) {
  serve([&]() -> Task<void> {
    RawPeer idle{loop};
    co_await idle.connect(port);
    co_await idle.send(kGet);
    co_await idle.hear_until("GET /a ");
    handler.on_handle = [&](Request) -> Task<Response> {
      server->stop_accepting();
      co_return Response{200, "text/plain", "finished"};
    };
    RawPeer busy{loop};
    co_await busy.connect(port);
    co_await busy.send(kGet);
    const auto heard = co_await busy.hear_all();
    EXPECT_TRUE(heard.ends_with("finished"));
    EXPECT_NE(heard.find("Connection: close"), std::string::npos);
    co_await idle.hear_all();
    EXPECT_TRUE(idle.ended());
    RawPeer late{loop};
    auto [ec] = co_await late.socket().async_connect(
        RawPeer::Tcp::endpoint{boost::asio::ip::address_v4::loopback(), port}, rt::kNothrow);
    EXPECT_TRUE(ec);
  });
}

TEST_F(HttpServerTest, StopEndsAHandlerThatWaits) {
  handler.on_handle = [this](Request) -> Task<Response> {
    co_await timers.sleep_for(milliseconds{60'000});
    co_return Response{};
  };
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    while (handler.seen.empty()) co_await timers.sleep_for(milliseconds{1});
    co_await server->stop();
    EXPECT_EQ(co_await peer.hear_all(), "");
    EXPECT_TRUE(peer.ended());
  });
}

/// Lowers this process's limit on descriptors to those in use and `more`, until it goes out of scope.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(0);
    close(next);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next) + more;
    setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST_F(HttpServerTest, WaitsForDescriptorsInsteadOfGivingUp) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    {
      const FewDescriptors only_the_peers{1};
      co_await peer.connect(port);
      co_await peer.send(kLastGet);
      co_await timers.sleep_for(milliseconds{30});
      EXPECT_EQ(server->connections(), 0U);
    }
    EXPECT_EQ(statuses(co_await peer.hear_all()), (std::vector<int>{200}));
  });
}

TEST_F(HttpServerTest, ListenNamesHostPortAndReason) {
  HttpServer first{loop, handler};
  const auto taken = first.listen("127.0.0.1", 0).value();
  HttpServer second{loop, handler};

  const auto error = second.listen("127.0.0.1", taken).error();

  EXPECT_NE(error.detail.find("127.0.0.1:" + std::to_string(taken)), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("in use"), std::string::npos) << error.detail;
  EXPECT_FALSE(second.listen("no.such.host.invalid", 1));
}

}  // namespace
}  // namespace otto::net
