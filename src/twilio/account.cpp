#include "otto/twilio/account.hpp"

#include <charconv>

#include "otto/base/json.hpp"
#include "otto/net/http_client.hpp"

#include "rest_access.hpp"

namespace otto::twilio {

namespace {

Task<Result<Json>> get(LineSettings settings, std::string suffix) {
  settings.api_key_sid.clear();
  net::ClientRequest request;
  request.url = account_url_of(settings) + suffix;
  request.headers.add("Authorization", authorization_of(settings));
  request.headers.add("Accept", "application/json");
  request.timeout = settings.request_deadline;
  const auto sent = co_await net::send_request(std::move(request));
  if (!sent.response) co_return sent.response.error();
  if (sent.response->status != 200) co_return to_error(sent.response->status, sent.response->body);
  auto json = parse_json(sent.response->body);
  if (!json || !json->is_object()) co_return Error{Errc::ProviderUnavailable, "Twilio's answer is not a JSON object."};
  co_return std::move(*json);
}

/// The list's only entry for a number; null without one.
Json only_entry(const Json& page, const char* name) {
  const auto entries = page.value(name, Json::array());
  return entries.is_array() && !entries.empty() ? entries[0] : Json(nullptr);
}

}  // namespace

Task<Result<Account>> fetch_account(LineSettings settings) {
  const auto json = co_await get(std::move(settings), ".json");
  if (!json) co_return json.error();
  // Of the account only these are read: the JSON also holds the auth token.
  Account account;
  account.status = text_at(*json, "status");
  account.is_trial = text_at(*json, "type") == "Trial";
  const auto owner = text_at(*json, "owner_account_sid");
  account.is_child = !owner.empty() && owner != text_at(*json, "sid");
  co_return account;
}

Task<Result<std::optional<Balance>>> fetch_balance(LineSettings settings) {
  const auto json = co_await get(std::move(settings), "/Balance.json");
  if (!json) co_return json.error();
  const auto text = text_at(*json, "balance");
  Balance balance;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), balance.amount);
  if (ec != std::errc{} || end != text.data() + text.size()) co_return std::optional<Balance>{};
  balance.currency = text_at(*json, "currency");
  co_return std::optional{std::move(balance)};
}

Task<Result<CallerIdKind>> fetch_caller_id(LineSettings settings, std::string number) {
  const std::string wanted = "?PageSize=1&PhoneNumber=" + percent_encode(number);
  const auto own = co_await get(settings, "/IncomingPhoneNumbers.json" + wanted);
  if (!own) co_return own.error();
  const Json entry = only_entry(*own, "incoming_phone_numbers");
  if (text_at(entry, "phone_number") == number) {
    const Json can = entry.value("capabilities", Json::object());
    co_return can.value("voice", true) ? CallerIdKind::Own : CallerIdKind::OwnWithoutVoice;
  }
  const auto verified = co_await get(std::move(settings), "/OutgoingCallerIds.json" + wanted);
  if (!verified) co_return verified.error();
  const bool is_verified = text_at(only_entry(*verified, "outgoing_caller_ids"), "phone_number") == number;
  co_return is_verified ? CallerIdKind::Verified : CallerIdKind::Unknown;
}

}  // namespace otto::twilio
