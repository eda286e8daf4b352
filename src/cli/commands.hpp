// One function per command; each returns the program's exit status.
#pragma once

#include <string>

#include "otto/base/config.hpp"
#include "otto/base/json.hpp"
#include "otto/campaign/rehearsal.hpp"
#include "otto/model/campaign.hpp"

#include "client.hpp"
#include "output.hpp"

namespace otto::cli {

int migrate(const Config& config, bool dry_run, const Output& out);
/// `config`: null when the settings are wrong, and how is said in `wrong`. 1 when something must be mended before
/// anybody can be called; a warning is none.
int doctor(const Config* config, const std::vector<std::string>& wrong, const Output& out);

struct AgentSpec {
  std::string name, voice_id, prompt, first_message;
};
int create_agent(const Config& config, const AgentSpec& spec, const Output& out);
struct AgentRepair {
  std::string agent_id;       ///< empty: ELEVENLABS_OUTBOUND_AGENT_ID
  int max_call_duration = 0;  ///< seconds that the agent must allow; 0: the default of settings.maxCallDuration
  bool dry_run = false;
};
int fix_agent(const Config& config, const AgentRepair& what, const Output& out);

struct ListToCheck {
  std::string list, tab;  ///< a file, a sheet's id or its address; the tab's title
  CampaignType type = CampaignType::General;
};
/// 1 when nobody in it can be called.
int contacts_check(const Config& config, const ListToCheck& list, const Output& out);

struct TestCall {
  std::string to, name;
  bool any_hour = false;  ///< by call() also when nobody may be called there
};
/// Calls one number as a campaign of its own and tells how it goes. 1 when nobody was reached.
int call(const Client& daemon, const TestCall& what);
/// A list's bytes into a trigger's body, as what they are.
void put_list(Json& body, std::string file);
struct StartSpec {
  std::string file, contacts;  ///< the trigger's body; a CSV or Excel file that becomes its list, empty: it has its own
  bool wait = false;           ///< campaign_watch() until it has ended
};
int campaign_start(const Client& daemon, const StartSpec& what);
/// Until it has ended: 0 when it was completed.
int campaign_watch(const Client& daemon, const std::string& id);
/// `only`: a campaign's status; empty: any.
int campaign_list(const Client& daemon, const std::string& only);
int campaign_show(const Client& daemon, const std::string& id);
/// Every call, however many; `csv`: the fields of public."OutboundCall".
int campaign_results(const Client& daemon, const std::string& id, bool csv);
struct ContactQuery {
  std::string campaign, state, outcome, search;  ///< the API's; empty: any
  bool csv = false;                              ///< the API's fields
};
/// Every contact that is like it, in the order of the rows.
int campaign_contacts(const Client& daemon, const ContactQuery& query);
int campaign_stop(const Client& daemon, const std::string& id, bool hang_up);
struct RehearseSpec {
  std::string file, contacts, start;  ///< the trigger's body; a CSV or Excel file; when it begins, as ISO 8601
  campaign::RehearsalOdds odds;
};
/// Changes nothing of the real database and asks no provider. 1: it cannot be rehearsed, or hours were not kept.
int campaign_rehearse(const Config& config, const RehearseSpec& spec, const Output& out);
int campaign_pause(const Client& daemon, const std::string& id, const std::string& reason);
int campaign_resume(const Client& daemon, const std::string& id);
/// `file`: JSON with the settings to change, - reads standard input.
int campaign_change(const Client& daemon, const std::string& id, const std::string& file);
int campaign_test(const Client& daemon, const std::string& id, const TestCall& what);
/// `phone`: one contact's; empty: the campaign's.
int campaign_why(const Client& daemon, const std::string& id, const std::string& phone);
/// What is shown of calls: the head, and a row.
Table call_table();
void add_call(Table& table, const Json& call);
/// The newest, or all that are under way. `campaign`: empty: of any.
int call_list(const Client& daemon, const std::string& campaign, bool live);
/// `call`: its id or CallSid.
int call_show(const Client& daemon, const std::string& call);
int call_hang_up(const Client& daemon, const std::string& call);
/// `file`: as .wav, anything else as MP3.
int call_recording(const Client& daemon, const std::string& call, const std::string& file);
/// Whether the services answer; 1 when the database does not.
int show_status(const Client& daemon);
/// Who did what, newest first; `action` and `who`: empty: any.
int audit_list(const Client& daemon, const std::string& action, const std::string& who);
int do_not_call_add(const Client& daemon, const std::string& phone, const std::string& reason);
int do_not_call_remove(const Client& daemon, const std::string& phone);
int do_not_call_list(const Client& daemon);
/// Prints everything that is known about a number's person, as JSON.
int person_export(const Client& daemon, const std::string& phone);
int person_erase(const Client& daemon, const std::string& phone);
int webhooks_dead(const Client& daemon, const std::string& campaign);
/// `id`: one dead letter; empty: all, or all of `campaign`.
int webhooks_replay(const Client& daemon, const std::string& id, const std::string& campaign);
int print_settings(const Output& out);
/// Asks for a password (a terminal twice, without showing it; else a line) and prints the setting's line that opens for
/// it without holding it. 1: it is too short or too easy to guess.
int password(bool for_view, const Output& out);
/// Prints the setting's line of a new second factor, and what authenticator apps take.
int totp(bool for_view, const Output& out);

}  // namespace otto::cli
