// A part's XML as events, by local names: the same elements come with and without prefixes, and in the namespaces of
// both editions of the standard.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/error.hpp"

#include "sheets/package.hpp"

namespace otto::sheets {

class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_{pairs} {}
  /// "" when there is none.
  std::string_view get(std::string_view name) const;

 private:
  const char** pairs_;
};

/// Views are valid during the call only.
class XmlReader {
 public:
  virtual ~XmlReader() = default;
  virtual void on_start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void on_end(std::string_view name) = 0;
  virtual void on_text(std::string_view text) = 0;
  /// The part is refused: its rest is not even inflated. Otherwise it is read to its end, where its sum is checked.
  virtual bool is_done() const { return false; }
};

/// InvalidInput: not XML, or with a document type, whose entities could grow without end.
Result<void> read_xml(Package& package, const std::string& part, XmlReader& reader);

}  // namespace otto::sheets
