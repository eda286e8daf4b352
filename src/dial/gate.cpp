#include "otto/dial/gate.hpp"

#include "otto/phone/window.hpp"

namespace otto::dial {

ports::GateVerdict may_dial(const Contact& contact, const CampaignSettings& settings, TimePoint now) {
  phone::Window window;
  window.start_minute = settings.hours.start_minute;
  window.end_minute = settings.hours.end_minute;
  window.days = settings.hours.days;
  std::vector<std::string> zones = contact.zones;
  if (settings.hours.timezone != "contact") zones = {settings.hours.timezone};

  ports::GateVerdict verdict;
  const auto opens = phone::next_open(window, zones, now);
  if (opens && *opens <= now) return verdict;
  verdict.may_dial = false;
  if (opens) {
    verdict.not_before = *opens;
    verdict.reason = "outside calling hours until " + format_iso8601(*opens);
  } else {
    verdict.not_before = now + hours{24};
    verdict.reason = "the calling hours do not open at the same time in all zones of this number within eight days";
  }
  return verdict;
}

}  // namespace otto::dial
