// What Twilio asks and reports, through the router: whatever comes twice, late, out of order or from a stranger.
#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

struct TwilioRoutes : ApiTest {
  AttemptId attempt;
  std::string sid = fakes::ScriptedLine::sid(1);

  void SetUp() override {
    const auto campaign = fake.add_campaign(CampaignSettings{}, 1, timers.now());
    fake.campaigns[campaign].status = CampaignStatus::Running;
    fake.contacts[0].name = "Maria <&> Alvarez";
    group.spawn("claim", [](TwilioRoutes& t, CampaignId id) -> Task<void> {
      ports::ClaimRequest request;
      request.campaign = id;
      request.now = t.timers.now();
      request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
        return ports::GateVerdict{};
      };
      auto answer = co_await t.fake.claim(request);
      t.attempt = std::get<ports::Claimed>(*answer).attempt;
      std::ignore = co_await t.fake.arm(t.attempt, t.timers.now(), t.timers.now() + seconds{12});
    }(*this, campaign));
    timers.advance(milliseconds{0});
  }
  FormFields form(std::string status, std::string call_sid = {}) const {
    const std::string sequence = status == "ringing" ? "1" : status == "in-progress" ? "2" : "3";
    return {{"CallSid", call_sid.empty() ? sid : call_sid},
            {"AccountSid", kAccount},
            {"CallStatus", std::move(status)},
            {"SequenceNumber", sequence}};
  }
  std::string url(std::string_view route) const {
    return "/api/twilio/outbound/" + std::string{route} + "?attempt=" + attempt.value;
  }
};

TEST_F(TwilioRoutes, TheAnswerConnectsTheStreamAndSaysTheSameTwice) {
  const auto first = twilio(url("twiml"), form("in-progress"));
  const auto second = twilio(url("twiml"), form("in-progress"));

  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(first.headers.get("Content-Type").starts_with("text/xml"));
  EXPECT_EQ(first.body, second.body);
  EXPECT_NE(first.body.find("<Stream url=\"wss://calls.example.com/api/twilio/outbound/media-stream\""),
            std::string::npos)
      << first.body;
  EXPECT_NE(first.body.find("name=\"customerName\" value=\"Maria &lt;&amp;"), std::string::npos);
  EXPECT_NE(first.body.find("name=\"campaignType\" value=\"GENERAL\""), std::string::npos);
  EXPECT_NE(first.body.find("<Hangup/>"), std::string::npos);
  EXPECT_EQ(fake.state(attempt), AttemptState::InProgress);
  EXPECT_TRUE(calls.known(attempt));
}

TEST_F(TwilioRoutes, AnyOtherCallOfTheAttemptIsHungUpBeforeAWord) {
  twilio(url("status-callback"), form("ringing"));
  const auto answer = twilio(url("twiml"), form("in-progress", fakes::ScriptedLine::sid(2)));
  timers.advance(milliseconds{0});

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find("<Stream"), std::string::npos);
  EXPECT_NE(answer.body.find("<Hangup/>"), std::string::npos);
  EXPECT_EQ(line.hung_up, std::vector{fakes::ScriptedLine::sid(2)});
}

TEST_F(TwilioRoutes, ACallThatIsAnsweredAfterTheHoursIsHungUpBeforeAWordAndMadeAgain) {
  timers.advance(hours{11});  // nine in the evening where the contact is
  const auto answer = twilio(url("twiml"), form("in-progress"));
  twilio(url("status-callback"), form("completed"));

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find("<Stream"), std::string::npos);
  EXPECT_NE(answer.body.find("<Hangup/>"), std::string::npos);
  EXPECT_EQ(fake.attempts.at(attempt).call.outcome, Outcome::Failed);
  EXPECT_NE(fake.attempts.at(attempt).call.notes.find("calling hours"), std::string::npos);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Due) << "nobody was spoken to";
}

TEST_F(TwilioRoutes, ANumberThatWasSuppressedWhileItRangIsHungUpBeforeAWord) {
  ports::Suppression entry;
  entry.phone = fake.contacts[0].phone;
  fake.suppressed.emplace(entry.phone, entry);

  const auto first = twilio(url("twiml"), form("in-progress"));
  const auto second = twilio(url("twiml"), form("in-progress"));

  EXPECT_EQ(first.body.find("<Stream"), std::string::npos);
  EXPECT_EQ(second.body, first.body);
  EXPECT_FALSE(calls.known(attempt));
}

TEST_F(TwilioRoutes, ANumberThatIsSuppressedInItsOwnCallIsNotCutOff) {
  twilio(url("twiml"), form("in-progress"));
  Fact opted_out{FactKind::OptedOut};
  opted_out.dedupe_key = "opted_out";
  opted_out.call_sid = sid;
  fake.attempts.at(attempt).facts.push_back(opted_out);
  ports::Suppression entry;
  entry.phone = fake.contacts[0].phone;
  fake.suppressed.emplace(entry.phone, entry);

  const auto again = twilio(url("twiml"), form("in-progress"));

  EXPECT_NE(again.body.find("<Stream"), std::string::npos);
  EXPECT_TRUE(line.hung_up.empty());
}

TEST_F(TwilioRoutes, AClosedAttemptIsHungUp) {
  twilio(url("status-callback"), form("completed"));

  EXPECT_EQ(twilio(url("twiml"), form("in-progress")).body.find("<Stream"), std::string::npos);
}

TEST_F(TwilioRoutes, CallbacksAreAcknowledgedAndFolded) {
  EXPECT_EQ(twilio(url("status-callback"), form("ringing")).status, 204);
  EXPECT_EQ(fake.state(attempt), AttemptState::Ringing);
  EXPECT_EQ(twilio(url("amd-callback"), {{"CallSid", sid}, {"AccountSid", kAccount}, {"AnsweredBy", "human"}}).status,
            204);
  EXPECT_EQ(fake.attempts.at(attempt).call.answered_by, AnsweredBy::Human);
  EXPECT_EQ(twilio(url("status-callback"), form("completed")).status, 204);
  EXPECT_EQ(fake.state(attempt), AttemptState::Completed);
}

TEST_F(TwilioRoutes, AnUnknownCallIsAcknowledgedAndChangesNothing) {
  const auto stranger =
      twilio("/api/twilio/outbound/status-callback?attempt=0190aaaa-0000-7000-8000-00000000ffff", form("ringing"));

  EXPECT_EQ(stranger.status, 204);
  EXPECT_EQ(fake.state(attempt), AttemptState::Sending);
}

TEST_F(TwilioRoutes, WithoutADatabaseReportsAreKeptAndAnAnsweredCallGoesOn) {
  calls.expect(*fake.context(attempt));
  fake.failures = 1;
  EXPECT_EQ(twilio(url("status-callback"), form("ringing")).status, 204);
  fake.failures = 1;
  EXPECT_NE(twilio(url("twiml"), form("in-progress")).body.find("<Stream"), std::string::npos);

  EXPECT_EQ(journal.records.size(), 2U);
  EXPECT_EQ(fake.state(attempt), AttemptState::Sending);
}

TEST_F(TwilioRoutes, WithoutADatabaseASecondCallOfAnAttemptIsFencedByMemory) {
  calls.expect(*fake.context(attempt));
  twilio(url("twiml"), form("in-progress"));
  auto second = form("in-progress");
  second[0].second = "CA00000000000000000000000000000099";
  fake.failures = 1;

  // Behind a <Connect> there is a <Hangup/> as well.
  EXPECT_EQ(twilio(url("twiml"), second).body.find("<Stream"), std::string::npos);
}

TEST_F(TwilioRoutes, WithNeitherDatabaseNorJournalTwilioIsAskedToComeAgain) {
  fake.failures = 1;
  journal.broken = Error{Errc::Internal, "The disk is full."};

  EXPECT_EQ(twilio(url("status-callback"), form("ringing")).status, 503);
  EXPECT_EQ(send(make("GET", "/readyz")).status, 503);
}

TEST_F(TwilioRoutes, AnAnswerThatWasNotStoredIsNotAcknowledged) {
  for (const Errc code : {Errc::Internal, Errc::Closed}) {
    fake.failure = Error{code, "Not now."};
    fake.failures = 1;
    EXPECT_GE(twilio(url("twiml"), form("in-progress")).status, 500) << to_string(code);
  }

  EXPECT_NE(twilio(url("twiml"), form("in-progress")).body.find("<Stream"), std::string::npos) << "asked again";
}

TEST_F(TwilioRoutes, WithNeitherDatabaseNorJournalAnAnsweredCallGoesOnAndIsStoredLater) {
  calls.expect(*fake.context(attempt));
  journal.broken = Error{Errc::Overloaded, "The journal is full."};
  fake.failure = Error{Errc::Overloaded, "Too much waits."};
  fake.failures = 2;

  EXPECT_NE(twilio(url("twiml"), form("in-progress")).body.find("<Stream"), std::string::npos);
  timers.advance(seconds{5});

  EXPECT_EQ(fake.state(attempt), AttemptState::InProgress);
}

TEST_F(TwilioRoutes, AForeignAccountsCallbackIsRefused) {
  auto fields = form("ringing");
  fields[1].second = "AC00000000000000000000000000000002";

  EXPECT_EQ(twilio(url("status-callback"), fields).status, 403);
  EXPECT_EQ(fake.state(attempt), AttemptState::Sending);
}

TEST_F(TwilioRoutes, AMessagesSoundIsServedUnderItsSecretNameForTwoMinutes) {
  CampaignSettings& settings = fake.campaigns.begin()->second.settings;
  settings.voicemail = VoicemailAction::Message;
  settings.voicemail_message = "Hello {{customerName}}.";
  settings.voicemail_voice = VoicemailVoice::Agent;
  const std::string target = std::string{kVoicemailPath} + voicemail_name(tokens, attempt, timers.now());
  std::string forged = target;
  forged[forged.size() - 6] = forged[forged.size() - 6] == 'A' ? 'B' : 'A';

  const auto answer = send(make("GET", target));

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Type"), "audio/wav");
  EXPECT_TRUE(answer.body.starts_with("RIFF"));
  EXPECT_EQ(speech.texts, std::vector<std::string>{"Hello Maria <&> Alvarez."});
  EXPECT_EQ(send(make("GET", target)).body, answer.body);
  EXPECT_EQ(speech.texts.size(), 1u);
  EXPECT_EQ(send(make("GET", forged)).status, 404);
  EXPECT_EQ(send(make("GET", std::string{kVoicemailPath} + attempt.value + ".wav")).status, 404);
  EXPECT_EQ(send(make("GET", target.substr(0, target.size() - 4))).status, 404);
  speech.failures = {Error{Errc::ProviderRefused, "no quota"}};
  settings.voicemail_message = "Another.";
  EXPECT_EQ(send(make("GET", target)).status, 502);
  timers.advance(seconds{121});
  EXPECT_EQ(send(make("GET", target)).status, 404);
}

TEST_F(TwilioRoutes, AStreamTokenIsNoNameOfAMessage) {
  const auto token = tokens.make(attempt, sid, timers.now());
  EXPECT_EQ(send(make("GET", std::string{kVoicemailPath} + attempt.value + "." + token + ".wav")).status, 404);
}

TEST_F(TwilioRoutes, AStreamThatEndedWhileItsCallIsKnownEndsTheCall) {
  twilio(url("twiml"), form("in-progress"));

  const auto answer = twilio(url("stream-end"), form("in-progress"));

  EXPECT_EQ(answer.body.find("<Stream"), std::string::npos);
}

TEST_F(TwilioRoutes, AfterATransferTheCalleeIsToldWhenNobodyWasReached) {
  twilio(url("status-callback"), form("in-progress"));
  const auto after = [this](const char* status) {
    auto fields = form("in-progress");
    fields.emplace_back("DialCallStatus", status);
    return twilio(url("stream-end"), fields).body;
  };

  for (const char* unreached : {"busy", "no-answer", "failed", "canceled"})
    EXPECT_NE(after(unreached).find("nobody could be reached"), std::string::npos) << unreached;
  for (const char* through : {"completed", "answered"}) {
    EXPECT_EQ(after(through).find("<Say"), std::string::npos) << through;
    EXPECT_NE(after(through).find("<Hangup/>"), std::string::npos);
  }
  EXPECT_FALSE(calls.known(attempt)) << "the agent does not come back";
}

/// Whoever brings the TwiML's token may open the stream whose number stands beside it, and no other.
TEST_F(TwilioRoutes, EachStreamOfACallHasANumberThatItsTokenIsFor) {
  const auto first = twilio(url("twiml"), form("in-progress"));
  timers.advance(seconds{15});  // no stream has come: the call is given up here
  Fact started{FactKind::StreamStarted};
  started.dedupe_key = "stream_started:1";
  started.call_sid = sid;
  group.spawn("record", [](TwilioRoutes& t, Fact fact) -> Task<void> {
    std::vector<Fact> facts{std::move(fact)};
    std::ignore = co_await t.fake.record(t.attempt, std::move(facts), t.timers.now());
  }(*this, std::move(started)));
  timers.advance(milliseconds{0});
  const auto again = twilio(url("twiml"), form("in-progress"));
  EXPECT_FALSE(calls.known(attempt)) << "the agent is with the stream already";
  const auto second = twilio(url("stream-end"), form("in-progress"));
  const auto repeated = twilio(url("stream-end"), form("in-progress"));

  EXPECT_NE(first.body.find("name=\"stream\" value=\"1\""), std::string::npos) << first.body;
  EXPECT_NE(again.body.find("name=\"stream\" value=\"1\""), std::string::npos) << again.body;
  EXPECT_NE(second.body.find("name=\"stream\" value=\"2\""), std::string::npos) << second.body;
  EXPECT_EQ(repeated.body, second.body);
  const auto at = second.body.find("name=\"token\" value=\"") + 20;
  const auto token = second.body.substr(at, second.body.find('"', at) - at);
  EXPECT_TRUE(tokens.accepts(token, attempt, sid + "#2", timers.now()));
  EXPECT_FALSE(tokens.accepts(token, attempt, sid + "#1", timers.now()));
  EXPECT_FALSE(tokens.accepts(token, attempt, sid + "#3", timers.now()));
}

TEST_F(TwilioRoutes, AStreamWhoseInstanceDiedIsTakenUpAgain) {
  twilio(url("status-callback"), form("in-progress"));  // this instance has never carried the call

  fake.failures = 1;
  EXPECT_EQ(twilio(url("stream-end"), form("in-progress")).status, 503) << "the database may be back in a second";
  const auto answer = twilio(url("stream-end"), form("in-progress"));

  EXPECT_NE(answer.body.find("<Stream"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("stream-end?attempt=" + attempt.value + "#rc=4&amp;rp=ct,rt,5xx\""), std::string::npos)
      << "Twilio asks again while nobody answers: " << answer.body;
  EXPECT_TRUE(calls.known(attempt));
}

}  // namespace
}  // namespace otto::api
