#include "store/session.hpp"

#include <poll.h>

namespace otto::store {

Session::Session(const std::string& url) : pqxx::connection_base{policy_}, policy_{url} {
  init();
  if (PQenterPipelineMode(wire()) != 1) throw pqxx::broken_connection{"libpq did not enter its pipeline mode"};
}

Session::~Session() { close(); }

bool Session::is_usable() {
  // Between two transactions a server says nothing, unless it takes its leave.
  pollfd socket{.fd = PQsocket(wire()), .events = POLLIN, .revents = 0};
  return socket.fd >= 0 && ::poll(&socket, 1, 0) == 0 && PQstatus(wire()) == CONNECTION_OK &&
         PQtransactionStatus(wire()) == PQTRANS_IDLE && PQpipelineStatus(wire()) == PQ_PIPELINE_ON;
}

Session::Plain::Plain(Session& session) : session_{session} {
  if (PQexitPipelineMode(session_.wire()) != 1) throw pqxx::broken_connection{PQerrorMessage(session_.wire())};
}

/// libpqxx leaves the end of a COPY's answer for its own next statement. Where this fails the session is not usable any
/// more, and says so.
Session::Plain::~Plain() {
  ExecStatusType status = PGRES_COMMAND_OK;
  while (status != PGRES_COPY_IN) {
    PGresult* answer = PQgetResult(session_.wire());
    if (answer == nullptr) break;
    status = PQresultStatus(answer);
    PQclear(answer);
  }
  PQenterPipelineMode(session_.wire());
}

}  // namespace otto::store
