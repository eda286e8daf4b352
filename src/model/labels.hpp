// One table per enum, both ways.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace otto::model {

/// `labels[i]` names the enum's value i.
template <class Enum, std::size_t N>
std::optional<Enum> parse_label(const std::array<std::string_view, N>& labels, std::string_view text) noexcept {
  for (std::size_t i = 0; i < N; ++i) {
    if (labels[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <class Enum, std::size_t N>
std::string_view label_of(const std::array<std::string_view, N>& labels, Enum value) noexcept {
  return labels[static_cast<std::size_t>(value)];
}

}  // namespace otto::model
