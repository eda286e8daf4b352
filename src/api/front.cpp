#include "otto/api/front.hpp"

namespace otto::api {

namespace {

constexpr std::string_view kContentSecurity =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";
/// Of what is no page: shown by itself it may load nothing, and nobody may frame it.
constexpr std::string_view kDataSecurity = "default-src 'none'; frame-ancestors 'none'";
constexpr std::string_view kPermissions =
    "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

bool is_api(const net::Request& request) { return request.path.starts_with("/api/"); }

void set_default(net::Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.has(name)) headers.add(std::string{name}, std::string{value});
}

}  // namespace

void Front::dress(net::Response& response, bool is_api) const {
  if (response.status == net::kCutOff) return;
  auto& headers = response.headers;
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  if (is_tls_) headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  if (is_api) set_default(headers, "Cache-Control", "no-store");
  const bool is_page = headers.get("Content-Type").starts_with("text/html");
  headers.set("Content-Security-Policy", std::string{is_page ? kContentSecurity : kDataSecurity});
  if (!is_page) return;
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Permissions-Policy", std::string{kPermissions});
}

std::optional<net::Response> Front::refuse(const net::Request& head) {
  auto refused = inner_.refuse(head);
  if (refused) dress(*refused, is_api(head));
  return refused;
}

Task<net::Response> Front::handle(net::Request request) {
  const bool api = is_api(request);
  std::optional<std::string> renewed;
  if (api) renewed = doors_.renewal(request);
  auto response = co_await inner_.handle(std::move(request));
  dress(response, api);
  if (renewed && response.status != 401 && !response.headers.has("Set-Cookie"))
    response.headers.add("Set-Cookie", std::move(*renewed));
  co_return response;
}

Task<net::HttpHandler::Upgrade> Front::upgrade(net::Request request) {
  const bool api = is_api(request);
  auto upgrade = co_await inner_.upgrade(std::move(request));
  if (upgrade.refuse) dress(*upgrade.refuse, api);
  co_return upgrade;
}

}  // namespace otto::api
