// The carrier's REST API: accounts, numbers, calls and recordings, with its errors, its paging and its lag.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "otto/net/message.hpp"
#include "otto/sandbox/phone_call.hpp"
#include "otto/sandbox/webhooks.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

class Carrier {
 public:
  explicit Carrier(World& world) : world_{world}, webhooks_{world} {}

  /// Any request below /2010-04-01/.
  Task<net::Response> handle(net::Request request);

  const std::vector<std::unique_ptr<PhoneCall>>& calls() const noexcept { return calls_; }
  PhoneCall* find(std::string_view sid) const;
  /// The newest call that has this attempt id, SID or number.
  PhoneCall* find_named(std::string_view name) const;
  std::size_t live() const noexcept;

 private:
  using Segments = std::vector<std::string>;
  Task<net::Response> create_call(const net::Request& request);
  Task<net::Response> answer_create(const CreateFault& fault, PhoneCall* call);
  PhoneCall& place(CreateRequest request, const std::string& api_base);
  net::Response route(const net::Request& request, const Segments& path);
  net::Response call_resource(const net::Request& request, const Segments& path);
  net::Response update_call(const net::Request& request, PhoneCall& call);
  net::Response list_calls(const net::Request& request);
  net::Response list_recordings(const net::Request& request, const std::string& call_sid);
  net::Response recording_resource(const net::Request& request, std::string name);
  net::Response account(const net::Request& request);
  net::Response list_numbers(const net::Request& request);
  std::optional<net::Response> check_access(const net::Request& request, const Segments& path);
  milliseconds take_place_in_queue();

  World& world_;
  Webhooks webhooks_;
  std::vector<std::unique_ptr<PhoneCall>> calls_;
  std::map<std::string, PhoneCall*, std::less<>> by_sid_;
  std::set<std::string, std::less<>> removed_recordings_;
  std::map<std::string, int> created_;  ///< create requests per number, faults included
  std::map<std::string, int> placed_;   ///< calls per number
  SteadyPoint next_start_{};
};

/// The API's error body.
net::Response rest_error(const RestError& error);
/// An answer that ends the connection: what is in `raw` is sent as it is, then a reset.
net::Response cut_off(std::string raw);

/// One page of `items` (newest first) under `key`, in the API's envelope. `uri` is the request's path without query.
Json page_of(const std::vector<Json>& items, const std::string& key, const std::string& uri, const FormFields& query);

}  // namespace otto::sandbox
