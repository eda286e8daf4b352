// The access token of a service account: asked for when it is needed, kept until five minutes before its end, one
// request at a time however many ask.
#pragma once

#include <string>

#include "otto/net/message.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"
#include "otto/sheets/service_account.hpp"

namespace otto::sheets {

class TokenSource {
 public:
  TokenSource(ServiceAccount account, Loop& loop, rt::Timers& timers);

  /// 10 s. Unauthorized: the key was refused (deleted, rotated, the account gone), with what to do; Config: this
  /// machine's clock is wrong, with by how much, and no correction helped; RateLimited, ProviderUnavailable, TimedOut.
  Task<Result<std::string>> token();
  /// `token` was refused: the next caller gets a new one.
  void drop(const std::string& token);
  const ServiceAccount& account() const noexcept { return account_; }

 private:
  struct Answer;
  Task<Result<void>> renew();
  Task<Answer> ask(TimePoint now);

  ServiceAccount account_;
  rt::Timers& timers_;
  rt::Event renewed_;
  bool renewing_ = false;
  std::string token_;
  SteadyPoint good_until_;
  milliseconds clock_offset_{0};  ///< theirs minus ours, once it has mattered
};

/// What a refusal of the token endpoint means. `skew`: their clock minus ours. Pure.
Error token_refusal(int status, std::string_view body, const ServiceAccount& account, seconds skew);

}  // namespace otto::sheets
