#include "api/agent_warnings.hpp"

#include <utility>

#include "otto/rt/group.hpp"

namespace otto::api {

namespace {

constexpr milliseconds kPatience{3000};

Task<void> ask(ports::Agent& agent, std::string id, ports::AgentNeeds needs, Result<ports::AgentCheck>& answer) {
  answer = co_await agent.check(std::move(id), std::move(needs));
}

}  // namespace

Task<Result<std::vector<std::string>>> agent_warnings(const Deps& deps, const NewCampaign& campaign,
                                                      const NewContact& contact) {
  const std::string agent_id =
      campaign.settings.agent_id.empty() ? deps.config.elevenlabs_agent_id : campaign.settings.agent_id;
  ports::AgentNeeds needs;
  needs.max_call_duration = campaign.settings.max_call_duration;
  for (const auto& [name, value] : contact.variables) needs.variables.push_back(name);
  Result<ports::AgentCheck> checked = Error{Errc::TimedOut, "it did not answer in time."};
  // The limit first: an answer that is there at once must find it waiting, or it would wait to its end.
  auto limit = deps.timers.sleep_for(kPatience);
  auto asking = ask(deps.agent, agent_id, std::move(needs), checked);
  co_await rt::first_of(std::move(limit), std::move(asking));
  if (checked) co_return std::move(checked->problems);
  if (checked.error().code == Errc::NotFound)
    co_return Error{Errc::NotFound, "There is no agent \"" + agent_id + "\": " + checked.error().detail};
  std::vector<std::string> warnings{"The agent could not be checked: " + checked.error().detail};
  co_return warnings;
}

}  // namespace otto::api
