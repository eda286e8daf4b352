// A spreadsheet in memory, read and written through the ports: what people do to it in between, and what the provider
// fails at, is scripted. It remembers when it was asked for what.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "otto/ports/sheet.hpp"
#include "otto/rt/time.hpp"

namespace otto::fakes {

class FakeSheet final : public ports::Sheet, public ports::SheetWriter {
 public:
  using Cells = std::vector<std::string>;
  struct Fault {
    Errc code = Errc::ProviderUnavailable;
    bool is_done = false;  ///< it was carried out all the same: only the reply is lost
  };

  explicit FakeSheet(rt::Timers& timers) : timers_{timers} {}

  std::map<std::string, std::vector<Cells>> tabs;          ///< by title; the first row is the header
  std::map<std::string, std::deque<Fault>> faults;         ///< by verb: "read", "write", "append", "add_tab"
  std::function<void()> before_write, after_write;         ///< somebody else, at exactly that moment; once each
  std::vector<std::pair<std::string, SteadyPoint>> asked;  ///< "verb tab", and when

  int count(const std::string& verb) const {
    return static_cast<int>(
        std::ranges::count_if(asked, [&](const auto& one) { return one.first.starts_with(verb + " "); }));
  }
  std::string& cell(const std::string& tab, std::size_t row, std::size_t column) {
    return tabs.at(tab).at(row - 1).at(column);
  }

  Task<Result<ports::SheetTable>> read(ports::SheetSource source) override {
    if (auto fault = next("read", source.tab)) co_return *fault;
    const auto tab = tabs.find(source.tab);
    if (tab == tabs.end()) co_return Error{Errc::NotFound, "There is no such tab."};
    ports::SheetTable table;
    table.place = source;
    for (std::size_t i = 0; i < tab->second.size(); ++i) {
      const Cells& cells = tab->second[i];
      if (i == 0)
        table.header = cells;
      else if (!std::ranges::all_of(cells, &std::string::empty))
        table.rows.push_back({static_cast<int>(i) + 1, cells});
    }
    co_return table;
  }
  Task<Result<std::string>> check() override { co_return "well"; }

  Task<Result<void>> write(ports::SheetSource place, std::vector<ports::SheetCell> cells, MaySend may_send) override {
    co_return change("write", place.tab, may_send, [&] {
      auto& rows = tabs.at(place.tab);
      for (const ports::SheetCell& cell : cells) {
        const auto at = static_cast<std::size_t>(cell.row) - 1;
        if (at >= rows.size()) rows.resize(at + 1);
        if (cell.column >= rows[at].size()) rows[at].resize(cell.column + 1);
        rows[at][cell.column] = cell.text;
      }
    });
  }
  Task<Result<void>> append(ports::SheetSource place, std::vector<Cells> rows, MaySend may_send) override {
    co_return change("append", place.tab, may_send, [&] {
      auto& tab = tabs.at(place.tab);
      tab.insert(tab.end(), rows.begin(), rows.end());
    });
  }
  Task<Result<void>> add_tab(ports::SheetSource place, Cells header, MaySend may_send) override {
    co_return change("add_tab", place.tab, may_send, [&] { tabs[place.tab] = {header}; });
  }

 private:
  std::optional<Error> next(const std::string& verb, const std::string& tab) {
    asked.emplace_back(verb + " " + tab, timers_.steady());
    auto& queue = faults[verb];
    if (queue.empty() || queue.front().is_done) return std::nullopt;
    const Fault fault = queue.front();
    queue.pop_front();
    return Error{fault.code, "The provider is failing."};
  }
  template <class Do>
  Result<void> change(const std::string& verb, const std::string& tab, const MaySend& may_send, const Do& carry_out) {
    if (before_write) std::exchange(before_write, nullptr)();
    if (!may_send()) return Error{Errc::Cancelled, "The lease is lost."};
    if (auto fault = next(verb, tab)) return *fault;
    carry_out();
    if (after_write) std::exchange(after_write, nullptr)();
    auto& queue = faults[verb];
    if (queue.empty()) return {};
    const Fault fault = queue.front();
    queue.pop_front();
    return Error{fault.code, "The reply was lost."};
  }

  rt::Timers& timers_;
};

}  // namespace otto::fakes
