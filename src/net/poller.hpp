// Which WebSockets are ready, beside Asio's reactor: one epoll set of our own that Asio watches as a single descriptor.
// A frame then costs one recv: no operation object, no queue, no re-arming and no read that finds nothing, and what a
// batch of frames has to send goes out once at its end. One for each loop, on the loop's thread.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <span>
#include <sys/epoll.h>
#include <vector>

#include "otto/rt/task.hpp"

namespace otto::net {

class Poller final : public boost::asio::execution_context::service {
 public:
  struct Place {
    std::uint32_t slot = 0, generation = 0;
  };
  /// Calls come from the loop, never from inside a call to the Poller. One that throws is a broken invariant: it is
  /// logged, and failed() is called.
  class Watched {
   public:
    virtual void on_ready(bool readable, bool writable) = 0;
    /// Asked for by later(): at the end of the batch, or soon when there is none.
    virtual void on_batch_end() = 0;
    virtual void failed() noexcept = 0;
    /// on_ready() or on_batch_end() will be called soon: says to Ahead what it needs beyond this object's first lines.
    virtual void expect_ready() const noexcept {}
    virtual void expect_batch_end() const noexcept {}

   protected:
    ~Watched() = default;

   private:
    friend class Poller;
    Place place_;
    bool is_later_ = false;
  };
  struct Interest {
    bool in = false, out = false;
    friend bool operator==(const Interest&, const Interest&) = default;
  };

  static Poller& of(Loop& loop);

  using key_type = Poller;
  static boost::asio::execution_context::id id;
  explicit Poller(boost::asio::execution_context& context);
  ~Poller() override;

  void enroll(Watched& watched);
  /// Nothing is called afterwards, not even for what is ready already.
  void leave(Watched& watched);
  /// No interest: the descriptor is not watched at all.
  void watch(const Watched& watched, int descriptor, Interest before, Interest now);
  void later(Watched& watched);

 private:
  struct Slot {
    Watched* watched = nullptr;
    std::uint32_t generation = 0;
  };
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Loop::executor_type>;

  void shutdown() override;
  void wait();
  void run_batch();
  void look_ahead(std::span<const epoll_event> events, std::size_t step) noexcept;
  void run_later();
  Watched* find(Place place) noexcept;
  template <class F>
  void guarded(Watched& watched, F call);

  Loop& loop_;
  Descriptor set_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Place> later_, due_;
  std::size_t watched_ = 0;
  bool waiting_ = false, in_batch_ = false, later_posted_ = false;
};

}  // namespace otto::net
