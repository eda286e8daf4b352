// Which passwords the dashboard's settings may hold.
#include "otto/api/password.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/crypto/stretch.hpp"

namespace otto::api {
namespace {

using testing::HasSubstr;

TEST(Password, HasEightCharactersWhicheverTheyAre) {
  EXPECT_THAT(password_problem(""), HasSubstr("8 characters"));
  EXPECT_THAT(password_problem("kx8#Lq2"), HasSubstr("8 characters"));
  EXPECT_THAT(password_problem("ÄÖÜß"), HasSubstr("8 characters")) << "eight bytes are no eight characters";
  EXPECT_EQ(password_problem("kx8#Lq2p"), "");
  EXPECT_EQ(password_problem("žluťoučký kůň pěl"), "");
  EXPECT_EQ(password_problem("kx8#Lq2p?" + std::string(1000, 'x')), "");
}

TEST(Password, CommonOnesAndTheirVariationsAreRefused) {
  for (const char* common : {"12345678", "password1", "Password123!", "P@ssw0rd!", "qwertyuiop", "letmein1234",
                             "iloveyou1", "aaaaaaaaaaaa", "Winter2025!", "summer2026", "only looking", "change-me",
                             "otto2026!", "otto-dashboard", "Twilio-Dashboard1", "ElevenLabs2026"})
    EXPECT_THAT(password_problem(common), HasSubstr("too easy")) << common;
}

TEST(Password, BreachedOnesAreRefusedThoughTheyLookRandom) {
  // Of the breaches' lists; their structure alone would let these pass.
  for (const char* breached :
       {"fktrcfylh", "FKTRCFYLH", "fyfcnfcbz", "bhrh0h2oof6xbqjeh", "87654321vv", "193570356033"})
    EXPECT_THAT(password_problem(breached), HasSubstr("too easy")) << breached;
}

TEST(Password, GeneratedOnesAndPhrasesMayBeUsed) {
  for (const char* good : {"otto-demo-password", "correct horse battery", "a password that only looks",
                           "y3gYlGqA0uQm6m3kQZQ1yYtP", "kestrel lamp orbit", "made-up-3vTq8Zr1"})
    EXPECT_EQ(password_problem(good), "") << good;
}

TEST(Password, BothSettingsAreLookedAtAndNamedWithoutTheirValue) {
  Config config;
  EXPECT_TRUE(dashboard_problems(config).empty());
  config.dashboard_password = "shorty7";
  config.dashboard_view_password = "scrypt:ln=15,r=8,p=3:broken";
  const auto problems = dashboard_problems(config);

  ASSERT_EQ(problems.size(), 2u);
  EXPECT_TRUE(problems[0].starts_with("OTTO_DASHBOARD_PASSWORD must have")) << problems[0];
  EXPECT_TRUE(problems[1].starts_with("OTTO_DASHBOARD_VIEW_PASSWORD begins with scrypt:")) << problems[1];
  for (const auto& problem : problems) {
    EXPECT_TRUE(problem.ends_with('.'));
    EXPECT_EQ(problem.find("shorty7"), std::string::npos);
    EXPECT_EQ(problem.find("broken"), std::string::npos);
  }
  config.dashboard_password =
      crypto::format_stretched(crypto::stretch("whatever it was", std::string(16, 's'), {14, 8, 1}));
  config.dashboard_view_password.clear();
  EXPECT_TRUE(dashboard_problems(config).empty());
}

}  // namespace
}  // namespace otto::api
