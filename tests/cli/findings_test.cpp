#include "src/cli/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otto::cli {
namespace {

using std::chrono::days;
using testing::HasSubstr;

const TimePoint kNow = parse_iso8601("2026-11-26T10:00:00Z").value();

net::Response answer(int status, const char* code = nullptr) {
  if (code) return net::error_response(status, code, "A sentence.");
  return net::Response{status, "text/html", "<html>"};
}

RoundTrip trip(Result<net::Response> genuine, Result<net::Response> forged = answer(403, "bad_signature")) {
  RoundTrip made;
  made.genuine = std::move(genuine);
  made.forged = std::move(forged);
  made.local_address = "http://127.0.0.1:8080";
  made.base_url = made.base_url_in_force = "https://otto.example.com";
  return made;
}

#define EXPECT_FINDING(finding, expected_level, words) \
  do {                                                 \
    const Finding seen = (finding);                    \
    EXPECT_EQ(seen.level, Level::expected_level);      \
    EXPECT_THAT(seen.detail, HasSubstr(words));        \
  } while (false)

TEST(Webhooks, AreAcceptedOnlyWithTheRightSignature) {
  EXPECT_FINDING(judge_webhooks(trip(answer(204))), Ok, "otto.example.com");
  EXPECT_FINDING(judge_webhooks(trip(answer(204), answer(204))), Bad, "not Otto");
  EXPECT_FINDING(judge_webhooks(trip(answer(204), Error{Errc::TimedOut, "too late."})), Bad, "too late");
}

TEST(Webhooks, ARefusalNamesTheLikelyCause) {
  EXPECT_FINDING(judge_webhooks(trip(answer(403, "bad_signature"))), Bad, "proxy changes the path");
  RoundTrip restarted = trip(answer(403, "bad_signature"));
  restarted.base_url_in_force = "https://old.example.com";
  EXPECT_FINDING(judge_webhooks(restarted), Bad, "BASE_URL=https://old.example.com");
  EXPECT_FINDING(judge_webhooks(trip(answer(200))), Bad, "not Otto");
  EXPECT_FINDING(judge_webhooks(trip(answer(403))), Bad, "not Otto");
  net::Response moved = answer(301);
  moved.headers.set("Location", "https://www.example.com/x?secret=1");
  EXPECT_FINDING(judge_webhooks(trip(moved)), Bad, "final address");
  EXPECT_THAT(judge_webhooks(trip(moved)).detail, Not(HasSubstr("secret")));
  EXPECT_FINDING(judge_webhooks(trip(answer(503, "database_unavailable"))), Warning, "signature is accepted");
}

TEST(Webhooks, WithoutADaemonNothingIsWrongYet) {
  for (Result<net::Response> genuine :
       {Result<net::Response>{answer(502)}, Result<net::Response>{Error{Errc::ConnectFailed, "no."}}}) {
    RoundTrip there = trip(genuine), nobody = trip(genuine);
    nobody.is_here = false;
    EXPECT_FINDING(judge_webhooks(there), Bad, "http://127.0.0.1:8080");
    EXPECT_FINDING(judge_webhooks(nobody), Warning, "Start `otto serve`");
  }
}

TEST(MediaStream, MustPassTheProxy) {
  EXPECT_FINDING(judge_media_stream(Result<void>{}, "https://otto.example.com"), Ok, "WebSocket");
  EXPECT_FINDING(judge_media_stream(Error{Errc::ProviderRefused, "HTTP 426."}, "https://otto.example.com"), Bad,
                 "Upgrade");
}

TEST(Address, MustBeFoundByStrangers) {
  const std::string url = "https://otto.example.com";
  const auto found = [](std::vector<net::HostAddress> addresses) {
    return Result<std::vector<net::HostAddress>>{addresses};
  };
  EXPECT_FINDING(judge_address(url, found({{"203.0.113.7", true}})), Ok, "203.0.113.7");
  EXPECT_FINDING(judge_address(url, found({{"10.0.0.7", false}, {"203.0.113.7", true}})), Ok, "10.0.0.7, 203.0.113.7");
  EXPECT_FINDING(judge_address(url, found({{"10.0.0.7", false}})), Warning, "not public");
  EXPECT_FINDING(judge_address(url, Error{Errc::ConnectFailed, "No such name."}), Bad, "DNS record");
  EXPECT_FINDING(judge_address("http://127.0.0.1:8080", found({{"127.0.0.1", false}})), Ok, "sandbox");
}

TEST(CertificateFinding, WarnsTwoWeeksAhead) {
  const auto ending = [](TimePoint end) {
    return Result<net::ServerCertificate>{net::ServerCertificate{"Some CA", end}};
  };
  EXPECT_FINDING(judge_certificate(ending(kNow + days{90}), kNow), Ok, "90 more days");
  EXPECT_FINDING(judge_certificate(ending(kNow + days{14}), kNow), Ok, "14 more days");
  EXPECT_FINDING(judge_certificate(ending(kNow + days{14} - seconds{1}), kNow), Warning, "13 more days");
  EXPECT_FINDING(judge_certificate(ending(kNow + days{1}), kNow), Warning, "1 more day:");
  EXPECT_FINDING(judge_certificate(Error{Errc::Protocol, "It has expired."}, kNow), Bad, "whole chain");
  EXPECT_FINDING(judge_certificate(Error{Errc::ConnectFailed, "Refused."}, kNow), Warning, "not seen");
}

TEST(AccountFinding, SaysWhatKeepsItFromCalling) {
  const auto account = [](const char* status, bool is_trial) {
    return Result<twilio::Account>{twilio::Account{status, is_trial, false}};
  };
  EXPECT_FINDING(judge_account(account("active", false)), Ok, "active");
  EXPECT_FINDING(judge_account(account("active", true)), Warning, "trial");
  EXPECT_FINDING(judge_account(account("suspended", false)), Bad, "suspended");
  EXPECT_FINDING(judge_account(Error{Errc::Unauthorized, "TWILIO_AUTH_TOKEN is wrong."}), Bad, "TWILIO_AUTH_TOKEN");
}

TEST(BalanceFinding, WarnsBeforeItRunsOut) {
  const auto balance = [](double amount) {
    return Result<std::optional<twilio::Balance>>{twilio::Balance{amount, "USD"}};
  };
  EXPECT_FINDING(judge_balance(balance(20)), Ok, "20.00 USD");
  EXPECT_FINDING(judge_balance(balance(19.99)), Warning, "auto-recharge");
  EXPECT_FINDING(judge_balance(balance(0)), Bad, "funds");
  EXPECT_FINDING(judge_balance(balance(-3)), Bad, "-3.00 USD");
  EXPECT_FINDING(judge_balance(std::optional<twilio::Balance>{}), Ok, "parent");
  EXPECT_FINDING(judge_balance(Error{Errc::NotFound, "Unknown."}), Warning, "Unknown");
}

TEST(CallerIdFinding, NamesTheNumberThatCannotCall) {
  using enum twilio::CallerIdKind;
  using Numbers = std::vector<std::pair<std::string, Result<twilio::CallerIdKind>>>;
  EXPECT_FINDING(judge_caller_ids(Numbers{{"+14155550100", Own}, {"+14155550101", Verified}}), Ok,
                 "+14155550101 (verified)");
  EXPECT_FINDING(judge_caller_ids(Numbers{{"+14155550100", Own}, {"+14155550101", Unknown}}), Bad, "+14155550101");
  EXPECT_FINDING(judge_caller_ids(Numbers{{"+14155550100", OwnWithoutVoice}}), Bad, "Voice");
  EXPECT_FINDING(judge_caller_ids(Numbers{{"+14155550100", Error{Errc::TimedOut, "Late."}}}), Bad, "Late");
}

TEST(CreditsFinding, WarnsAtATenthAndFailsAtNone) {
  const auto plan = [](std::int64_t used, bool may_exceed = false, std::string status = "active") {
    elevenlabs::Subscription subscription;
    subscription.tier = "pro";
    subscription.status = std::move(status);
    subscription.used = used;
    subscription.limit = 1000;
    subscription.may_exceed = may_exceed;
    return Result<elevenlabs::Subscription>{subscription};
  };
  EXPECT_FINDING(judge_credits(plan(900)), Ok, "100 of 1000 credits left");
  EXPECT_FINDING(judge_credits(plan(901)), Warning, "larger plan");
  EXPECT_FINDING(judge_credits(plan(1000)), Bad, "no agent answers");
  EXPECT_FINDING(judge_credits(plan(5000)), Bad, "0 of 1000");
  EXPECT_FINDING(judge_credits(plan(1000, true)), Warning, "billed by use");
  EXPECT_FINDING(judge_credits(plan(0, false, "past_due")), Bad, "past_due");
  EXPECT_FINDING(judge_credits(Error{Errc::Unauthorized, "missing user_read."}), Warning, "user_read");
}

ClockSample sample(milliseconds ahead, milliseconds way, milliseconds within_second) {
  // The other's time when it answered, cut to its second; ours is `ahead` of it.
  const TimePoint theirs = kNow + within_second;
  return {"Twilio", theirs + ahead - way, theirs + ahead + way, std::chrono::floor<seconds>(theirs)};
}

TEST(Clock, NoSkewIsSeenWhereThereMayBeNone) {
  for (int ahead = -60'000; ahead <= 60'000; ahead += 777)
    for (const int way : {0, 40, 900})
      for (const int within : {0, 1, 500, 999}) {
        const auto seen = least_skew(sample(milliseconds{ahead}, milliseconds{way}, milliseconds{within})).count();
        EXPECT_LE(std::abs(seen), std::abs(ahead)) << "never more than there is";
        EXPECT_GE(std::abs(seen), std::abs(ahead) - 1000 - way) << "and less only by what is not known";
        EXPECT_TRUE(seen == 0 || (seen > 0) == (ahead > 0));
      }
}

TEST(Clock, WarnsBeyondFiveSecondsAndFailsBeyondAMinute) {
  const auto at = [](int ahead) {
    return judge_clock({sample(milliseconds{ahead}, milliseconds{10}, milliseconds{0})});
  };
  EXPECT_FINDING(at(0), Ok, "Twilio");
  EXPECT_FINDING(at(-4'900), Ok, "agrees");
  EXPECT_FINDING(at(7'000), Warning, "ahead of Twilio's");
  EXPECT_FINDING(at(-7'000), Warning, "behind Twilio's");
  EXPECT_FINDING(at(62'000), Bad, "NTP");
  EXPECT_FINDING(at(-62'000), Bad, "NTP");
  EXPECT_FINDING(judge_clock({}), Warning, "compared");
}

TEST(Clock, TheNearestCounts) {
  auto wrong = sample(milliseconds{90'000}, milliseconds{10}, milliseconds{0});
  auto right = sample(milliseconds{0}, milliseconds{10}, milliseconds{0});
  right.who = "ElevenLabs";
  EXPECT_FINDING(judge_clock({wrong, right}), Ok, "ElevenLabs");
  EXPECT_FINDING(judge_clock({right, wrong}), Ok, "ElevenLabs");
}

}  // namespace
}  // namespace otto::cli
