// One function per command; each returns the program's exit status.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "otto/base/config.hpp"
#include "otto/base/error.hpp"
#include "otto/base/json.hpp"
#include "otto/campaign/rehearsal.hpp"
#include "otto/model/campaign.hpp"

namespace otto::cli {

/// Settings from the environment, the file (--config or OTTO_CONFIG) and .env. On failure the sentences have been
/// printed to stderr. With `only`, no others are read (load_config()).
Result<Config> load_settings(const std::string& config_file, std::span<const std::string_view> only = {});

int migrate(const Config& config, bool dry_run);
int doctor(const Config& config, bool json);

struct AgentSpec {
  std::string name, voice_id, prompt, first_message;
};
int create_agent(const Config& config, const AgentSpec& spec);
struct AgentRepair {
  std::string agent_id;       ///< empty: ELEVENLABS_OUTBOUND_AGENT_ID
  int max_call_duration = 0;  ///< seconds that the agent must allow; 0: the default of settings.maxCallDuration
  bool dry_run = false;
};
int fix_agent(const Config& config, const AgentRepair& what);

struct ListToCheck {
  std::string list, tab;  ///< a file, a sheet's id or its address; the tab's title
  CampaignType type = CampaignType::General;
};
/// 1 when nobody in it can be called.
int contacts_check(const Config& config, const ListToCheck& list, bool json);

struct Api {
  std::string base_url, key;
};
/// The daemon's own address and the first API key, unless OTTO_URL or OTTO_API_KEY say otherwise.
Api api_of(const Config& config);

struct TestCall {
  std::string to, name;
};
int call(const Api& api, const TestCall& what);
/// A list's bytes into a trigger's body, as what they are.
void put_list(Json& body, std::string file);
/// `contacts`: a CSV or Excel file that becomes the body's list; empty: the body has its own.
int campaign_start(const Api& api, const std::string& file, const std::string& contacts);
/// `only`: a campaign's status; empty: any.
int campaign_list(const Api& api, const std::string& only, bool json);
int campaign_show(const Api& api, const std::string& id, bool json);
int campaign_stop(const Api& api, const std::string& id, bool hang_up);
struct RehearseSpec {
  std::string file, contacts, start;  ///< the trigger's body; a CSV or Excel file; when it begins, as ISO 8601
  campaign::RehearsalOdds odds;
};
/// Changes nothing of the real database and asks no provider. 1: it cannot be rehearsed, or hours were not kept.
int campaign_rehearse(const Config& config, const RehearseSpec& spec, bool json);
int campaign_pause(const Api& api, const std::string& id, const std::string& reason);
int campaign_resume(const Api& api, const std::string& id);
/// `file`: JSON with the settings to change, - reads standard input.
int campaign_change(const Api& api, const std::string& id, const std::string& file);
int campaign_test(const Api& api, const std::string& id, const TestCall& what);
/// `phone`: one contact's; empty: the campaign's.
int campaign_why(const Api& api, const std::string& id, const std::string& phone, bool json);
int do_not_call_add(const Api& api, const std::string& phone, const std::string& reason);
int do_not_call_remove(const Api& api, const std::string& phone);
int do_not_call_list(const Api& api);
/// Prints everything that is known about a number's person, as JSON.
int person_export(const Api& api, const std::string& phone);
int person_erase(const Api& api, const std::string& phone);
int webhooks_dead(const Api& api, const std::string& campaign);
/// `id`: one dead letter; empty: all, or all of `campaign`.
int webhooks_replay(const Api& api, const std::string& id, const std::string& campaign);
int print_settings();

}  // namespace otto::cli
