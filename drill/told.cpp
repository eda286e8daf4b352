#include "drill/told.hpp"

#include <map>
#include <set>
#include <utility>

#include "otto/base/text.hpp"

#include "tests/system/signed.hpp"

namespace otto::drill {

namespace {

struct Told {
  std::int64_t last = 0;
  std::map<std::int64_t, std::pair<std::string, std::string>> events;  ///< sequence → id, body
  std::map<std::string, int> types;
};

class Reader {
 public:
  explicit Reader(House& house) : house_{house} {}

  std::vector<std::string> run() {
    for (const net::Request& request : house_.receiver().requests)
      if (request.target.starts_with("/events")) take(request);
    for (const Json& row : house_.rows("SELECT campaign_id, last_sequence FROM otto.event_queue")) {
      const std::string id = text_at(row, "campaign_id");
      if (campaigns_[id].last != row["last_sequence"].get<std::int64_t>())
        wrong(id + ": " + std::to_string(campaigns_[id].last) + " of " + row["last_sequence"].dump() + " events told");
    }
    for (const Json& row : house_.rows("SELECT a.id FROM otto.attempt a JOIN otto.event_queue q USING (campaign_id) "
                                       "WHERE a.closed_at IS NOT NULL"))
      if (!ended_.contains(text_at(row, "id")))
        wrong("nobody was told how the attempt " + text_at(row, "id") + " ended");
    for (const Json& row : house_.rows(
             "SELECT p.id, 'campaign.' || lower(p.status::text) AS type FROM public.\"OutboundCampaign\" p JOIN "
             "otto.event_queue q ON q.campaign_id = p.id WHERE p.status IN ('COMPLETED', 'STOPPED', 'FAILED')"))
      if (const int count = campaigns_[text_at(row, "id")].types[text_at(row, "type")]; count != 1)
        wrong(text_at(row, "id") + ": " + text_at(row, "type") + " was told " + std::to_string(count) + " times");
    return std::move(sentences_);
  }

 private:
  void take(const net::Request& request) {
    if (!system_test::is_signed(request, kWebhookSecret)) return wrong("an event is not signed");
    const auto event = parse_json(request.body);
    if (!event) return wrong("an event is no JSON");
    Told& told = campaigns_[text_at(*event, "campaignId")];
    const auto sequence = (*event)["sequence"].get<std::int64_t>();
    if (sequence != told.last && sequence != told.last + 1)
      wrong(text_at(*event, "campaignId") + ": the event " + std::to_string(sequence) + " was told after " +
            std::to_string(told.last));
    told.last = std::max(told.last, sequence);
    std::pair<std::string, std::string> as_told{request.headers.get("webhook-id"), request.body};
    const auto [known, is_new] = told.events.emplace(sequence, as_told);
    if (!is_new) {
      if (known->second != as_told) wrong(text_at(*event, "campaignId") + ": one event was told in two ways");
      return;
    }
    ++told.types[text_at(*event, "type")];
    if (text_at(*event, "type") == "call.ended") ended_.insert(text_at((*event)["data"], "attemptId"));
  }

  void wrong(std::string sentence) { sentences_.push_back(std::move(sentence)); }

  House& house_;
  std::map<std::string, Told> campaigns_;
  std::set<std::string> ended_;  ///< attempts
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> wrongly_told(House& house) { return Reader{house}.run(); }

}  // namespace otto::drill
