// What the server answers to a statement: rows of values in PostgreSQL's text form.
#pragma once

#include <libpq-fe.h>
#include <memory>

#include "pqxx.hpp"

namespace otto::store {

/// Valid as long as its Row or Rows.
class Field {
 public:
  explicit Field(const char* text) : text_{text} {}
  bool is_null() const noexcept { return text_ == nullptr; }
  const char* c_str() const noexcept { return is_null() ? "" : text_; }

  /// Throws pqxx::conversion_error, also for NULL.
  template <class T>
  T as() const {
    if (is_null()) throw pqxx::conversion_error{"NULL where a value is needed"};
    T value;
    pqxx::from_string(text_, value);
    return value;
  }

 private:
  const char* text_;
};

class Row {
 public:
  Row(std::shared_ptr<PGresult> answer, int number) : answer_{std::move(answer)}, number_{number} {}
  Field operator[](int column) const;
  /// libpq folds the case of a column's name when it looks one up. Throws pqxx::argument_error if there is none.
  Field operator[](const char* column) const;

 private:
  std::shared_ptr<PGresult> answer_;
  int number_;
};

class Rows {
 public:
  Rows() = default;
  explicit Rows(std::shared_ptr<PGresult> answer) : answer_{std::move(answer)} {}
  std::size_t size() const { return static_cast<std::size_t>(PQntuples(answer_.get())); }
  bool empty() const { return size() == 0; }
  int columns() const { return PQnfields(answer_.get()); }
  int affected_rows() const;
  const char* tag() const { return PQcmdStatus(answer_.get()); }  ///< of the command: "COMMIT", "INSERT 0 1"
  Row operator[](std::size_t row) const { return {answer_, static_cast<int>(row)}; }

  struct Iterator {
    const Rows& rows;
    std::size_t row;
    Row operator*() const { return rows[row]; }
    Iterator& operator++() { return ++row, *this; }
    bool operator!=(const Iterator& other) const { return row != other.row; }
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  std::shared_ptr<PGresult> answer_;
};

}  // namespace otto::store
