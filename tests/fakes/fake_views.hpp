// What people look at, as a test says; it remembers what it was asked.
#pragma once

#include <algorithm>
#include <vector>

#include "otto/ports/views.hpp"

namespace otto::fakes {

class FakeViews final : public ports::Views {
 public:
  std::vector<ports::CampaignAsk> campaign_asks;
  std::vector<ports::ContactAsk> contact_asks;
  std::vector<ports::CallAsk> call_asks;
  std::vector<ports::LiveAsk> live_asks;
  ports::CampaignPage campaign_page;
  std::vector<ports::CampaignDetail> details;
  std::vector<ports::ContactPage> contact_pages;  ///< handed out one after the other, the last one again
  ports::CallPage call_page;
  std::vector<ports::CallLine> live_lines;
  std::vector<ports::CallDetail> call_details;
  ports::LiveView live_view;
  std::optional<Error> failure;  ///< of every verb
  std::size_t pages_given = 0;
  std::optional<std::size_t> fail_at_page;

  Task<Result<ports::CampaignPage>> campaigns(ports::CampaignAsk ask) override {
    campaign_asks.push_back(std::move(ask));
    if (failure) co_return *failure;
    co_return campaign_page;
  }
  Task<Result<ports::CampaignDetail>> campaign(CampaignId id) override {
    if (failure) co_return *failure;
    for (const auto& detail : details)
      if (detail.line.id == id) co_return detail;
    co_return Error{Errc::NotFound, "There is no campaign \"" + id.value + "\"."};
  }
  Task<Result<ports::ContactPage>> contacts(CampaignId, ports::ContactAsk ask) override {
    contact_asks.push_back(std::move(ask));
    if (failure) co_return *failure;
    if (fail_at_page && pages_given == *fail_at_page) co_return Error{Errc::DatabaseUnavailable, "away"};
    if (contact_pages.empty()) co_return ports::ContactPage{};
    co_return contact_pages[std::min(pages_given++, contact_pages.size() - 1)];
  }
  Task<Result<ports::CallPage>> calls(ports::CallAsk ask) override {
    call_asks.push_back(std::move(ask));
    if (failure) co_return *failure;
    co_return call_page;
  }
  Task<Result<std::vector<ports::CallLine>>> live_calls() override {
    if (failure) co_return *failure;
    co_return live_lines;
  }
  Task<Result<ports::CallDetail>> call(std::string call) override {
    if (failure) co_return *failure;
    for (const auto& detail : call_details)
      if (detail.line.id == call || detail.line.call_sid == call) co_return detail;
    co_return Error{Errc::NotFound, "There is no call with this id or CallSid."};
  }
  Task<Result<ports::LiveView>> live(ports::LiveAsk ask) override {
    live_asks.push_back(std::move(ask));
    if (failure) co_return *failure;
    co_return live_view;
  }
  Task<Result<ports::Backlog>> backlog(TimePoint) override {
    if (failure) co_return *failure;
    co_return ports::Backlog{};
  }
};

}  // namespace otto::fakes
