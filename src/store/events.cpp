// The outbox of events and its dead letters.
#include <algorithm>

#include "store/campaign_sql.hpp"
#include "store/event_sql.hpp"
#include "store/queue_event.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

namespace {

constexpr int kMostReplayed = 10'000;
constexpr Patience kBulk{seconds{30}, seconds{35}};
constexpr char kFull[] = "the receiver had taken none of the 100,000 events before it";

bool is_id(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

ports::DeadLetter letter_of(const Row& row) {
  ports::DeadLetter letter;
  letter.id = text_of(row["id"]);
  letter.campaign = CampaignId{text_of(row["campaign_id"])};
  letter.type = text_of(row["type"]);
  letter.url = text_of(row["url"]);
  letter.reason = text_of(row["last_error"]);
  letter.at = time_of(row["given_up_at"]);
  return letter;
}

}  // namespace

bool has_event_queue(Transaction& tx, const CampaignId& campaign) {
  return !tx.exec_params(sql::kHasQueue, campaign.value).empty();
}

void queue_events(Transaction& tx, const CampaignEvents& events, TimePoint now) {
  for (const auto& [campaign, event] : events)
    tx.exec_params0(sql::kQueueEvent, campaign.value, make_cuid(), event.type, clean(dump_json(event.data)),
                    to_sql(now), kMaxPendingEvents, std::string{kFull});
}

void queue_campaign_event(Transaction& tx, const CampaignId& campaign, std::string_view what, TimePoint now) {
  if (!has_event_queue(tx, campaign)) return;
  const auto row = tx.exec_params1(sql::kLoadCampaign, campaign.value);
  queue_events(tx, {{campaign, campaign_event(what, campaign_of(row))}}, now);
}

Task<Result<std::vector<ports::EventQueue>>> Events::take_queues(int limit, seconds hold, TimePoint now) {
  using Queues = std::vector<ports::EventQueue>;
  auto take = [limit, hold, now](Transaction& tx) -> Result<Queues> {
    Queues queues;
    for (const auto& row : tx.exec_text(sql::kTakeQueues, to_sql(now), to_sql(now + hold), limit))
      queues.push_back({CampaignId{text_of(row["campaign_id"])}, text_of(row["url"]), row["failures"].as<int>()});
    return queues;
  };
  co_return co_await pool_.transact<Queues>("take_event_queues", std::move(take));
}

Task<Result<ports::EventFront>> Events::front(CampaignId campaign, int limit) {
  auto read = [campaign = std::move(campaign), limit](Transaction& tx) -> Result<ports::EventFront> {
    ports::EventFront front;
    for (const auto& row : tx.exec_params(sql::kFront, campaign.value, limit)) {
      front.last_sequence = row["last_sequence"].as<std::int64_t>();
      if (row["id"].is_null()) break;
      ports::PendingEvent event;
      event.id = text_of(row["id"]);
      event.sequence = row["sequence"].as<std::int64_t>();
      event.type = text_of(row["type"]);
      event.data = text_of(row["data"]);
      event.at = time_of(row["at"]);
      event.queued_at = time_of(row["queued_at"]);
      event.tries = row["tries"].as<int>();
      front.events.push_back(std::move(event));
    }
    return front;
  };
  co_return co_await pool_.transact<ports::EventFront>("event_front", std::move(read));
}

Task<Result<void>> Events::sent(CampaignId campaign, std::string id) {
  Work settle = [campaign = std::move(campaign), id = std::move(id)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kEventSent, campaign.value, id);
    return std::nullopt;
  };
  co_return co_await pool_.run("event_sent", std::move(settle));
}

Task<Result<void>> Events::postpone(CampaignId campaign, std::string id, TimePoint next, std::string reason) {
  Work postpone = [campaign = std::move(campaign), id = std::move(id), next,
                   reason = std::move(reason)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kPostpone, campaign.value, id, to_sql(next), clean(reason));
    return std::nullopt;
  };
  co_return co_await pool_.run("event_postpone", std::move(postpone));
}

Task<Result<void>> Events::bury(CampaignId campaign, std::string id, std::string reason, bool all, TimePoint now) {
  Work bury = [campaign = std::move(campaign), id = std::move(id), reason = std::move(reason), all,
               now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kBury, id, clean(reason), to_sql(now));
    if (all) tx.exec_params0(sql::kBuryAll, campaign.value, clean(reason), to_sql(now));
    return std::nullopt;
  };
  co_return co_await pool_.run("event_bury", std::move(bury), kBulk);
}

Task<Result<void>> Events::release(CampaignId campaign, std::int64_t last_sequence, TimePoint now) {
  Work release = [campaign = std::move(campaign), last_sequence, now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kReleaseQueue, campaign.value, last_sequence, to_sql(now));
    return std::nullopt;
  };
  co_return co_await pool_.run("event_release", std::move(release));
}

Task<Result<ports::DeadLetterPage>> Events::dead_letters(CampaignId campaign, int limit, std::string cursor) {
  using Page = ports::DeadLetterPage;
  if (!is_id(cursor) || limit < 1)
    co_return Error{Errc::InvalidInput, "The cursor is not one that an earlier page has given."};
  auto read = [campaign = std::move(campaign), limit, cursor = std::move(cursor)](Transaction& tx) -> Result<Page> {
    Page page;
    for (const auto& row : tx.exec_text(sql::kDeadLetters, clean(campaign.value), cursor, limit + 1))
      page.letters.push_back(letter_of(row));
    if (page.letters.size() > static_cast<std::size_t>(limit)) {
      page.letters.pop_back();
      page.next_cursor = page.letters.back().id;
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("dead_letters", std::move(read));
}

Task<Result<int>> Events::replay(std::string id, CampaignId campaign, TimePoint now) {
  auto replay = [id = clean(id), campaign = clean(campaign.value), now](Transaction& tx) -> Result<int> {
    int replayed = 0;
    for (const auto& row : tx.exec_text(sql::kDeadEvents, id, campaign, kMostReplayed))
      replayed += tx.exec_params(sql::kReplayEvent, text_of(row["id"]), text_of(row["campaign_id"]), to_sql(now))
                      .affected_rows();
    replayed += tx.exec_text(sql::kReplayCallbacks, id, campaign, to_sql(now), kMostReplayed).affected_rows();
    return replayed;
  };
  co_return co_await pool_.transact<int>("replay_events", std::move(replay), kBulk);
}

}  // namespace otto::store
