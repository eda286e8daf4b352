#include "tests/system/database.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

#include "src/store/pqxx.hpp"

namespace otto::system_test {
namespace {

std::string server_url() {
  const char* url = std::getenv("OTTO_TEST_DATABASE_URL");
  if (url == nullptr)
    throw std::runtime_error{"OTTO_TEST_DATABASE_URL is not set: run this program by script/with-postgres"};
  return url;
}

std::string with_database(const std::string& url, const std::string& name) {
  const auto path = url.find('/', url.find("://") + 3);
  const auto query = url.find('?', path);
  return url.substr(0, path) + "/" + name + (query == std::string::npos ? "" : url.substr(query));
}

void on_server(const std::string& statement) {
  pqxx::connection connection{server_url()};
  pqxx::nontransaction work{connection};
  work.exec0(statement);
}

}  // namespace

struct Database::Connection {
  explicit Connection(const std::string& url) : session{url} {}
  pqxx::connection session;
};

Database::Database() {
  static int made = 0;
  name_ = "otto_system_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  on_server("CREATE DATABASE " + name_);
  url_ = with_database(server_url(), name_);
  connection_ = std::make_unique<Connection>(url_);
  one("SET TimeZone TO 'UTC'");
}

Database::~Database() {
  connection_.reset();
  try {
    on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
  }
}

std::string Database::one(const std::string& statement) {
  for (int tries = 1;; ++tries) {
    try {
      pqxx::nontransaction work{connection_->session};
      const auto rows = work.exec(statement);
      return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
    } catch (const pqxx::deadlock_detected&) {  // what takes several tables at once may meet the daemon half-way
      if (tries == 10) throw;
    }
  }
}

void Database::alter(const std::string& what) { on_server("ALTER DATABASE " + name_ + " " + what); }

Json Database::rows(const std::string& select) {
  return Json::parse(one("SELECT coalesce(json_agg(r), '[]') FROM (" + select + ") r"));
}

}  // namespace otto::system_test
