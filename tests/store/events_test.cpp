// The outbox of events: queued with what they tell, in its order, and never overlooked.
#include <algorithm>
#include <thread>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

class EventStoreTest : public StoreTest {
 protected:
  NewCampaign told_campaign() {
    NewCampaign campaign = make_campaign();
    campaign.events_url = "https://receiver.example/events?token=abc%20d";
    campaign.settings.max_concurrent_calls = 50;
    return campaign;
  }
  std::vector<ports::PendingEvent> pending(const CampaignId& id) { return must(store_.events.front(id, 1000)).events; }
  std::vector<std::string> types(const CampaignId& id) {
    std::vector<std::string> list;
    for (const auto& event : pending(id)) list.push_back(event.type);
    return list;
  }
  Json data_of(const CampaignId& id, const std::string& type) {
    for (const auto& event : pending(id))
      if (event.type == type) return parse_json(event.data).value();
    return nullptr;
  }
};

TEST_F(EventStoreTest, ACampaignsLifeIsQueuedInItsOrder) {
  const auto id = start_campaign(told_campaign(), make_contacts(1));
  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_status(LegStatus::InProgress, 3, 2, sid_of(1))});
  record(claimed.attempt, {make_end(LegStatus::Completed, 9, sid_of(1))});
  ASSERT_TRUE(must(store_.campaigns.hold(id, CampaignHold::Paused, "lunch", kNow)));
  ASSERT_TRUE(must(store_.campaigns.resume(id, kNow)));
  ASSERT_TRUE(must(store_.campaigns.try_complete(id, kNow)));

  EXPECT_EQ(types(id), (std::vector<std::string>{"campaign.started", "call.dialed", "call.answered", "call.ended",
                                                 "campaign.paused", "campaign.resumed", "campaign.completed"}));
  const auto events = pending(id);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].sequence, static_cast<std::int64_t>(i) + 1);
  const Json ended = data_of(id, "call.ended");
  EXPECT_EQ(ended["callSid"], sid_of(1));
  EXPECT_EQ(ended["status"], "COMPLETED");
  EXPECT_FALSE(ended["outcome"].is_null());
  EXPECT_EQ(ended["customerName"], "Customer 0");
  EXPECT_EQ(data_of(id, "campaign.paused")["reason"], "lunch");
  EXPECT_EQ(data_of(id, "campaign.completed")["status"], "COMPLETED");
  EXPECT_EQ(data_of(id, "campaign.completed")["contactsCalled"], 1);
}

TEST_F(EventStoreTest, RepeatedAndLateFactsTellOfWhatIsNewOnly) {
  const auto id = start_campaign(told_campaign(), make_contacts(1));
  const auto claimed = place(id, 1);
  const auto end = make_end(LegStatus::Busy, 9, sid_of(1));
  record(claimed.attempt, {end});
  record(claimed.attempt, {end});
  record(claimed.attempt, {make_status(LegStatus::Ringing, 3, 1, sid_of(1))});

  EXPECT_EQ(types(id), (std::vector<std::string>{"campaign.started", "call.dialed", "call.ended"}));
}

TEST_F(EventStoreTest, ACampaignWithoutAnEventsUrlQueuesNothing) {
  const auto id = start_campaign(make_campaign(), make_contacts(1));
  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_end(LegStatus::Busy, 9, sid_of(1))});
  EXPECT_EQ(database().count("otto.event"), 0);
  EXPECT_EQ(database().count("otto.event_queue"), 0);
}

TEST_F(EventStoreTest, AnOptOutIsToldToEachCampaignThatHadTheNumber) {
  const auto contacts = make_contacts(1);
  const auto one = start_campaign(told_campaign(), contacts), other = start_campaign(told_campaign(), contacts);
  ports::Suppression entry;
  entry.phone = contacts[0].phone;
  entry.reason = "by letter";
  entry.source = "api";
  entry.at = kNow;
  must(store_.suppressions.suppress(entry));

  for (const auto& id : {one, other}) {
    EXPECT_EQ(data_of(id, "contact.do_not_call"),
              (Json{{"phone", contacts[0].phone}, {"source", "api"}, {"reason", "by letter"}}));
  }
}

TEST_F(EventStoreTest, AQueueIsTakenByOneDispatcherAndRestsWhenItIsEmpty) {
  const auto id = start_campaign(told_campaign(), make_contacts(1));
  const auto taken = must(store_.events.take_queues(10, seconds{60}, kNow + hours{1}));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].url, "https://receiver.example/events?token=abc%20d");
  EXPECT_TRUE(must(store_.events.take_queues(10, seconds{60}, kNow + hours{1})).empty());

  const auto front = must(store_.events.front(id, 10));
  must(store_.events.sent(id, front.events[0].id));
  EXPECT_EQ(database().count("otto.event"), 0);
  // Something was queued after the dispatcher had looked: the queue must not rest.
  ASSERT_TRUE(must(store_.campaigns.hold(id, CampaignHold::Paused, "lunch", kNow)));
  must(store_.events.release(id, front.last_sequence, kNow + hours{1}));
  EXPECT_EQ(must(store_.events.take_queues(10, seconds{60}, kNow + hours{1})).size(), 1u);

  const auto rest = must(store_.events.front(id, 10));
  must(store_.events.sent(id, rest.events[0].id));
  must(store_.events.release(id, rest.last_sequence, kNow + hours{1}));
  EXPECT_TRUE(must(store_.events.take_queues(10, seconds{60}, kNow + hours{9})).empty());
}

TEST_F(EventStoreTest, APostponedQueueWaitsAndCountsItsFailures) {
  const auto id = start_campaign(told_campaign(), make_contacts(1));
  must(store_.events.take_queues(10, seconds{60}, kNow + hours{1}));
  const auto event = pending(id)[0];
  must(store_.events.postpone(id, event.id, kNow + hours{2}, "503"));

  EXPECT_TRUE(must(store_.events.take_queues(10, seconds{60}, kNow + hours{1} + minutes{30})).empty());
  const auto later = must(store_.events.take_queues(10, seconds{60}, kNow + hours{2}));
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].failures, 1);
  EXPECT_EQ(pending(id)[0].tries, 1);
}

TEST_F(EventStoreTest, DeadLettersAreListedAndReplayedAtTheQueuesEndWithTheirIds) {
  NewCampaign campaign = told_campaign();
  campaign.callback_url = "https://receiver.example/end";
  const auto id = start_campaign(campaign, make_contacts(1));
  must(store_.campaigns.stop(id, kNow));
  const auto events = pending(id);
  ASSERT_EQ(events.size(), 2u);
  must(store_.events.bury(id, events[0].id, "403", false, kNow));
  const auto hook = must(store_.hooks.take_due(1, seconds{60}, kNow + seconds{1}));
  must(store_.hooks.give_up(hook[0].id, "404", kNow));

  const auto page = must(store_.events.dead_letters(CampaignId{}, 10, ""));
  ASSERT_EQ(page.letters.size(), 2u);
  EXPECT_EQ(page.letters[0].type, "campaign.started");
  EXPECT_EQ(page.letters[0].reason, "403");
  EXPECT_EQ(page.letters[1].type, "campaign.ended");
  EXPECT_EQ(page.letters[1].url, "https://receiver.example/end");
  const auto first = must(store_.events.dead_letters(id, 1, ""));
  EXPECT_EQ(must(store_.events.dead_letters(id, 1, first.next_cursor)).letters[0].id, hook[0].id);
  EXPECT_TRUE(must(store_.events.dead_letters(CampaignId{"another"}, 10, "")).letters.empty());

  EXPECT_EQ(must(store_.events.replay("nobody", CampaignId{}, kNow)), 0);
  EXPECT_EQ(must(store_.events.replay(events[0].id, CampaignId{}, kNow + hours{1})), 1);
  const auto replayed = pending(id);
  ASSERT_EQ(replayed.size(), 2u);
  EXPECT_EQ(replayed[1].id, events[0].id);
  EXPECT_EQ(replayed[1].sequence, 3);
  EXPECT_EQ(replayed[1].at, events[0].at) << "when it happened stays";
  EXPECT_EQ(must(store_.events.replay("", id, kNow + hours{1})), 1) << "the callback";
  EXPECT_EQ(must(store_.hooks.take_due(1, seconds{60}, kNow + hours{1})).size(), 1u);
}

TEST_F(EventStoreTest, AQueueThatIsTooLongTakesDeadLettersOnly) {
  const auto id = start_campaign(told_campaign(), make_contacts(1));
  database().sql("UPDATE otto.event_queue SET last_sequence = 100000");
  ASSERT_TRUE(must(store_.campaigns.hold(id, CampaignHold::Paused, "lunch", kNow)));
  ASSERT_TRUE(must(store_.campaigns.resume(id, kNow)));

  EXPECT_EQ(pending(id).size(), 1u);
  const auto page = must(store_.events.dead_letters(id, 10, ""));
  ASSERT_EQ(page.letters.size(), 2u);
  EXPECT_NE(page.letters[0].reason.find("100,000"), std::string::npos);
}

}  // namespace
}  // namespace otto::test
