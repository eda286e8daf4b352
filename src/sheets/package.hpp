// The parts of an Office Open XML file, inflated piece by piece.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"

struct zip;

namespace otto::sheets {

class Package {
 public:
  /// `file` outlives it. InvalidInput: no zip archive.
  static Result<Package> open(std::string_view file);

  bool has(const std::string& part) const;
  /// Until `take` answers false. InvalidInput: there is no such part, or it is damaged; TooLarge: all that has been
  /// read of this file is over kMaxUnpackedBytes.
  Result<void> read(const std::string& part, const std::function<bool(std::string_view)>& take);

 private:
  struct Discard {
    void operator()(zip* archive) const;
  };
  explicit Package(zip* archive) : archive_{archive} {}

  std::unique_ptr<zip, Discard> archive_;
  std::size_t unpacked_ = 0;
};

/// "worksheets/sheet1.xml" named by "xl/workbook.xml" is "xl/worksheets/sheet1.xml"; "/xl/…" begins at the root.
std::string resolve_part(std::string_view from, std::string_view target);

}  // namespace otto::sheets
