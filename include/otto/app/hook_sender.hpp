// Posts webhooks over the network. Private, loopback and link-local targets are refused unless OTTO_CALLBACK_HOSTS
// names them: a callbackUrl comes from outside and must not reach what only we can reach.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "otto/ports/hook.hpp"

namespace otto::app {

std::unique_ptr<ports::HookSender> make_hook_sender(std::vector<std::string> allowed_hosts);
/// For an address that the operator has set: any is reached.
std::unique_ptr<ports::HookSender> make_hook_sender();

}  // namespace otto::app
