// Calls: the newest, those under way, one with what happened in it; ended, and heard.
#include <cstdio>
#include <fmt/format.h>
#include <fstream>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

std::string call_path(const std::string& call, std::string_view rest = {}) {
  return "/api/calls/" + percent_encode(call) + std::string{rest};
}

/// "00:12": since the call was answered.
std::string offset(const Json& turn) {
  const auto ms = integer_at(turn, "offsetMs");
  if (!ms || *ms < 0) return "     ";
  return fmt::format("{:02}:{:02}", *ms / 60'000, *ms / 1000 % 60);
}

void print_call(const Json& answer) {
  const Json call = answer.value("call", Json::object());
  std::printf("%s, %s: %s", printable(text_at(call, "customerName")).c_str(), text_at(call, "customerPhone").c_str(),
              text_at(call, "status").c_str());
  for (const char* field : {"outcome", "answeredBy"})
    if (const std::string value = text_at(call, field); !value.empty()) std::printf(", %s", value.c_str());
  if (const auto length = integer_at(call, "duration")) std::printf(", %s", counted(*length, "second").c_str());
  std::printf("\n");
  if (const std::string notes = text_at(call, "notes"); !notes.empty()) std::printf("%s\n", printable(notes).c_str());
  std::printf("\n");
  for (const Json& entry : answer.value("timeline", Json::array()))
    std::printf("%s  %s\n", text_at(entry, "at").c_str(), printable(text_at(entry, "text")).c_str());
  const Json turns = answer.value("turns", Json::array());
  if (!turns.empty()) std::printf("\n");
  for (const Json& turn : turns)
    std::printf("%s  %s: %s\n", offset(turn).c_str(), text_at(turn, "role") == "agent" ? "Agent" : "Callee",
                printable(text_at(turn, "text")).c_str());
}

}  // namespace

int call_list(const Client& daemon, const std::string& campaign, bool live) {
  std::string path = "/api/calls?limit=100";
  if (!campaign.empty()) path += "&campaignId=" + percent_encode(campaign);
  if (live) path += "&live=true";
  const auto page = daemon.ask("GET", path);
  if (!page) return 1;
  if (daemon.out.json()) return daemon.out.document(*page);
  Table table{{"CALL", "SINCE", "NAME", "PHONE", "STATUS", "OUTCOME", "SECONDS", "CAMPAIGN"}};
  for (const Json& call : page->value("calls", Json::array()))
    table.add({text_at(call, "callId"), text_at(call, "initiatedAt"), text_at(call, "customerName"),
               text_at(call, "customerPhone"), text_at(call, "status"), text_at(call, "outcome"),
               text_at(call, "duration"), text_at(call, "campaignName")});
  table.print();
  if (table.is_empty()) std::printf("%s\n", live ? "No call is under way." : "There is no call yet.");
  return 0;
}

int call_show(const Client& daemon, const std::string& call) {
  const auto answer = daemon.ask("GET", call_path(call));
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  print_call(*answer);
  return 0;
}

int call_hang_up(const Client& daemon, const std::string& call) {
  const auto answer = daemon.ask("POST", call_path(call, "/hang-up"), "{}");
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  std::printf("The call is being ended.\n");
  return 0;
}

int call_recording(const Client& daemon, const std::string& call, const std::string& file) {
  const std::string format = to_lower(file).ends_with(".wav") ? "wav" : "mp3";
  std::ofstream sound{file, std::ios::binary};
  if (!sound) return daemon.out.fail(Error{Errc::NotFound, file + " cannot be written."});
  std::uint64_t bytes = 0;
  const bool all = daemon.parts(call_path(call, "/recording?format=" + format), [&](const std::string& part) {
    sound << part;
    bytes += part.size();
  });
  sound.close();
  if (!all) return 1;
  if (!sound) return daemon.out.fail(Error{Errc::Internal, file + " could not be written: the disk is full?"});
  if (daemon.out.json()) return daemon.out.document(Json{{"success", true}, {"file", file}, {"bytes", bytes}});
  std::printf("%s: %s\n", file.c_str(), counted(static_cast<std::int64_t>(bytes), "byte").c_str());
  return 0;
}

}  // namespace otto::cli
