// Random calls: whatever happens in whatever order, every call ends clean, and its reports make sense.
#include <random>
#include <set>

#include "otto/base/log.hpp"

#include "call_fixture.hpp"

namespace otto::call {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_{seed} {}
  int roll(int low, int high) { return std::uniform_int_distribution{low, high}(random_); }
  bool one_in(int n) { return roll(1, n) == 1; }
  template <class T, std::size_t N>
  T pick(const T (&choices)[N]) {
    return choices[static_cast<std::size_t>(roll(0, static_cast<int>(N) - 1))];
  }

 private:
  std::mt19937 random_;
};

class RandomCall : public World {
 public:
  explicit RandomCall(unsigned seed) : dice_{seed} {
    options_.flush_limit = seconds{1};
    if (dice_.one_in(3)) agent_.open_time = milliseconds{dice_.roll(1, 4900)};
    if (dice_.one_in(3)) agent_.prepare_time = milliseconds{dice_.roll(1, 4900)};
    if (dice_.one_in(4)) recorder_time_ = milliseconds{dice_.roll(1, 3000)};
    if (dice_.one_in(5)) agent_.prepare_answers = {Error{Errc::TimedOut, "late"}};
    if (dice_.one_in(5)) agent_.open_answers = {Error{Errc::ConnectFailed, "down"}};
    if (dice_.one_in(5)) line_.say_answers.emplace_back(Error{Errc::TimedOut, "late"});
    auto its = context();
    its.settings.voicemail = dice_.pick({VoicemailAction::HangUp, VoicemailAction::Message, VoicemailAction::Agent});
    its.settings.voicemail_message = "Hello.";
    its.settings.call_screening = dice_.pick({CallScreening::Answer, CallScreening::HangUp, CallScreening::Ignore});
    its.settings.max_call_duration = seconds{dice_.roll(5, 100)};
    if (dice_.one_in(2)) its.settings.tool_webhook_url = "https://n8n.example/tool";
    its.settings.transfer_numbers = {{"sales", "+14155550190"}};
    its.settings.opt_out_key = '9';
    its.contact.zones = {"America/New_York"};
    if (dice_.one_in(3)) line_.transfer_answers.emplace_back(Error{Errc::ProviderRefused, "no"});
    if (dice_.one_in(3)) line_.while_transferring = [this] { callees_.back()->hang_up(); };
    tools_.gate = [](const Contact&, const CampaignSettings&, TimePoint) { return ports::GateVerdict{}; };
    tools_.post = [this](std::string, std::string, std::string) { return post(); };
    context_ = its;
  }

  void happen() {
    const AttemptId id{"attempt-1"};
    switch (dice_.roll(0, 11)) {
      case 0:
        return calls().expect(context_);
      case 1:
      case 2:
        calls().answered(context_);
        return;
      case 3:
        if (callees_.size() < 3) connect();
        return;
      case 4:
        if (dice_.one_in(8)) calls().drop(id);
        return;
      case 5:
        if (dice_.one_in(6)) calls().on_machine(id, dice_.pick({AnsweredBy::Human, AnsweredBy::MachineStart}));
        return;
      case 6:
        if (dice_.one_in(20)) calls().hang_up(id, "operator");
        return;
      case 7:
        return callee_does();
      default:
        return agent_does();
    }
  }

  void callee_does() {
    if (callees_.empty()) return;
    auto& callee = *callees_.back();
    if (dice_.one_in(15)) return callee.hang_up(dice_.pick({"stop", "lost", "silent"}));
    if (dice_.one_in(5)) return callee.press(dice_.one_in(10) ? '9' : '1');
    callee.speak(Bytes(static_cast<std::size_t>(dice_.roll(1, 4000)), 0x20));
  }

  void agent_does() {
    if (agent_.voices.empty()) return;
    auto& voice = *agent_.voices.back();
    if (voice.has_ended()) return;
    if (++words_ == 1 || dice_.one_in(10)) return voice.ready({}, AudioFormat{AudioEncoding::Pcm16, 16'000});
    switch (dice_.roll(0, 12)) {
      case 0:
        return voice.send(ports::AgentInterruption{words_ - dice_.roll(0, 4)});
      case 1:
        return voice.send(ports::UserTranscript{
            dice_.pick({"words", "say your name and why you are calling", "leave a message after the tone"}), words_});
      case 2:
        return voice.send(ports::AgentCorrection{"words", "wo", words_ - 1});
      case 3:
        if (dice_.one_in(4)) voice.send(ports::AgentToolDone{"end_call", dice_.one_in(3)});
        return;
      case 4:
        if (dice_.one_in(6)) voice.end(dice_.pick({1000, 1006, 1008, 1011}));
        return;
      case 5: {
        ports::AgentToolCall call;
        call.tool = dice_.pick({"unknown", "unknown", "hang_up", "do_not_call", "schedule_callback", "transfer_call",
                                "send_dtmf", "send_dtmf"});
        call.call_id = std::to_string(words_);
        call.parameters = {{"digits", "12"}, {"time", format_iso8601(timers_.now() + hours{30})}};
        return voice.send(std::move(call));
      }
      default:
        voice.send(ports::AgentResponse{"words", words_});
        return voice.speak(words_, Bytes(static_cast<std::size_t>(dice_.roll(0, 12'000)), 9));
    }
  }

  void live() {
    for (int step = 0; step < 60; ++step) {
      happen();
      run(milliseconds{10 * dice_.roll(0, dice_.one_in(10) ? 300 : 20)});
    }
  }

  void check(unsigned seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (const auto& callee : callees_) EXPECT_LE(callee->most_buffered, 1600u);
    const auto before = sent();
    for (const auto& callee : callees_) callee->hang_up();
    calls().hand_over();
    run(seconds{30});
    EXPECT_EQ(sent(), before) << "audio was sent after the end";
    for (const auto& voice : agent_.voices) {
      std::set<std::string> answered;
      for (const auto& result : voice->tool_results)
        EXPECT_TRUE(answered.insert(result.call_id).second) << result.call_id << " was answered twice";
    }
    EXPECT_EQ(calls().size(), 0u);
    if (recorder_time_ > milliseconds{0}) return;  // the reports were given up, as they may be
    EXPECT_LE(facts(FactKind::StreamEnded).size(), callees_.size());
    EXPECT_LE(facts(FactKind::ConversationEnded).size(), facts(FactKind::StreamEnded).size());
    std::set<std::string> keys;
    for (const auto& fact : facts_) EXPECT_TRUE(keys.insert(fact.dedupe_key).second) << fact.dedupe_key;
    EXPECT_LE(final_saves_, static_cast<int>(facts(FactKind::StreamEnded).size()));
  }

 private:
  std::size_t sent() const {
    std::size_t bytes = 0;
    for (const auto& callee : callees_) bytes += callee->sent.size();
    return bytes;
  }

  Task<Result<ports::HookAnswer>> post() {
    co_await timers_.sleep_for(milliseconds{dice_.roll(0, 17'000)});
    ports::HookAnswer answer;
    answer.status = 200;
    answer.body = "{}";
    co_return answer;
  }

  Dice dice_;
  ports::AttemptContext context_;
  int words_ = 0;
};

TEST(CallRandom, EveryCallEndsCleanWhateverHappens) {
  log::capture_for_test([](std::string_view) {});
  for (unsigned seed = 1; seed <= 100 && !testing::Test::HasFailure(); ++seed) {
    RandomCall call{seed};
    call.live();
    call.check(seed);
  }
  log::capture_for_test(nullptr);
}

}  // namespace
}  // namespace otto::call
