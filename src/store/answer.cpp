#include "store/answer.hpp"

#include <charconv>
#include <string>
#include <string_view>

namespace otto::store {

Field Row::operator[](int column) const {
  PGresult* answer = answer_.get();
  return Field{PQgetisnull(answer, number_, column) != 0 ? nullptr : PQgetvalue(answer, number_, column)};
}

Field Row::operator[](const char* column) const {
  const int number = PQfnumber(answer_.get(), column);
  if (number < 0) throw pqxx::argument_error{"there is no column \"" + std::string{column} + "\""};
  return (*this)[number];
}

int Rows::affected_rows() const {
  const std::string_view text = PQcmdTuples(answer_.get());
  int rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

}  // namespace otto::store
