// Who the sandbox's providers are: accounts, keys and numbers, all made up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otto::sandbox {

struct Identity {
  std::string account_sid = "AC0770770770770770770770770770077a";
  std::string auth_token = "0770sandbox0770sandbox0770sandbo";
  std::string api_key_sid = "SK0770770770770770770770770770077b";
  std::string api_key_secret = "sandbox-api-key-secret";
  std::vector<std::string> numbers{"+14155550100", "+12125550100"};  ///< ours to call from

  std::string elevenlabs_key = "sk_sandbox_0770";
  std::string agent_id = "agent_sandbox";                         ///< µ-law both ways, as Otto wants it
  std::string webhook_url, webhook_secret = "wsec_sandbox_0770";  ///< post-call webhooks; no URL: none are sent

  bool owns(std::string_view number) const noexcept {
    for (const auto& own : numbers)
      if (own == number) return true;
    return false;
  }
};

}  // namespace otto::sandbox
