#include "otto/api/preview_plan.hpp"

#include <algorithm>
#include <map>

#include "otto/dial/gate.hpp"
#include "otto/dial/place.hpp"

namespace otto::api {

namespace {

/// Whoever is in the same zones under the same law may be called at the same times.
struct Group {
  Contact like;
  int contacts = 0;
};

std::string name_of(const std::vector<std::string>& zones) {
  std::string name;
  for (const std::string& zone : zones) name += (name.empty() ? "" : ", ") + zone;
  return name;
}

std::map<std::pair<std::string, std::string>, Group> groups_of(const std::vector<NewContact>& contacts) {
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const NewContact& contact : contacts) {
    Group& group = groups[{name_of(contact.zones), dial::place_of(contact.phone, contact.variables).state}];
    if (group.contacts++ > 0) continue;
    group.like.phone = contact.phone;
    group.like.zones = contact.zones;
    group.like.variables = contact.variables;
  }
  return groups;
}

}  // namespace

Json preview_plan(const std::vector<NewContact>& contacts, const CampaignSettings& settings,
                  const campaign::EstimatePace& pace, TimePoint now) {
  const auto groups = groups_of(contacts);
  std::vector<campaign::EstimateGroup> pools;
  struct Zone {
    int contacts = 0;
    TimePoint opens = TimePoint::max();
  };
  std::map<std::string, Zone> zones;
  for (const auto& [key, group] : groups) {
    const auto opens = [&settings, like = &group.like](TimePoint t) -> std::optional<TimePoint> {
      const auto verdict = dial::may_dial(*like, settings, t);
      return verdict.may_dial ? t : verdict.not_before;
    };
    Zone& zone = zones[key.first];
    zone.contacts += group.contacts;
    zone.opens = std::min(zone.opens, *opens(now));
    pools.push_back({group.contacts, opens});
  }
  const auto estimate = campaign::estimate(pools, settings, pace, now);
  Json listed = Json::array();
  for (const auto& [name, zone] : zones)
    listed.push_back({{"zone", name}, {"contacts", zone.contacts}, {"opensAt", format_iso8601(zone.opens)}});
  return Json{{"zones", std::move(listed)},
              {"estimate",
               {{"calls", estimate.calls},
                {"endsAt", estimate.ends_at ? Json(format_iso8601(*estimate.ends_at)) : Json(nullptr)},
                {"cost", estimate.cost ? Json(*estimate.cost) : Json(nullptr)},
                {"assumptions", "It begins now, a call takes 60 seconds, and every contact is tried once."}}}};
}

}  // namespace otto::api
