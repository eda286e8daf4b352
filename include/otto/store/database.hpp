// The PostgreSQL side of the store ports: a small pool of connections, each worked on one database thread at a time,
// while coroutines wait on the loop. It never retries a transaction except after a serialization failure or a
// deadlock, and never hides that the database is away.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "otto/base/clock.hpp"
#include "otto/crypto/text_seal.hpp"
#include "otto/ports/audit_store.hpp"
#include "otto/ports/people_store.hpp"
#include "otto/ports/session_store.hpp"
#include "otto/ports/store.hpp"
#include "otto/ports/views.hpp"
#include "otto/rt/task.hpp"

namespace otto::store {

struct Options {
  std::string url;                ///< DATABASE_URL; Prisma's own parameters in it (schema, pool …) are left out
  std::size_t connections = 8;    ///< and as many threads
  std::size_t max_waiting = 256;  ///< verbs that wait for a connection; beyond it a verb answers Overloaded
  milliseconds statement_timeout{3000};
  milliseconds lock_timeout{1000};
  seconds connect_timeout{2};
  milliseconds deadline{4000};           ///< of one verb, waiting included; then it answers DatabaseUnavailable
  int calls_per_day = 0;                 ///< sent within 24 hours, over all campaigns and instances; 0: no limit
  std::function<bool()> may_block_loop;  ///< for a rehearsal: a verb then runs at once, on the loop's own thread
  crypto::TextSeal seal;                 ///< opens the transcripts that it reads; they come sealed already
  Options() = default;
};

class Database {
 public:
  virtual ~Database() = default;
  /// Borrows this object.
  virtual ports::Store store() = 0;
  virtual ports::SessionStore& sessions() = 0;
  virtual ports::AuditStore& audit() = 0;
  virtual ports::PeopleStore& people() = 0;
  virtual ports::Views& views() = 0;
  virtual ports::VerbsUnderWay under_way() const = 0;
  /// Lets the verbs under way end and closes the connections; every later verb answers Closed. Await it before the
  /// loop ends.
  virtual Task<void> stop() = 0;
};

/// Connects lazily: a database that is away is seen by the first verb.
std::unique_ptr<Database> make_database(Loop& loop, Options options);

}  // namespace otto::store
