#include "tests/system/waiting.hpp"

#include "otto/rt/group.hpp"

#include "tests/system/answer_check.hpp"

namespace otto::system_test {
namespace {

Task<void> send(net::ClientRequest request, Answer& answer) {
  auto result = co_await net::send_request(std::move(request));
  if (!result.response) {
    answer.text = result.response.error().detail;
    co_return;
  }
  answer.status = result.response->status;
  answer.headers = result.response->headers;
  answer.text = std::move(result.response->body);
  if (auto json = parse_json(answer.text)) answer.body = std::move(*json);
}

auto& answer_check() {
  static std::function<void(const std::string&, const std::string&, const Answer&)> check;
  return check;
}

void run_until(const std::function<bool()>& condition) {
  loop().restart();
  while (!condition()) loop().run_one();
}

}  // namespace

Loop& loop() {
  static Loop the_loop{1};
  return the_loop;
}

bool wait_until(const std::function<bool()>& condition, milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto keeps_running = boost::asio::make_work_guard(loop());
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    loop().restart();
    loop().run_for(milliseconds{10});
  }
  return true;
}

std::vector<Answer> ask_all(std::vector<net::ClientRequest> requests) {
  std::vector<Answer> answers(requests.size());
  std::vector<std::pair<std::string, std::string>> asked;
  rt::Group group{loop(), "requests"};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    asked.emplace_back(requests[i].method, requests[i].url);
    group.spawn("request", send(std::move(requests[i]), answers[i]));
  }
  run_until([&] { return group.size() == 0; });
  for (std::size_t i = 0; answer_check() && i < answers.size(); ++i)
    answer_check()(asked[i].first, asked[i].second, answers[i]);
  return answers;
}

Answer ask(net::ClientRequest request) {
  std::vector<net::ClientRequest> one;
  one.push_back(std::move(request));
  return std::move(ask_all(std::move(one)).front());
}

void check_answers(std::function<void(const std::string&, const std::string&, const Answer&)> check) {
  answer_check() = std::move(check);
}

void run(Task<void> task) {
  rt::Group group{loop(), "test"};
  group.spawn("task", std::move(task));
  run_until([&] { return group.size() == 0; });
}

}  // namespace otto::system_test
