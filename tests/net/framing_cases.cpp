#include "framing_cases.hpp"

#include <iterator>

namespace otto::net {
namespace {

using Cases = std::vector<FramingCase>;

const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

FramingCase good(const char* name, std::string bytes) { return {name, std::move(bytes), {200}, 1}; }
FramingCase bad(const char* name, std::string bytes, int status = 400) { return {name, std::move(bytes), {status}, 0}; }

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string line(const std::string& request_line) { return request_line + "\r\nHost: h\r\nConnection: close\r\n\r\n"; }

Cases transfer_encoding() {
  return {
      good("chunked", chunked("3\r\nabc\r\n0\r\n\r\n")),
      good("chunked in capitals", post("Transfer-Encoding: CHUNKED\r\n", "1\r\na\r\n0\r\n\r\n")),
      good("chunk size in hex, both cases", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n")),
      good("chunk size with leading zeros", chunked("0003\r\nabc\r\n000\r\n\r\n")),
      good("chunk extension", chunked("3;name=value\r\nabc\r\n0\r\n\r\n")),
      good("chunked with blanks around", post("Transfer-Encoding: \tchunked \t\r\n", "1\r\na\r\n0\r\n\r\n")),
      bad("length in a trailer", chunked("1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n")),
      good("TE is another field", post("TE: trailers\r\n")),
      good("trailer field", chunked("1\r\na\r\n0\r\nX-Trailer: 1\r\n\r\n")),
      bad("coding with a comma behind", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("coding with a letter too many", post("Transfer-Encoding: chunkedd\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("coding with a byte above 0x7f", post("Transfer-Encoding: chunked\xa0\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("unknown coding", post("Transfer-Encoding: xchunked\r\n", kSmuggled)),
      bad("identity", post("Transfer-Encoding: identity\r\n", kSmuggled)),
      bad("chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", kSmuggled)),
      bad("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", kSmuggled)),
      bad("chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("coding with parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")),
      bad("empty coding", post("Transfer-Encoding:\r\n", kSmuggled)),
      bad("coding after a comma", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("two codings in two fields",
          post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", kSmuggled)),
      bad("twice chunked in two fields",
          post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
      bad("coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)),
      bad("unknown coding and length", post("Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n", "a" + kSmuggled)),
      bad("coding in HTTP/1.0", "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kSmuggled),
      bad("vertical tab before chunked", post("Transfer-Encoding: \x0b"
                                              "chunked\r\n",
                                              "0\r\n\r\n")),
      bad("folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
      bad("space before the colon of the coding", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + kSmuggled)),
  };
}

Cases chunks() {
  return {
      bad("chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n")),
      bad("negative chunk size", chunked("-1\r\na\r\n0\r\n\r\n")),
      bad("chunk size with a prefix", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
      bad("chunk size that is no number", chunked("xyz\r\nabc\r\n0\r\n\r\n")),
      bad("chunk size that overflows", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")),
      bad("chunk larger than its size", chunked("3\r\nabcd\r\n0\r\n\r\n")),
      bad("chunk smaller than its size", chunked("5\r\nabc\r\n0\r\n\r\n" + kSmuggled)),
      bad("empty chunk size", chunked("\r\nabc\r\n0\r\n\r\n")),
      bad("space before the chunk size", chunked(" 3\r\nabc\r\n0\r\n\r\n")),
      bad("body over the limit in chunks",
          chunked("30\r\n" + std::string(48, 'a') + "\r\n30\r\n" + std::string(48, 'b') + "\r\n0\r\n\r\n"), 413),
      bad("chunk that announces too much", chunked("ffffff\r\n" + std::string(20'000, 'a')), 413),
      bad("endless chunk extension", chunked("1;" + std::string(40'000, 'x')), 413),
      bad("LF-only chunk header", chunked("3\nabc\n0\n\n"), 408),
      bad("chunks that stop", chunked("3\r\nab"), 408),
  };
}

Cases content_length() {
  return {
      good("length", post("Content-Length: 3\r\n", "abc")),
      good("length zero", post("Content-Length: 0\r\n")),
      good("length with blanks around", post("Content-Length: \t 3 \t\r\n", "abc")),
      good("length in a GET", get("/g", "Content-Length: 2\r\n") + "ab"),
      good("no length and no coding", post("")),
      good("a field with an underscore is not the length", post("Content_Length: 5\r\n")),
      bad("space before the colon of the length", post("Content-Length : 4\r\n", "abcd")),
      bad("length and an empty one", post("Content-Length: 4\r\nContent-Length:\r\n", "abcd")),
      bad("length in another case twice", post("content-length: 4\r\nCONTENT-LENGTH: 4\r\n", "abcd")),
      bad("length with full-width digits", post("Content-Length: \xef\xbc\x94\r\n", "abcd")),
      bad("same length twice", post("Content-Length: 4\r\nContent-Length: 4\r\n", "abcd")),
      bad("same length in a list", post("Content-Length: 4, 4\r\n", "abcd")),
      bad("different lengths", post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcd")),
      bad("length with a sign", post("Content-Length: +4\r\n", "abcd")),
      bad("negative length", post("Content-Length: -4\r\n", "abcd")),
      bad("length in hex", post("Content-Length: 0x4\r\n", "abcd")),
      bad("length with a fraction", post("Content-Length: 4.0\r\n", "abcd")),
      bad("length with a blank inside", post("Content-Length: 4 4\r\n", "abcd")),
      bad("empty length", post("Content-Length:\r\n", "abcd")),
      bad("length that is a word", post("Content-Length: four\r\n", "abcd")),
      bad("length that overflows", post("Content-Length: 18446744073709551620\r\n", "abcd")),
      bad("length with an underscore", post("Content-Length: 1_0\r\n", "abcd")),
      bad("length over the limit", post("Content-Length: 65\r\n", std::string(65, 'a')), 413),
      bad("huge length", post("Content-Length: 999999999999999999\r\n", "abcd"), 413),
      bad("body that stops", post("Content-Length: 10\r\n", "abc"), 408),
  };
}

Cases host() {
  return {
      good("host with port", "GET / HTTP/1.1\r\nHost: h.example:8080\r\nConnection: close\r\n\r\n"),
      good("host that is an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n"),
      good("HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n"),
      good("absolute form for the same host", line("GET http://h/x?y=1 HTTP/1.1")),
      good("absolute form without a path", line("GET http://h HTTP/1.1")),
      good("absolute form with https", line("GET https://H/x HTTP/1.1")),
      bad("absolute form with another port", line("GET http://h:81/x HTTP/1.1")),
      bad("absolute form without host", line("GET http:///x HTTP/1.1")),
      bad("two hosts in different case", "GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n"),
      bad("no host", "GET / HTTP/1.1\r\n\r\n" + kSmuggled),
      bad("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      bad("the same host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
      bad("two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
      bad("empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
      bad("blank host", "GET / HTTP/1.1\r\nHost:   \r\n\r\n"),
      bad("host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
      bad("host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
      bad("host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
      bad("host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
      bad("host with a port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
      bad("host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
      bad("absolute form for another host", line("GET http://other/x HTTP/1.1")),
      bad("absolute form with a user", line("GET http://u@h/x HTTP/1.1")),
      bad("absolute form of another scheme", line("GET ftp://h/x HTTP/1.1")),
  };
}

Cases request_line() {
  return {
      good("empty line before the request", "\r\n" + get("/")),
      good("unusual method", line("PROPFIND / HTTP/1.1")),
      good("star for OPTIONS", line("OPTIONS * HTTP/1.1")),
      good("escaped slash and dots", get("/a%2Fb/../c")),
      good("another upgrade than WebSocket is not taken", get("/", "Upgrade: h2c\r\nHTTP2-Settings: x\r\n")),
      good("every byte a target may hold", get("/-._~!$&'()*+,;=:@%41?a=[b]|^`{}\"<>/")),
      bad("two empty lines before the request", "\r\n\r\n" + get("/")),
      bad("byte order mark before the method", "\xef\xbb\xbf" + get("/")),
      bad("network path", line("GET h/x HTTP/1.1")),
      bad("fragment", get("/a#b")),
      bad("raw byte above 0x7f in the target", get("/\xc3\xa9")),
      bad("control byte in the target", get("/a\x01"
                                            "b")),
      bad("DEL in the target", get("/a\x7f"
                                   "b")),
      bad("backslash in the target", get("/a\\b")),
      bad("NUL in the target", get(std::string("/a\0b", 4))),
      bad("encoded NUL", get("/a%00b")),
      bad("broken escape", get("/a%4")),
      bad("escape that is not hex", get("/a%zz")),
      bad("target without slash", line("GET index.html HTTP/1.1")),
      bad("authority form", line("CONNECT h:443 HTTP/1.1")),
      bad("star for another method than OPTIONS", line("GET * HTTP/1.1")),
      bad("no target", line("GET HTTP/1.1")),
      bad("two blanks after the method", line("GET  / HTTP/1.1")),
      bad("two blanks before the version", line("GET /  HTTP/1.1")),
      bad("tab as separator", line("GET\t/ HTTP/1.1")),
      bad("blank inside the target", line("GET /a b HTTP/1.1")),
      bad("blank at the end", line("GET / HTTP/1.1 ")),
      bad("blank before the method", line(" GET / HTTP/1.1")),
      bad("method that is no token", line("G(T / HTTP/1.1")),
      bad("method without end", line(std::string(33, 'A') + " / HTTP/1.1")),
      bad("no version", line("GET /")),
      bad("version in small letters", line("GET / http/1.1")),
      bad("version without minor number", line("GET / HTTP/1")),
      bad("version with three numbers", line("GET / HTTP/1.1.1")),
      bad("version of another protocol", line("GET / HTTPS/1.1")),
      bad("HTTP/2.0", line("GET / HTTP/2.0"), 505),
      bad("HTTP/0.9", line("GET / HTTP/0.9"), 505),
      bad("HTTP/1.2", line("GET / HTTP/1.2"), 505),
      bad("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
      bad("TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)),
      bad("LF-only lines", "GET / HTTP/1.1\nHost: h\n\n"),
      bad("CR-only lines", "GET / HTTP/1.1\rHost: h\r\r"),
      bad("CR inside the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"),
  };
}

Cases fields() {
  return {
      good("value above 0x7f", get("/", "X-Name: \xc3\xa9\r\n")),
      good("empty value", get("/", "X-Empty:\r\n")),
      good("tab inside a value", get("/", "X-Tab: a\tb\r\n")),
      good("value that looks like a request", get("/", "X-A: GET / HTTP/1.1\r\n")),
      good("expectation without a body", get("/", "Expect: 100-Continue\r\n")),
      bad("two expectations", post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "a"), 417),
      bad("obs-fold", get("/", "X-A: 1\r\n 2\r\n")),
      bad("obs-fold with a tab", get("/", "X-A: 1\r\n\t2\r\n")),
      bad("blank before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
      bad("blank before a colon", get("/", "X-A : 1\r\n")),
      bad("tab before a colon", get("/", "X-A\t: 1\r\n")),
      bad("no colon", get("/", "X-A\r\n")),
      bad("no name", get("/", ": 1\r\n")),
      bad("name with a blank", get("/", "X A: 1\r\n")),
      bad("name with a bracket", get("/", "X(A): 1\r\n")),
      bad("name above 0x7f", get("/", "X-\xc3\xa9: 1\r\n")),
      bad("NUL in a value", get("/", std::string("X-A: a\0b\r\n", 10))),
      bad("control byte in a value", get("/",
                                         "X-A: a\x02"
                                         "b\r\n")),
      bad("lone CR in a value", get("/", "X-A: a\rb\r\n")),
      bad("lone LF in a value", get("/", "X-A: a\nX-B: b\r\n")),
      bad("CR CR LF", get("/", "X-A: a\r\r\n")),
      bad("more fields than are taken",
          get("/",
              [] {
                std::string many;
                for (int i = 0; i < 70; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
                return many;
              }()),
          431),
      bad("header over its limit", get("/", "X-A: " + std::string(9'000, 'a') + "\r\n"), 431),
      bad("target over the header limit", get("/" + std::string(9'000, 'a')), 431),
      bad("header that stops", "GET / HTTP/1.1\r\nHost: h\r\n", 408),
      bad("unknown expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "a"), 417),
  };
}

}  // namespace

Cases framing_cases() {
  Cases all;
  for (auto* group : {&transfer_encoding, &chunks, &content_length, &host, &request_line, &fields}) {
    auto cases = group();
    all.insert(all.end(), std::make_move_iterator(cases.begin()), std::make_move_iterator(cases.end()));
  }
  return all;
}

}  // namespace otto::net
