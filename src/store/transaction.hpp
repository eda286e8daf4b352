// A transaction whose statements go to the server together wherever nobody waits for an answer in between: BEGIN with
// the first, and what is only written with COMMIT. A round trip wakes two threads and holds locks for as long as it
// takes; a report of a call runs a dozen statements and waits twice.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answer.hpp"
#include "session.hpp"

namespace otto::store {

/// Statements are those of the *_sql.hpp, known by their address, and each is a range of an index whatever the size of
/// a campaign (tests/store/plans_test.cpp). The server parses and plans each once for a connection, for what a call
/// runs dozens of times, that costs more than the work itself. All of it throws libpqxx's exceptions: an error comes
/// out of whatever waits next, and the transaction is good for nothing but its end then.
class Transaction {
 public:
  /// An answer that comes with those asked for after it.
  class Asked {
   public:
    /// Waits, unless it is there already.
    const Rows& rows() {
      transaction_->flush();
      return *rows_;
    }
    /// Throws pqxx::unexpected_rows unless there is exactly one.
    Row row();

   private:
    friend class Transaction;
    Asked(Transaction& transaction, std::shared_ptr<Rows> rows) : transaction_{&transaction}, rows_{std::move(rows)} {}
    Transaction* transaction_;
    std::shared_ptr<Rows> rows_;
  };

  explicit Transaction(Session& session);
  ~Transaction() { abort(); }
  Transaction(const Transaction&) = delete;

  int statements() const noexcept { return statements_; }    ///< so far, without BEGIN and COMMIT
  int round_trips() const noexcept { return round_trips_; }  ///< so far; those of copy() do not count

  /// Goes out with the next that waits, or at the end.
  template <std::size_t kSize, class... Args>
  Asked ask(const char (&sql)[kSize], const Args&... args) {
    return send_prepared(sql, Values{value_of(args)...});
  }
  /// The same for one whose answer says nothing.
  template <std::size_t kSize, class... Args>
  void exec_params0(const char (&sql)[kSize], const Args&... args) {
    ask(sql, args...);
  }
  template <std::size_t kSize, class... Args>
  Rows exec_params(const char (&sql)[kSize], const Args&... args) {
    return ask(sql, args...).rows();
  }
  template <std::size_t kSize, class... Args>
  Row exec_params1(const char (&sql)[kSize], const Args&... args) {
    return ask(sql, args...).row();
  }
  /// For a statement that is put together at run time, or whose best plan depends on its values: it is not prepared,
  /// but planned for just these.
  template <class... Args>
  Rows exec_text(const std::string& sql, const Args&... args) {
    exec_params0("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)");
    const Rows rows = send_text(sql, Values{value_of(args)...}).rows();
    exec_params0("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)");
    return rows;
  }

  /// Rows in bulk, written by libpqxx.
  void copy(const std::string& table, const std::vector<std::string>& columns,
            const std::function<void(pqxx::stream_to&)>& write);

  /// Does nothing after abort().
  void commit();
  /// Undoes it all. Leaves the session unusable where it does not succeed.
  void abort() noexcept;

 private:
  using Value = std::optional<std::string>;  // as text
  using Values = std::vector<Value>;
  struct Pending {
    std::shared_ptr<Rows> rows;
    const char* prepares = nullptr;
  };

  template <class T>
  static Value value_of(const T& arg) {
    return pqxx::string_traits<T>::is_null(arg) ? std::nullopt : std::optional{pqxx::to_string(arg)};
  }
  Asked send_prepared(const char* sql, const Values& values);
  Asked send_text(const std::string& sql, const Values& values);
  Asked sent(int success, const char* prepares = nullptr);
  void flush();
  bool is_over() const;
  [[noreturn]] void lost() const;

  Session& session_;
  std::vector<Pending> pending_;
  int statements_ = 0, round_trips_ = 0;
};

}  // namespace otto::store
