// People's data in memory, as far as the caretaker and the routes ask for it.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "otto/ports/people_store.hpp"

namespace otto::fakes {

class FakePeople final : public ports::PeopleStore {
 public:
  std::map<std::string, Json> persons;
  std::vector<std::string> erased;
  std::optional<Error> refusal;
  std::map<ports::Perishable, int> due;  ///< contacts
  std::vector<ports::Perishable> purges;
  std::vector<TimePoint> ended_before;
  int audit_due = 0;
  struct Removal {
    TimePoint due;
    int tries = 0;
    std::string reason;
  };
  std::map<std::string, Removal> removals;

  Task<Result<Json>> export_person(std::string phone) override {
    if (refusal) co_return *refusal;
    if (const auto found = persons.find(phone); found != persons.end()) co_return found->second;
    co_return Json{{"phone", phone}, {"doNotCall", nullptr}, {"contacts", Json::array()}, {"calls", Json::array()}};
  }
  Task<Result<ports::Erased>> erase_person(std::string phone, TimePoint) override {
    if (refusal) co_return *refusal;
    erased.push_back(phone);
    ports::Erased done;
    done.contacts = 2;
    done.calls = 3;
    done.recordings = 1;
    co_return done;
  }
  Task<Result<ports::PurgeStep>> purge(ports::Perishable what, TimePoint before, ports::PurgePlace, int limit,
                                       TimePoint) override {
    if (refusal) co_return *refusal;
    purges.push_back(what);
    ended_before.push_back(before);
    ports::PurgeStep step;
    step.contacts = std::min(limit, due[what]);
    due[what] -= step.contacts;
    step.is_done = step.contacts == 0;
    co_return step;
  }
  Task<Result<int>> purge_audit(TimePoint, int limit) override {
    const int gone = std::min(limit, audit_due);
    audit_due -= gone;
    co_return gone;
  }
  Task<Result<std::vector<ports::RecordingRemoval>>> take_removals(int limit, seconds hold, TimePoint now) override {
    if (refusal) co_return *refusal;
    std::vector<ports::RecordingRemoval> taken;
    for (auto& [recording, removal] : removals) {
      if (removal.due > now || taken.size() == static_cast<std::size_t>(limit)) continue;
      removal.due = now + hold;
      taken.push_back({recording, ++removal.tries});
    }
    co_return taken;
  }
  Task<Result<void>> removed(std::string recording) override {
    removals.erase(recording);
    co_return Result<void>{};
  }
  Task<Result<void>> postpone_removal(std::string recording, TimePoint next, std::string reason) override {
    removals[recording].due = next;
    removals[recording].reason = std::move(reason);
    co_return Result<void>{};
  }
};

}  // namespace otto::fakes
