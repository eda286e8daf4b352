// What the columns of a table of contacts mean, by their header: the one list that importing, checking and writing
// back share. Headers match in any letter case, with any spaces and punctuation ("E-mail", "phone_number", "Phone #").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace otto::ports {

enum class SheetColumn : std::uint8_t {
  Variable,
  Name,
  FirstName,
  LastName,
  Phone,
  Email,
  Status,
  LastCalled,
  Notes,
  TimeZone,  ///< read, and a variable all the same
  State      ///< of the United States; read, and a variable all the same
};

struct ColumnMeaning {
  SheetColumn column = SheetColumn::Variable;
  int rank = 0;  ///< among several headers of one meaning the lowest is the one that counts ("Phone" before "Mobile")
};

/// Lower case, ASCII letters and digits only; accents of the Latin languages are taken off ("Téléphone" is
/// "telephone"), other scripts' bytes are kept.
inline std::string normal_header(std::string_view header) {
  // U+00C0 to U+00FF, by their base letters; '.' stands for what has none.
  static constexpr std::string_view kBase = "aaaaaaaceeeeiiiidnooooo.ouuuuy.saaaaaaaceeeeiiiidnooooo.ouuuuy.y";
  std::string normal;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const char c = header[i];
    const auto byte = static_cast<unsigned char>(c),
               next = static_cast<unsigned char>(i + 1 < header.size() ? header[i + 1] : 0);
    if (c >= 'A' && c <= 'Z') {
      normal += static_cast<char>(c - 'A' + 'a');
    } else if (byte == 0xC3 && next >= 0x80 && kBase[next - 0x80U] != '.') {
      normal += kBase[next - 0x80U];
      ++i;
    } else if ((byte == 0xCC && next >= 0x80) || (byte == 0xCD && next <= 0xAF)) {
      ++i;  // a combining accent
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80) {
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
  // English first, then German, Spanish, French, Italian, Portuguese and Dutch. Words that also name something else in
  // a table of people ("Estado" is a region as well) are left out: a wrong column would be written into.
  static constexpr std::array kKnown{
      Known{"name", Name},
      Known{"fullname", Name},
      Known{"customername", Name},
      Known{"contactname", Name},
      Known{"customer", Name},
      Known{"nombrecompleto", Name},
      Known{"nomecompleto", Name},
      Known{"nomcomplet", Name},
      Known{"nombre", Name},
      Known{"nome", Name},
      Known{"naam", Name},
      Known{"kunde", Name},
      Known{"cliente", Name},
      Known{"firstname", FirstName},
      Known{"givenname", FirstName},
      Known{"vorname", FirstName},
      Known{"prenom", FirstName},
      Known{"voornaam", FirstName},
      Known{"lastname", LastName},
      Known{"surname", LastName},
      Known{"familyname", LastName},
      Known{"nachname", LastName},
      Known{"apellidos", LastName},
      Known{"apellido", LastName},
      Known{"nom", LastName},
      Known{"cognome", LastName},
      Known{"sobrenome", LastName},
      Known{"achternaam", LastName},
      Known{"phone", Phone},
      Known{"phonenumber", Phone},
      Known{"customerphone", Phone},
      Known{"mobile", Phone},
      Known{"mobilephone", Phone},
      Known{"mobilenumber", Phone},
      Known{"cell", Phone},
      Known{"cellphone", Phone},
      Known{"cellnumber", Phone},
      Known{"telephone", Phone},
      Known{"telephonenumber", Phone},
      Known{"tel", Phone},
      Known{"telefon", Phone},
      Known{"telefonnummer", Phone},
      Known{"rufnummer", Phone},
      Known{"handy", Phone},
      Known{"handynummer", Phone},
      Known{"mobil", Phone},
      Known{"mobilnummer", Phone},
      Known{"telefono", Phone},
      Known{"numerodetelefono", Phone},
      Known{"movil", Phone},
      Known{"celular", Phone},
      Known{"numerodetelephone", Phone},
      Known{"portable", Phone},
      Known{"cellulare", Phone},
      Known{"telefone", Phone},
      Known{"telemovel", Phone},
      Known{"telefoon", Phone},
      Known{"telefoonnummer", Phone},
      Known{"mobiel", Phone},
      Known{"email", Email},
      Known{"emailaddress", Email},
      Known{"customeremail", Email},
      Known{"mail", Email},
      Known{"emailadresse", Email},
      Known{"correo", Email},
      Known{"correoelectronico", Email},
      Known{"courriel", Email},
      Known{"adresseemail", Email},
      Known{"emailadres", Email},
      Known{"status", Status},
      Known{"callstatus", Status},
      Known{"anrufstatus", Status},
      Known{"statut", Status},
      Known{"lastcalled", LastCalled},
      Known{"lastcall", LastCalled},
      Known{"letzteranruf", LastCalled},
      Known{"ultimallamada", LastCalled},
      Known{"dernierappel", LastCalled},
      Known{"ultimachiamata", LastCalled},
      Known{"ultimachamada", LastCalled},
      Known{"laatstgebeld", LastCalled},
      Known{"notes", Notes},
      Known{"note", Notes},
      Known{"notizen", Notes},
      Known{"bemerkungen", Notes},
      Known{"bemerkung", Notes},
      Known{"notas", Notes},
      Known{"remarques", Notes},
      Known{"observacoes", Notes},
      Known{"opmerkingen", Notes},
      Known{"timezone", TimeZone},
      Known{"tz", TimeZone},
      Known{"customertimezone", TimeZone},
      Known{"contacttimezone", TimeZone},
      Known{"zone", TimeZone},
      Known{"zeitzone", TimeZone},
      Known{"state", State},
      Known{"usstate", State},
      Known{"customerstate", State},
  };
  const std::string normal = normal_header(header);
  for (std::size_t i = 0; i < kKnown.size(); ++i)
    if (kKnown[i].normal == normal) return {kKnown[i].column, static_cast<int>(i)};
  return {};
}

}  // namespace otto::ports
