// The journal in memory. It can be told to fail, as a full disk does.
#pragma once

#include <string>
#include <vector>

#include "otto/ports/journal.hpp"

namespace otto::fakes {

class FakeJournal final : public ports::Journal {
 public:
  std::vector<std::string> records;
  std::optional<Error> broken;
  int looks = 0;

  Task<Result<void>> append(std::string record) override {
    if (broken) co_return *broken;
    records.push_back(std::move(record));
    co_return Result<void>{};
  }
  Task<Result<std::vector<std::string>>> oldest(std::size_t limit) override {
    const auto count = std::min(limit, records.size());
    co_return std::vector<std::string>{records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  Task<Result<void>> drop(std::size_t count) override {
    records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count));
    co_return Result<void>{};
  }
  std::vector<std::string> aside;
  Task<Result<void>> set_aside(std::string record) override {
    aside.push_back(std::move(record));
    co_return Result<void>{};
  }
  bool empty() const noexcept override { return records.empty(); }
  std::optional<Error> failure() const override { return broken; }
  Task<void> look_around() override {
    ++looks;
    co_return;
  }
};

}  // namespace otto::fakes
