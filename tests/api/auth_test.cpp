// API keys and stream tokens.
#include "otto/api/auth.hpp"

#include <gtest/gtest.h>

namespace otto::api {
namespace {

net::Request request_with(std::string name, std::string value) {
  net::Request request;
  request.headers.add(std::move(name), std::move(value));
  return request;
}

TEST(ApiKeys, EitherHeaderCarriesAKeyAndSeveralKeysAreGood) {
  const ApiKeys keys{{"first-key-000000", "second-key-00000"}};
  const auto lets_in = [&](const net::Request& request) {
    return keys.role_of(ApiKeys::key_of(request)) == Role::Operate;
  };

  EXPECT_TRUE(lets_in(request_with("X-API-Key", "first-key-000000")));
  EXPECT_TRUE(lets_in(request_with("x-api-key", " second-key-00000 ")));
  EXPECT_TRUE(lets_in(request_with("Authorization", "Bearer second-key-00000")));
  EXPECT_TRUE(lets_in(request_with("authorization", "bearer first-key-000000")));
}

TEST(ApiKeys, NothingElseIsAKey) {
  const ApiKeys keys{{"first-key-000000"}};
  const auto lets_in = [&](const net::Request& request) { return keys.role_of(ApiKeys::key_of(request)).has_value(); };

  for (const char* key : {"", " ", "first-key-00000", "first-key-0000000", "First-key-000000"})
    EXPECT_FALSE(lets_in(request_with("X-API-Key", key))) << key;
  EXPECT_FALSE(lets_in(request_with("Authorization", "Basic first-key-000000")));
  EXPECT_FALSE(lets_in(net::Request{}));
}

TEST(ApiKeys, AViewKeyMayLookOnly) {
  const ApiKeys keys{{"first-key-000000"}, {"view-key-0000000", "other-view-key-0"}};
  EXPECT_EQ(keys.role_of("first-key-000000"), Role::Operate);
  EXPECT_EQ(keys.role_of("view-key-0000000"), Role::View);
  EXPECT_EQ(keys.role_of("other-view-key-0"), Role::View);
  EXPECT_EQ(keys.role_of("view-key-000000"), std::nullopt);
}

TEST(StreamTokens, AdmitOneCallOfOneAttemptForTwoMinutes) {
  const StreamTokens tokens{"secret"};
  const TimePoint now = TimePoint{} + seconds{1'800'000'000};
  const AttemptId attempt{"0190aaaa-0000-7000-8000-000000000001"};
  const std::string token = tokens.make(attempt, "CA1", now);

  EXPECT_TRUE(tokens.accepts(token, attempt, "CA1", now));
  EXPECT_TRUE(tokens.accepts(token, attempt, "CA1", now + kStreamTokenLife));
  EXPECT_FALSE(tokens.accepts(token, attempt, "CA1", now + kStreamTokenLife + seconds{1}));
  EXPECT_FALSE(tokens.accepts(token, attempt, "CA2", now));
  EXPECT_FALSE(tokens.accepts(token, AttemptId{"0190aaaa-0000-7000-8000-000000000002"}, "CA1", now));
  EXPECT_FALSE(StreamTokens{"other"}.accepts(token, attempt, "CA1", now));
}

TEST(StreamTokens, NoChangedByteIsAccepted) {
  const StreamTokens tokens{"secret"};
  const TimePoint now = TimePoint{} + seconds{1'800'000'000};
  const AttemptId attempt{"0190aaaa-0000-7000-8000-000000000001"};
  const std::string token = tokens.make(attempt, "CA1", now);

  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.accepts(changed, attempt, "CA1", now)) << i;
  }
  for (const char* odd : {"", ".", "1", "99999999999999999999.x", "abc.def"})
    EXPECT_FALSE(tokens.accepts(odd, attempt, "CA1", now)) << odd;
}

}  // namespace
}  // namespace otto::api
