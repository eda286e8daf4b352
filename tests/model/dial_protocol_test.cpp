// The dialing protocol's model (dial.pml), searched through to the end by spin: it holds, and each way in which
// somebody might "simplify" it is found. It guards the design; the code is tried by tests/system and script/drill.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace otto {
namespace {

namespace fs = std::filesystem;

class DialProtocol : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "otto-spin.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }

  /// What spin's verifier prints about the model with `variant` switched on.
  std::string search(const std::string& variant) {
    const std::string in = "cd " + dir_.string() + " && ";
    const std::string define = variant.empty() ? "" : " -D" + variant;
    // Its own choice of a preprocessor is gcc, which the build does without.
    run(in + "spin -P'" OTTO_C_COMPILER " -E -x c' -a -DMAXE=4 -DMAXC=2 -DMAXP=4" + define +
        " " OTTO_SOURCE_DIR "/tests/model/dial.pml 2>&1");
    const std::string built = run(in + OTTO_C_COMPILER " -O1 -w -DSAFETY -o pan pan.c 2>&1");
    EXPECT_EQ(built, "");
    return run(in + "./pan -m500000 -E 2>&1");
  }

  static std::string run(const std::string& command) {
    std::string printed;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "cannot run " + command;
    std::array<char, 4096> chunk;
    while (const auto count = std::fread(chunk.data(), 1, chunk.size(), pipe)) printed.append(chunk.data(), count);
    ::pclose(pipe);
    return printed;
  }

  void expect_holds(const std::string& variant, int states) {
    const std::string printed = search(variant);
    EXPECT_NE(printed.find("errors: 0"), std::string::npos) << printed;
    EXPECT_EQ(printed.find("max search depth too small"), std::string::npos) << printed;
    const auto at = printed.find(" states, stored");
    ASSERT_NE(at, std::string::npos) << printed;
    const auto from = printed.rfind(' ', at - 1);
    EXPECT_GE(std::stoi(printed.substr(from, at - from)), states) << "a model that explores less shows less";
  }
  void expect_found(const std::string& mutant, const std::string& assertion) {
    const std::string printed = search(mutant);
    EXPECT_NE(printed.find("assertion violated (" + assertion), std::string::npos) << printed;
  }

 private:
  fs::path dir_;
};

TEST_F(DialProtocol, HoldsWhateverIsKilledAndWhateverIsLost) { expect_holds("", 790'000); }
TEST_F(DialProtocol, HoldsWithTheLeaseCheckedAtTheArmToo) { expect_holds("EPOCH_AT_ARM", 790'000); }
TEST_F(DialProtocol, HoldsWithBothCommitsInOne) { expect_holds("MERGED", 790'000); }

TEST_F(DialProtocol, SendingAgainAfterAResetCallsTwice) { expect_found("RETRY_ON_RESET", "calls[2]<=1"); }
TEST_F(DialProtocol, RescuingWhatWasSendingCallsTwice) { expect_found("REQUEUE_SENDING", "calls[2]<=1"); }
TEST_F(DialProtocol, ArmingWithoutLookingAtTheRowCallsTwice) { expect_found("NO_CAS", "calls[2]<=1"); }
TEST_F(DialProtocol, SettlingBeforeTheRequestCanHaveDiedRingsTwiceAtOnce) { expect_found("NO_BOUND", "live<=1"); }

}  // namespace
}  // namespace otto
