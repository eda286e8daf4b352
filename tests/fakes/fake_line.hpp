// A line that does what the test says and remembers what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "otto/ports/line.hpp"

namespace otto::test {

class FakeLine final : public ports::Line {
 public:
  struct Said {
    std::string call_sid, text;
  };
  // What it was asked.
  std::vector<ports::PlaceRequest> placed;
  std::vector<std::string> hung_up;
  std::vector<Said> said, played;  ///< played: text is the URL
  std::vector<ports::TransferRequest> transferred;
  // What it answers: the queue's front, or the default when it is empty.
  std::deque<ports::PlaceResult> place_answers;
  std::deque<Result<void>> hang_up_answers, say_answers, play_answers, transfer_answers;
  std::function<void()> while_transferring;    ///< before transfer()'s answer
  std::function<Task<void>()> transfer_delay;  ///< before it as well: it takes its time
  std::deque<Result<ports::LineCall>> fetch_answers;
  std::deque<Result<std::vector<ports::LineCall>>> list_answers;

  Task<ports::PlaceResult> place(ports::PlaceRequest request) override {
    ports::PlaceResult answer;
    answer.verdict = ports::PlaceVerdict::Placed;
    answer.call_sid = "CA" + std::to_string(placed.size() + 1);
    placed.push_back(std::move(request));
    co_return next(place_answers, std::move(answer));
  }
  Task<Result<void>> hang_up(std::string call_sid) override {
    hung_up.push_back(std::move(call_sid));
    co_return next(hang_up_answers, Result<void>{});
  }
  Task<Result<void>> say_and_hang_up(std::string call_sid, std::string text) override {
    said.push_back(Said{std::move(call_sid), std::move(text)});
    co_return next(say_answers, Result<void>{});
  }
  Task<Result<void>> play_and_hang_up(std::string call_sid, std::string url) override {
    played.push_back(Said{std::move(call_sid), std::move(url)});
    co_return next(play_answers, Result<void>{});
  }
  Task<Result<void>> transfer(ports::TransferRequest request) override {
    transferred.push_back(std::move(request));
    if (while_transferring) while_transferring();
    if (transfer_delay) co_await transfer_delay();
    co_return next(transfer_answers, Result<void>{});
  }
  Task<Result<ports::LineCall>> fetch(std::string) override {
    co_return next(fetch_answers, Result<ports::LineCall>{Error{Errc::NotFound, "no such call"}});
  }
  Task<Result<std::vector<ports::LineCall>>> list(std::string, std::string) override {
    co_return next(list_answers, Result<std::vector<ports::LineCall>>{std::vector<ports::LineCall>{}});
  }
  Task<Result<std::vector<ports::LineRecording>>> recordings(std::string) override {
    co_return std::vector<ports::LineRecording>{};
  }
  Task<Result<std::string>> check() override { co_return std::string{"ok"}; }

 private:
  template <class T>
  static T next(std::deque<T>& answers, T otherwise) {
    if (answers.empty()) return otherwise;
    T answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

}  // namespace otto::test
