#include "sheets/xml.hpp"

#include <expat.h>
#include <memory>

namespace otto::sheets {

namespace {

constexpr char kSeparator = '\n';  // between a name's namespace and itself

std::string_view local(const char* name) {
  const std::string_view whole{name};
  const auto at = whole.rfind(kSeparator);
  return at == std::string_view::npos ? whole : whole.substr(at + 1);
}

struct Parsing {
  XML_Parser parser;
  XmlReader& reader;
  bool has_doctype = false;
};
Parsing& of(void* data) { return *static_cast<Parsing*>(data); }

void on_start(void* data, const char* name, const char** attributes) {
  of(data).reader.on_start(local(name), XmlAttributes{attributes});
}
void on_end(void* data, const char* name) { of(data).reader.on_end(local(name)); }
void on_text(void* data, const char* text, int size) {
  of(data).reader.on_text({text, static_cast<std::size_t>(size)});
}
void on_doctype(void* data, const char*, const char*, const char*, int) {
  of(data).has_doctype = true;
  XML_StopParser(of(data).parser, XML_FALSE);
}

}  // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2)
    if (local(*pair) == name) return pair[1];
  return {};
}

Result<void> read_xml(Package& package, const std::string& part, XmlReader& reader) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser{XML_ParserCreateNS(nullptr, kSeparator),
                                                                            &XML_ParserFree};
  if (!parser) return Error{Errc::Internal, "The XML parser could not be set up."};
  Parsing parsing{parser.get(), reader};
  XML_SetUserData(parser.get(), &parsing);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);

  bool is_xml = true;
  const auto parse = [&](std::string_view chunk, bool is_last) {
    is_xml = XML_Parse(parser.get(), chunk.data(), static_cast<int>(chunk.size()), is_last) == XML_STATUS_OK;
    return is_xml && !reader.is_done();
  };
  auto read = package.read(part, [&](std::string_view chunk) { return parse(chunk, false); });
  if (!read) return read.error();
  if (is_xml && !reader.is_done()) parse({}, true);
  if (is_xml) return {};
  if (parsing.has_doctype)
    return Error{Errc::InvalidInput, "The Excel file holds a document type in " + part + ", which Excel never writes."};
  return Error{Errc::InvalidInput, "The Excel file is damaged (" + part + ": " +
                                       XML_ErrorString(XML_GetErrorCode(parser.get())) +
                                       "); save it again and send it anew."};
}

}  // namespace otto::sheets
