#include "store/failure.hpp"

#include <string>
#include <string_view>

#include "otto/base/text.hpp"

#include "store/pqxx.hpp"

namespace otto::store {

namespace {

/// The server's first line: the ones after it (DETAIL, CONTEXT) hold rows, and rows hold people.
std::string first_line(const char* what) {
  std::string_view text = trim(std::string_view{what});
  text = text.substr(0, text.find('\n'));
  constexpr std::string_view kPrefix = "ERROR:";
  if (text.starts_with(kPrefix)) text = trim(text.substr(kPrefix.size()));
  while (text.ends_with('.')) text.remove_suffix(1);  // our sentences have their own
  return std::string{truncate_utf8(text, 200)};
}

Failure unavailable(std::string sentence, bool lost) {
  return {Error{Errc::DatabaseUnavailable, std::move(sentence)}, false, lost};
}

Failure lost_against_others() {
  return {Error{Errc::Overloaded, "The transaction lost against others too often; try again."}, true, false};
}

Failure classify_sql(const pqxx::sql_error& failure) {
  const std::string& state = failure.sqlstate();
  if (state == "40001" || state == "40P01") return lost_against_others();  // serialization, deadlock
  const std::string line = first_line(failure.what());
  if (state == "57014") return unavailable("The database did not finish a statement in time.", false);
  if (state == "55P03") return unavailable("The database did not get a lock in time.", false);
  if (state.starts_with("23")) return {Error{Errc::DatabaseConflict, "The database refused it: " + line + "."}};
  if (state == "42P01" || state == "3F000" || state == "42703" || state == "42883")
    return unavailable("The database lacks otto's tables (" + line + "); run otto migrate.", false);
  if (state == "42501") return unavailable("The database role may not do this: " + line + ".", false);
  // 22: data that the database cannot take; its words would quote them. 21, 42, 54: a statement that it cannot. Asked
  // again it would fail again, and it is not away.
  if (state.starts_with("22"))
    return {Error{Errc::Internal, "The database cannot take the data (" + state +
                                      "): " + line.substr(0, line.find_first_of(":\"")) + "."}};
  if (state.starts_with("21") || state.starts_with("42") || state.starts_with("54"))
    return {Error{Errc::Internal, "The database cannot do it (" + state + "): " + line + "."}};
  // A migration beside us has changed what a prepared statement gives: the next connection prepares it anew.
  if (state == "0A000" && line.find("cached plan") != std::string::npos)
    return {Error{Errc::DatabaseUnavailable, "The database's tables were being changed; try again."}, true, true};
  // 08 connection, 53 resources, 57P shutdown, 25006 read-only after a failover: another server may be behind the name.
  const bool lost = state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") || state == "25006";
  return unavailable("The database failed (" + (state.empty() ? std::string{"no code"} : state) + "): " + line + ".",
                     lost);
}

}  // namespace

Failure classify(const std::exception& exception) {
  if (dynamic_cast<const pqxx::deadlock_detected*>(&exception) ||
      dynamic_cast<const pqxx::serialization_failure*>(&exception))
    return lost_against_others();
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&exception)) return classify_sql(*sql);
  if (dynamic_cast<const pqxx::broken_connection*>(&exception))
    return unavailable("The database cannot be reached: " + first_line(exception.what()) + ".", true);
  if (dynamic_cast<const pqxx::failure*>(&exception))  // in doubt, or rolled back for a reason of the server's own
    return unavailable("The database lost the connection: " + first_line(exception.what()) + ".", true);
  return {Error{Errc::Internal, std::string{"The store failed: "} + first_line(exception.what()) + "."}, false, true};
}

}  // namespace otto::store
