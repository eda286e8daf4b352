// What a setting's value may look like. Each check returns "" when the value is right, or the end of a sentence that
// begins with the setting's name ("must be …") and never repeats the value, which may be a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otto/base/log.hpp"
#include "otto/base/network.hpp"

namespace otto::checks {

/// The public address: https, or http for loopback hosts; trailing slashes are cut.
std::string public_url(std::string_view value, std::string& out);
/// A provider's address: as above, and http also for a host without a dot, as containers are named.
std::string provider_url(std::string_view value, std::string& out);
/// postgres:// or postgresql://; query parameters that only Prisma knows are taken out, since libpq refuses them.
std::string database_url(std::string_view value, std::string& out);
std::string host(std::string_view value, std::string& out);
std::string port(std::string_view value, std::uint16_t& out);
/// `prefix` and 32 hex digits.
std::string twilio_sid(std::string_view prefix, std::string_view value, std::string& out);
/// No blanks and no control characters.
std::string word(std::string_view value, std::string& out);
std::string words(std::string_view value, std::vector<std::string>& out);
std::string numbers(std::string_view value, std::vector<std::string>& out);
std::string hosts(std::string_view value, std::vector<std::string>& out);
/// name=value pairs separated by commas; a value may be percent-encoded.
std::string headers(std::string_view value, std::vector<std::pair<std::string, std::string>>& out);
/// A path, or a service account's JSON.
std::string credentials(std::string_view value, std::string& out);
/// Two letters; made upper case.
std::string region(std::string_view value, std::string& out);
std::string destinations(std::string_view value, std::vector<std::string>& out);
/// Addresses and ranges; "none" for none at all.
std::string networks(std::string_view value, std::optional<std::vector<Network>>& out);
/// A secret of at least 128 bits; blanks are taken out, letters made upper case.
std::string base32(std::string_view value, std::string& out);
/// Keys of 256 bits in hex, separated by commas, as raw bytes.
std::string keys(std::string_view value, std::vector<std::string>& out);
std::string rate(std::string_view value, double max, double& out);
std::string whole_seconds(std::string_view value, int min, int max, std::chrono::seconds& out);
std::string whole_number(std::string_view value, int min, int max, int& out);
std::string price(std::string_view value, double max, double& out);
std::string flag(std::string_view value, bool& out);
std::string level(std::string_view value, log::Level& out);
std::string format(std::string_view value, log::Format& out);

}  // namespace otto::checks
