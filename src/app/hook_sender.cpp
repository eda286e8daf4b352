#include "otto/app/hook_sender.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/hooks/policy.hpp"
#include "otto/net/http_client.hpp"

namespace otto::app {

namespace {

constexpr std::size_t kKeptBody = 64 * 1024;

/// Retry-After in seconds; its date form is rare and counts as none.
seconds retry_after(std::string_view header) {
  const std::string_view text = trim(header);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return seconds{0};
  return seconds{value};
}

class NetHookSender final : public ports::HookSender {
 public:
  explicit NetHookSender(std::optional<std::vector<std::string>> allowed_hosts)
      : allowed_hosts_{std::move(allowed_hosts)} {}

  Task<Result<ports::HookAnswer>> post(ports::HookRequest hook) override {
    net::ClientRequest request;
    request.method = "POST";
    request.url = std::move(hook.url);
    for (auto& [name, value] : hook.headers) request.headers.add(std::move(name), std::move(value));
    request.body = std::move(hook.body);
    request.timeout = seconds{15};
    request.public_only = allowed_hosts_.has_value();
    request.allow_private = [this](const std::string& host, std::uint16_t port) {
      return hooks::is_allowed_host(*allowed_hosts_, host, port);
    };

    net::ClientResult result = co_await net::send_request(std::move(request));
    if (!result.response) co_return result.response.error();
    ports::HookAnswer answer;
    answer.status = result.response->status;
    answer.content_type = result.response->headers.get("Content-Type");
    answer.retry_after = retry_after(result.response->headers.get("Retry-After"));
    answer.body = truncate_utf8(result.response->body, kKeptBody);
    co_return answer;
  }

 private:
  std::optional<std::vector<std::string>> allowed_hosts_;  ///< none: not only public addresses
};

}  // namespace

std::unique_ptr<ports::HookSender> make_hook_sender(std::vector<std::string> allowed_hosts) {
  return std::make_unique<NetHookSender>(std::move(allowed_hosts));
}

std::unique_ptr<ports::HookSender> make_hook_sender() { return std::make_unique<NetHookSender>(std::nullopt); }

}  // namespace otto::app
