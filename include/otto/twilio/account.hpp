// The account behind the line, for people who look after it. Asked with the account's own token, which also signs the
// webhooks, whatever key the calls are made with. Errors as of the line's reads; nothing is asked twice.
#pragma once

#include <optional>
#include <string>

#include "otto/twilio/line.hpp"

namespace otto::twilio {

struct Account {
  std::string status;  ///< "active", "suspended", "closed"
  bool is_trial = false;
  bool is_child = false;  ///< of another account, which pays
};
Task<Result<Account>> fetch_account(LineSettings settings);

struct Balance {
  double amount = 0;
  std::string currency;
};
/// nullopt: an account that is another's child has none of its own.
Task<Result<std::optional<Balance>>> fetch_balance(LineSettings settings);

enum class CallerIdKind : std::uint8_t { Own, OwnWithoutVoice, Verified, Unknown };
/// What `number` (E.164) is to the account.
Task<Result<CallerIdKind>> fetch_caller_id(LineSettings settings, std::string number);

}  // namespace otto::twilio
