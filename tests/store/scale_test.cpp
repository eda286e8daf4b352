// A claim costs the same whatever the campaign's size, and a long list goes in by one COPY. OTTO_TEST_CONTACTS=1000000
// measures a million; the figures are printed.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

#include "otto/dial/gate.hpp"

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using ScaleTest = StoreTest;

std::vector<NewContact> many_contacts(int count, int first) {
  std::vector<NewContact> contacts(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    NewContact& contact = contacts[static_cast<std::size_t>(i)];
    contact.row = i + 2;
    contact.name = "Customer " + std::to_string(i);
    contact.phone = fmt::format("+1415{:07}", 2'000'000 + first + i);
    contact.variables = {{"Vehicle", "2021 RAV4"}, {"City", "Springfield"}};
    contact.zones = {"America/Los_Angeles"};
  }
  return contacts;
}

double ms_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

struct Measured {
  int contacts = 0;
  CampaignId campaign;
  std::vector<double> times;  ///< of its claims, ms

  /// Sorts.
  double quantile(std::size_t percent) {
    std::ranges::sort(times);
    return times[(times.size() - 1) * percent / 100];
  }
};

TEST_F(ScaleTest, AClaimCostsTheSameWhateverTheSizeOfTheCampaign) {
  const char* largest = std::getenv("OTTO_TEST_CONTACTS");
  std::vector<int> sizes{1'000, 10'000, 100'000};
  if (largest) sizes.push_back(std::atoi(largest));
  std::vector<Measured> all;
  int first = 0;
  for (const int size : sizes) {
    auto campaign = make_campaign();
    campaign.settings.max_concurrent_calls = 1000;
    campaign.settings.hours = CallingHours{0, 1440, "UTC", 0x7F};
    campaign.settings.legal_hours = false;
    auto contacts = many_contacts(size, first);
    first += size;
    const auto importing = std::chrono::steady_clock::now();
    all.push_back({size, start_campaign(std::move(campaign), std::move(contacts)), {}});
    const double imported = ms_since(importing);
    std::printf("%8d contacts: imported in %.2f s\n", size, imported / 1000);
    EXPECT_LT(imported, 30'000.0);
  }
  database().sql("CHECKPOINT");  // what the imports have left to be written is not the claims' doing
  // In turn, so that whatever else the machine does meets all alike.
  for (int i = 0; i < 200; ++i) {
    for (Measured& measured : all) {
      ports::ClaimRequest request;
      request.campaign = measured.campaign;
      request.instance = kMe;
      request.epoch = 1;
      request.from = "+14155550100";
      request.now = kNow;
      request.calls_per_second = 1'000'000;
      request.calls_per_number = 3;
      request.max_conversations = 100'000;
      request.gate = [](const Contact& contact, const CampaignSettings& settings, const ports::DialHistory& history) {
        return dial::decide(contact, settings, history, dial::GateLimits{}, kNow);
      };
      const auto began = std::chrono::steady_clock::now();
      ASSERT_TRUE(std::holds_alternative<ports::Claimed>(must(store_.attempts.claim(std::move(request)))));
      measured.times.push_back(ms_since(began));
    }
  }
  for (Measured& measured : all)
    std::printf("%8d contacts: a claim takes %.2f ms (median), %.2f ms (p95)\n", measured.contacts,
                measured.quantile(50), measured.quantile(95));
  for (Measured& measured : all) EXPECT_LT(measured.quantile(50), all.front().quantile(50) * 2 + 1);
}

}  // namespace
}  // namespace otto::test
