// Strong identifiers. Each is made by us before the thing it names exists anywhere else.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace otto {

template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string v) : value{std::move(v)} {}
  bool empty() const noexcept { return value.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using CampaignId = Id<struct CampaignTag>;  ///< cuid: "c" + 24 of [a-z0-9], as Prisma's clients make them
using AttemptId = Id<struct AttemptTag>;    ///< UUID v7, lower case with dashes
using InstanceId = Id<struct InstanceTag>;  ///< UUID v7 of this process

/// A contact's row number in otto.contact; 0 is "none".
struct ContactId {
  std::int64_t value = 0;
  friend auto operator<=>(const ContactId&, const ContactId&) = default;
};

/// 25 characters in the shape of cuid v1, unique without coordination (time, counter, randomness).
std::string make_cuid();
/// RFC 9562 version 7 from the system clock and the system's random source.
std::string make_uuid_v7();
/// True for 8-4-4-4-12 lower-case hex.
bool is_uuid(std::string_view text) noexcept;

}  // namespace otto

template <class Tag>
struct std::hash<otto::Id<Tag>> {
  std::size_t operator()(const otto::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
template <>
struct std::hash<otto::ContactId> {
  std::size_t operator()(const otto::ContactId& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
