#include "otto/net/message.hpp"

#include <gtest/gtest.h>

namespace otto::net {
namespace {

TEST(Headers, CompareNamesWithoutCaseAndKeepOrderAndRepeats) {
  Headers headers;
  headers.add("Set-Cookie", "a=1");
  headers.add("set-cookie", "b=2");
  headers.add("X-One", "1");

  EXPECT_EQ(headers.get("SET-COOKIE"), "a=1");
  EXPECT_TRUE(headers.has("x-one"));
  EXPECT_FALSE(headers.has("x-two"));
  EXPECT_EQ(headers.get("x-two"), "");
  EXPECT_EQ(headers.all().size(), 3U);

  headers.set("SET-Cookie", "c=3");

  EXPECT_EQ(headers.get("Set-Cookie"), "c=3");
  EXPECT_EQ(headers.all().size(), 2U);
}

TEST(Request, FindsParametersOfPathAndQuery) {
  Request request;
  request.params = {{"id", "7"}};
  request.query = "a=1&b=x%20y&b=z&plus=p+q";

  EXPECT_EQ(request.param("id"), "7");
  EXPECT_EQ(request.param("none"), "");
  EXPECT_EQ(request.query_value("b"), "x y");
  EXPECT_EQ(request.query_value("plus"), "p q");
  EXPECT_EQ(request.query_value("none"), std::nullopt);
}

TEST(ErrorResponse, HasTheContractsShape) {
  const auto response = error_response(422, "invalid_input", "The name is missing.", {{"name", "is required"}});

  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.headers.get("content-type"), "application/json; charset=utf-8");
  const auto body = Json::parse(response.body);
  EXPECT_EQ(body["success"], false);
  EXPECT_EQ(body["error"]["code"], "invalid_input");
  EXPECT_EQ(body["error"]["message"], "The name is missing.");
  EXPECT_EQ(body["error"]["details"][0]["field"], "name");
  EXPECT_EQ(body["error"]["details"][0]["message"], "is required");
}

TEST(ErrorResponse, TellsNothingOfAnInternalError) {
  const auto response = error_response(Error{Errc::Internal, "secret invariant"});

  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(ErrorResponse, TellsTheSentenceOfEveryOtherError) {
  const auto response = error_response(Error{Errc::ProviderRefused, "Twilio said no (21211)."});

  EXPECT_EQ(response.status, 502);
  EXPECT_NE(response.body.find("Twilio said no (21211)."), std::string::npos);
}

TEST(HttpStatus, KnowsEveryCode) {
  EXPECT_EQ(http_status(Errc::Malformed), 400);
  EXPECT_EQ(http_status(Errc::Unauthorized), 401);
  EXPECT_EQ(http_status(Errc::Forbidden), 403);
  EXPECT_EQ(http_status(Errc::NotFound), 404);
  EXPECT_EQ(http_status(Errc::Conflict), 409);
  EXPECT_EQ(http_status(Errc::TooLarge), 413);
  EXPECT_EQ(http_status(Errc::InvalidInput), 422);
  EXPECT_EQ(http_status(Errc::RateLimited), 429);
  EXPECT_EQ(http_status(Errc::ProviderUnavailable), 502);
  EXPECT_EQ(http_status(Errc::DatabaseUnavailable), 503);
  EXPECT_EQ(http_status(Errc::Overloaded), 503);
  EXPECT_EQ(http_status(Errc::Internal), 500);
}

TEST(ParseUrl, CutsAUrlIntoItsParts) {
  const auto url = parse_url("HTTPS://API.Example.com:8443/a/b%2Fc?x=1&y=%7B#frag").value();

  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "api.example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b%2Fc?x=1&y=%7B");
  EXPECT_TRUE(url.tls());
  EXPECT_EQ(url.authority(), "api.example.com:8443");
}

TEST(ParseUrl, FillsInPortAndTarget) {
  EXPECT_EQ(parse_url("http://h")->port, 80);
  EXPECT_EQ(parse_url("ws://h")->port, 80);
  EXPECT_EQ(parse_url("https://h")->port, 443);
  EXPECT_EQ(parse_url("wss://h")->port, 443);
  EXPECT_EQ(parse_url("http://h:")->port, 80);
  EXPECT_EQ(parse_url("http://h")->target, "/");
  EXPECT_EQ(parse_url("http://h?a=b")->target, "/?a=b");
  EXPECT_EQ(parse_url("http://h#f")->target, "/");
  EXPECT_EQ(parse_url("https://h:443/x")->authority(), "h");
  EXPECT_EQ(parse_url("http://[::1]:8080/x")->authority(), "[::1]:8080");
  EXPECT_EQ(parse_url("http://[FE80::1]/")->host, "[fe80::1]");
}

TEST(ParseUrl, KeepsTheTargetByteForByte) {
  const std::string target = "/webhook-waiting/12?signature=%5b{a}|^~`'()*;:@!$,";
  EXPECT_EQ(parse_url("https://n8n.example" + target)->target, target);
}

TEST(ParseUrl, RefusesWhatIsNotAUrlOfOurs) {
  for (const std::string text : {"",
                                 "h",
                                 "//h/",
                                 "ftp://h/",
                                 "http:/h",
                                 "http://",
                                 "http:///x",
                                 "http://:80/",
                                 "http://u@h/",
                                 "http://u:p@h/",
                                 "http://h:0/",
                                 "http://h:65536/",
                                 "http://h:8o/",
                                 "http://h:-1/",
                                 "http://h h/",
                                 "http://h/a b",
                                 "http://h\\x/",
                                 "http://h/\x01",
                                 "http://h/\xc3\xa9",
                                 "http://h\xc3\xa9/",
                                 "http://%68/",
                                 "http://.h/",
                                 "http://[::1",
                                 "http://[]/",
                                 "http://[g::1]/",
                                 "http://::1/",
                                 "javascript:alert(1)",
                                 "http://h/\r\nX: y",
                                 "http://a,b/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::InvalidInput) << text;
  }
  EXPECT_FALSE(parse_url("http://h/" + std::string(8192, 'a')));
}

}  // namespace
}  // namespace otto::net
