// Leases by the database's clock alone: the clocks of instances are never compared.
#include "store/lease_sql.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

Task<Result<std::optional<ports::Lease>>> Leases::acquire(std::string name, InstanceId holder, seconds ttl) {
  using Held = std::optional<ports::Lease>;
  auto acquire = [name = std::move(name), holder = std::move(holder), ttl](Transaction& tx) -> Result<Held> {
    const auto rows = tx.exec_params(sql::kAcquireLease, name, holder.value, std::to_string(ttl.count()) + " s");
    if (rows.empty()) return Held{};
    return Held{ports::Lease{rows[0][0].as<std::int64_t>()}};
  };
  co_return co_await pool_.transact<Held>("acquire_lease", std::move(acquire));
}

Task<Result<void>> Leases::release(std::string name, InstanceId holder) {
  Work release = [name = std::move(name), holder = std::move(holder)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kReleaseLease, name, holder.value);
    return std::nullopt;
  };
  co_return co_await pool_.run("release_lease", std::move(release));
}

}  // namespace otto::store
