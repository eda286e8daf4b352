// What the columns of a table of contacts mean, by their header: the one list that importing, checking and writing
// back share. Headers match in any letter case, with any spaces and punctuation ("E-mail", "phone_number", "Phone #").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace otto::ports {

enum class SheetColumn : std::uint8_t { Variable, Name, FirstName, LastName, Phone, Email, Status, LastCalled, Notes };

struct ColumnMeaning {
  SheetColumn column = SheetColumn::Variable;
  int rank = 0;  ///< among several headers of one meaning the lowest is the one that counts ("Phone" before "Mobile")
};

/// Lower case, ASCII letters and digits only; other scripts' bytes are kept.
inline std::string normal_header(std::string_view header) {
  std::string normal;
  for (const char c : header) {
    if (c >= 'A' && c <= 'Z') {
      normal += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      normal += c;
    }
  }
  return normal;
}

inline ColumnMeaning column_meaning(std::string_view header) {
  struct Known {
    std::string_view normal;
    SheetColumn column;
  };
  using enum SheetColumn;
  static constexpr std::array kKnown{
      Known{"name", Name},         Known{"fullname", Name},         Known{"customername", Name},
      Known{"contactname", Name},  Known{"firstname", FirstName},   Known{"givenname", FirstName},
      Known{"lastname", LastName}, Known{"surname", LastName},      Known{"familyname", LastName},
      Known{"phone", Phone},       Known{"phonenumber", Phone},     Known{"customerphone", Phone},
      Known{"mobile", Phone},      Known{"mobilephone", Phone},     Known{"mobilenumber", Phone},
      Known{"cell", Phone},        Known{"cellphone", Phone},       Known{"cellnumber", Phone},
      Known{"telephone", Phone},   Known{"telephonenumber", Phone}, Known{"tel", Phone},
      Known{"email", Email},       Known{"emailaddress", Email},    Known{"customeremail", Email},
      Known{"status", Status},     Known{"lastcalled", LastCalled}, Known{"notes", Notes},
  };
  const std::string normal = normal_header(header);
  for (std::size_t i = 0; i < kKnown.size(); ++i)
    if (kKnown[i].normal == normal) return {kKnown[i].column, static_cast<int>(i)};
  return {};
}

}  // namespace otto::ports
