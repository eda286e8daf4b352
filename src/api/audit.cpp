#include "otto/api/audit.hpp"

#include <algorithm>
#include <array>

#include "otto/base/text.hpp"

namespace otto::api {

namespace {

struct Named {
  std::string_view method, pattern, action;
};
constexpr std::array<Named, 18> kActions{{
    {"POST", "/api/n8n/trigger-outbound-campaign", "campaign.trigger"},
    {"POST", "/api/n8n/stop-campaign/:campaignId", "campaign.stop"},
    {"PATCH", "/api/campaigns/:campaignId", "campaign.change"},
    {"POST", "/api/campaigns/:campaignId/pause", "campaign.pause"},
    {"POST", "/api/campaigns/:campaignId/resume", "campaign.resume"},
    {"POST", "/api/campaigns/:campaignId/test", "campaign.test_call"},
    {"GET", "/api/campaigns/:campaignId/contacts.csv", "contacts.export"},
    {"POST", "/api/do-not-call", "do_not_call.add"},
    {"DELETE", "/api/do-not-call/:phone", "do_not_call.remove"},
    {"POST", "/api/calls/:call/hang-up", "call.hang_up"},
    {"GET", "/api/calls/:call/recording", "recording.play"},
    {"POST", "/api/webhooks/dead-letters/replay", "webhooks.replay"},
    {"POST", "/api/webhooks/dead-letters/:id/replay", "webhooks.replay"},
    {"GET", "/api/calls/:call/listen", kListenedIn},
    {"GET", "/api/persons/:phone", "person.export"},
    {"DELETE", "/api/persons/:phone", "person.erase"},
    {"DELETE", "/api/sessions", "session.end_others"},
    {"DELETE", "/api/sessions/:id", "session.end"},
}};
constexpr std::size_t kMaxTarget = 100, kMaxDetail = 500;
constexpr std::size_t kMaxRequest = 16 * 1024, kMaxAnswer = 256 * 1024;  // bytes; longer ones are not read again

void tell(const Json& object, const std::string& before, std::string& text) {
  for (const auto& [name, value] : object.items()) {
    if (text.size() > kMaxDetail) return;
    const std::string path = before + name;
    if (value.is_object() && before.empty()) {
      tell(value, path + ".", text);
      continue;
    }
    text += (text.empty() ? "" : ", ") + path;
    if (value.is_number() || value.is_boolean()) text += " " + value.dump();
  }
}

}  // namespace

std::string_view audit_action(std::string_view method, std::string_view pattern) {
  const auto found = std::ranges::find_if(
      kActions, [&](const Named& named) { return named.method == method && named.pattern == pattern; });
  return found == kActions.end() ? std::string_view{} : found->action;
}

std::string audit_target(const net::Request& request) {
  for (const std::string_view name : {"campaignId", "call", "id"})
    if (const auto value = request.param(name); !value.empty()) return std::string{truncate_utf8(value, kMaxTarget)};
  const auto phone = request.param("phone");
  return phone.empty() ? std::string{} : mask_phone(phone);
}

std::string audit_target(const net::Response& answer) {
  if (answer.status >= 300 || answer.body.size() > kMaxAnswer) return {};
  const auto body = parse_json(answer.body);
  if (!body) return {};
  const auto campaign = text_at(*body, "campaignId"), phone = text_at(*body, "phone");
  return !campaign.empty() || phone.empty() ? campaign : mask_phone(phone);
}

std::string audit_detail(const net::Request& request) {
  if (request.body.empty() || request.body.size() > kMaxRequest) return {};
  const auto body = parse_json(request.body);
  if (!body || !body->is_object()) return {};
  std::string text;
  tell(*body, "", text);
  return std::string{truncate_utf8(text, kMaxDetail)};
}

}  // namespace otto::api
