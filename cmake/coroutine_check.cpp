// Every form below is destroyed twice by g++ 12.2 (aggregate and closure temporaries inside a co_await
// expression). The live-object count says so without a sanitizer.
#include <coroutine>

#include <array>
#include <exception>
#include <string>
#include <utility>

namespace {
int live = 0;
struct Counted {
  Counted() { ++live; }
  Counted(const Counted&) { ++live; }
  Counted(Counted&&) noexcept { ++live; }
  ~Counted() { --live; }
};
struct Aggregate {
  Counted first;
  std::array<Counted, 2> more;
};

struct Task {
  struct promise_type {
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
  ~Task() { handle.destroy(); }
  bool await_ready() const noexcept { return handle.done(); }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

Task by_value(Aggregate) { co_return; }
Task by_reference(const Aggregate&) { co_return; }
template <class F>
Task call(F f) {
  f();
  co_return;
}

Task everyday_forms() {
  co_await by_value(Aggregate{});
  co_await by_value({.first = {}, .more = {}});
  co_await by_reference(Aggregate{});
  Counted captured;
  co_await call([captured] { (void)captured; });
  co_await [captured]() -> Task {
    (void)captured;
    co_return;
  }();
}
}  // namespace

int main() {
  {
    Task t = everyday_forms();
  }
  return live == 0 ? 0 : 1;
}
