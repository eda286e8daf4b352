// The journal on a real disk: kept over the death of its process, taken over by the next, full, failing.
#include "otto/journal/file_journal.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "otto/base/failpoint.hpp"
#include "otto/journal/frame.hpp"
#include "otto/rt/group.hpp"

namespace otto::journal {
namespace {

namespace fs = std::filesystem;
using Records = std::vector<std::string>;

class FileJournalTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "otto-journal.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }

  std::unique_ptr<ports::Journal> open(const std::string& name, std::uint64_t max_bytes = 1 << 20,
                                       const std::string& family = "a") {
    FileOptions options;
    options.directory = dir_ / "made" / "here";
    options.family = family;
    options.name = name;
    options.max_bytes = max_bytes;
    auto opened = open_file_journal(loop_, options);
    if (!opened) throw std::runtime_error{opened.error().detail};
    return std::move(*opened);
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    group_.spawn("test", [](Task<T> t, std::optional<T>& out) -> Task<void> {
      out.emplace(co_await std::move(t));
    }(std::move(task), value));
    run_loop();
    return std::move(*value);
  }
  void look_around(ports::Journal& journal) {
    group_.spawn("look", journal.look_around());
    run_loop();
  }
  void run_loop() {
    while (group_.size() > 0) {
      if (loop_.stopped()) loop_.restart();
      loop_.run_one();
    }
  }
  Records oldest(ports::Journal& journal, std::size_t limit = 100) { return run(journal.oldest(limit)).value(); }
  fs::path file(const std::string& name) const { return dir_ / "made" / "here" / ("a-" + name + ".journal"); }

  Loop loop_{1};
  rt::Group group_{loop_, "test"};
  fs::path dir_;
};

TEST_F(FileJournalTest, WhatIsSetAsideStaysForAPersonAndIsHandedOverToNobody) {
  const fs::path aside = dir_ / "made" / "here" / "a-1.refused";
  {
    auto journal = open("1", 16);
    for (const char* record : {"one", "two"}) ASSERT_TRUE(run(journal->set_aside(record)));
    EXPECT_TRUE(journal->empty());
    EXPECT_EQ(run(journal->set_aside("too much for it")).error().code, Errc::Overloaded);
  }
  auto next = open("2");
  look_around(*next);

  EXPECT_TRUE(next->empty());
  std::ifstream file{aside};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), "one\ntwo\n");
  EXPECT_EQ(fs::status(aside).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileJournalTest, GivesRecordsBackInTheirOrderUntilTheyAreDropped) {
  auto journal = open("1");
  EXPECT_TRUE(journal->empty());
  for (const char* record : {"one", "two", "three"}) ASSERT_TRUE(run(journal->append(record)));

  EXPECT_FALSE(journal->empty());
  EXPECT_EQ(oldest(*journal, 2), (Records{"one", "two"}));
  ASSERT_TRUE(run(journal->drop(1)));
  EXPECT_EQ(oldest(*journal), (Records{"two", "three"}));
  ASSERT_TRUE(run(journal->drop(2)));

  EXPECT_TRUE(journal->empty());
  EXPECT_EQ(fs::file_size(file("1")), 0u) << "the file begins anew";
  ASSERT_TRUE(run(journal->append("four")));
  EXPECT_EQ(oldest(*journal), Records{"four"});
}

TEST_F(FileJournalTest, ManyAtOnceAreKeptInTheirOrder) {
  auto journal = open("1");
  int appended = 0;
  for (int i = 0; i < 500; ++i)
    group_.spawn("append", [](ports::Journal& j, int n, int& count) -> Task<void> {
      if (co_await j.append("record " + std::to_string(n))) ++count;
    }(*journal, i, appended));
  run_loop();

  EXPECT_EQ(appended, 500);
  Records all;
  while (!journal->empty()) {
    const auto some = oldest(*journal, 64);
    all.insert(all.end(), some.begin(), some.end());
    ASSERT_TRUE(run(journal->drop(some.size())));
  }
  ASSERT_EQ(all.size(), 500u);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], "record " + std::to_string(i));
}

TEST_F(FileJournalTest, WhatAKilledProcessHasWrittenIsHandedOverByTheNext) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto journal = open("dead");
    const bool is_kept = run(journal->append("its last words")).has_value();
    ::raise(is_kept ? SIGKILL : SIGABRT);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

  auto journal = open("next");

  EXPECT_FALSE(journal->empty());
  EXPECT_EQ(oldest(*journal), Records{"its last words"});
  ASSERT_TRUE(run(journal->drop(1)));
  EXPECT_TRUE(journal->empty());
  EXPECT_FALSE(fs::exists(file("dead")));
}

TEST_F(FileJournalTest, ALivingProcessesFileIsLeftAloneUntilItsEnd) {
  auto living = open("living");
  ASSERT_TRUE(run(living->append("mine")));
  auto other = open("other");
  auto stranger = open("stranger", 1 << 20, "b");
  look_around(*other);
  EXPECT_TRUE(other->empty());

  living.reset();
  look_around(*stranger);
  EXPECT_TRUE(stranger->empty()) << "another database's";
  look_around(*other);

  EXPECT_EQ(oldest(*other), Records{"mine"});
}

TEST_F(FileJournalTest, LeavesNothingBehindWhenEverythingWasHandedOver) {
  auto journal = open("1");
  ASSERT_TRUE(run(journal->append("one")));
  oldest(*journal);
  ASSERT_TRUE(run(journal->drop(1)));
  journal.reset();

  EXPECT_FALSE(fs::exists(file("1")));
}

TEST_F(FileJournalTest, SaysWhenItIsFull) {
  auto journal = open("1", 1000);
  int kept = 0;
  auto last = run(journal->append(std::string(88, 'x')));
  for (; last; last = run(journal->append(std::string(88, 'x')))) ++kept;

  EXPECT_EQ(kept, 10);
  EXPECT_EQ(last.error().code, Errc::Overloaded);
  EXPECT_FALSE(journal->failure()) << "it can be written; it is just full";
}

TEST_F(FileJournalTest, ADiskThatRefusesIsToldAndTriedAgain) {
  auto journal = open("1");
  ASSERT_TRUE(run(journal->append("before")));
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  const auto refused = run(journal->append("lost"));
  look_around(*journal);
  const auto still = journal->failure();
  ::setrlimit(RLIMIT_FSIZE, &before);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::Internal);
  EXPECT_NE(refused.error().detail.find("File too large"), std::string::npos) << refused.error().detail;
  EXPECT_TRUE(still);
  look_around(*journal);
  EXPECT_FALSE(journal->failure()) << "found by looking, without any record";
  ASSERT_TRUE(run(journal->append("after")));
  EXPECT_EQ(oldest(*journal), (Records{"before", "after"}));
}

TEST_F(FileJournalTest, AWriteThatEndsByAnExceptionHoldsNothingUp) {
  auto journal = open("1");
  static int passes;
  passes = 0;
  failpoint::hook = [](std::string_view, std::string_view name) -> bool {
    if (name == "before_write" && ++passes == 1) throw std::runtime_error{"broken off"};
    return false;
  };
  std::optional<Result<void>> lost, waiting;
  const auto append = [&journal](const char* record, std::optional<Result<void>>& out) -> Task<void> {
    auto written = co_await journal->append(record);
    out.emplace(std::move(written));
  };
  group_.spawn("lost", append("lost", lost));
  group_.spawn("waiting", append("waiting", waiting));
  loop_.run_for(std::chrono::seconds{5});
  failpoint::hook = nullptr;

  EXPECT_EQ(group_.size(), 0U) << "the next record is written";
  EXPECT_FALSE(lost);
  ASSERT_TRUE(waiting);
  EXPECT_TRUE(*waiting);
  EXPECT_EQ(oldest(*journal), Records{"waiting"});
}

TEST_F(FileJournalTest, PassesOverWhatIsNoRecord) {
  fs::create_directories(dir_ / "made" / "here");
  std::string bytes = "torn bytes of an older record";
  append_frame(bytes, "good");
  bytes += "OTJ1 and a torn end";
  std::ofstream{file("dead"), std::ios::binary} << bytes;
  std::ofstream{file("noise"), std::ios::binary} << std::string(10'000, '\x5A');
  auto journal = open("next");

  EXPECT_EQ(oldest(*journal), Records{"good"});
  ASSERT_TRUE(run(journal->drop(1)));
  EXPECT_EQ(oldest(*journal), Records{});
  EXPECT_TRUE(journal->empty());
  EXPECT_FALSE(fs::exists(file("noise")));
}

TEST_F(FileJournalTest, ADirectoryThatCannotBeUsedIsNamed) {
  FileOptions options;
  options.directory = "/proc/otto";
  options.family = "a";
  options.name = "1";
  const auto opened = open_file_journal(loop_, options);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::Config);
  EXPECT_NE(opened.error().detail.find("/proc/otto"), std::string::npos);
}

}  // namespace
}  // namespace otto::journal
