#include "http_text.hpp"

#include <boost/beast/http/status.hpp>

namespace otto::net {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f' ? ' ' : c;
  out += "\r\n";
}

bool is_framing(std::string_view name) {
  return iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding") || iequals(name, "Connection");
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.find_first_of(": \t\r\n") == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

std::string format_http_date(TimePoint time) {
  // RFC 2822 with a numeric zone is what base formats; HTTP wants the same with GMT.
  auto text = format_rfc2822(time);
  text.replace(text.rfind(' ') + 1, std::string::npos, "GMT");
  return text;
}

bool has_token(std::string_view list, std::string_view token) {
  for (const auto& item : split(list, ',')) {
    if (iequals(trim(item), token)) return true;
  }
  return false;
}

std::string format_response_head(const Response& response, const HeadOptions& options) {
  const auto status = static_cast<unsigned>(response.status);
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  out += std::string_view{boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status))};
  out += "\r\n";
  for (const auto& [name, value] : response.headers.all()) {
    if (is_field_name(name) && !is_framing(name)) append_field(out, name, value);
  }
  if (!response.headers.has("Date")) append_field(out, "Date", format_http_date(options.date));
  if (response.stream) {
    if (options.chunks) append_field(out, "Transfer-Encoding", "chunked");
  } else if (status != 204 && status != 304) {
    append_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  append_field(out, "Connection", options.keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  return out;
}

std::string format_request_head(std::string_view method, const Url& url, const Headers& headers, std::size_t body_bytes,
                                std::string_view connection) {
  std::string out{method};
  out.append(" ").append(url.target).append(" HTTP/1.1\r\n");
  append_field(out, "Host", headers.has("Host") ? headers.get("Host") : url.authority());
  for (const auto& [name, value] : headers.all()) {
    if (is_field_name(name) && !is_framing(name) && !iequals(name, "Host")) append_field(out, name, value);
  }
  if (!headers.has("User-Agent")) append_field(out, "User-Agent", "otto");
  if (!headers.has("Accept")) append_field(out, "Accept", "*/*");
  if (body_bytes > 0 || (method != "GET" && method != "HEAD"))
    append_field(out, "Content-Length", std::to_string(body_bytes));
  append_field(out, "Connection", connection);
  out += "\r\n";
  return out;
}

}  // namespace otto::net
