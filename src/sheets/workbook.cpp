#include "sheets/workbook.hpp"

#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/sheets/csv.hpp"

#include "sheets/xml.hpp"

namespace otto::sheets {

namespace {

int number_of(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}
bool is_true(std::string_view text) { return text == "1" || text == "true"; }

struct Relation {
  std::string type, target;  ///< the type's last word: "worksheet"
};
class Relations final : public XmlReader {
 public:
  void on_start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || attributes.get("TargetMode") == "External") return;
    const std::string_view type = attributes.get("Type");
    by_id.emplace(attributes.get("Id"),
                  Relation{std::string{type.substr(type.rfind('/') + 1)}, std::string{attributes.get("Target")}});
  }
  void on_end(std::string_view) override {}
  void on_text(std::string_view) override {}

  std::map<std::string, Relation, std::less<>> by_id;
};

class WorkbookReader final : public XmlReader {
 public:
  struct Sheet {
    std::string title, relation;
    bool is_hidden = false;
  };
  void on_start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "workbookPr") counts_from_1904 = is_true(attributes.get("date1904"));
    if (name != "sheet") return;
    const std::string_view state = attributes.get("state");
    sheets.push_back({std::string{attributes.get("name")}, std::string{attributes.get("id")},
                      state == "hidden" || state == "veryHidden"});
  }
  void on_end(std::string_view) override {}
  void on_text(std::string_view) override {}

  std::vector<Sheet> sheets;
  bool counts_from_1904 = false;
};

class FormatsReader final : public XmlReader {
 public:
  void on_start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "numFmts") is_in_codes_ = true;
    if (name == "cellXfs") is_in_cells_ = true;
    if (name == "numFmt" && is_in_codes_)
      codes_[number_of(attributes.get("numFmtId"))] = parse_number_format(attributes.get("formatCode"));
    if (name == "xf" && is_in_cells_) ids_.push_back(number_of(attributes.get("numFmtId")));
  }
  void on_end(std::string_view name) override {
    if (name == "numFmts") is_in_codes_ = false;
    if (name == "cellXfs") is_in_cells_ = false;
  }
  void on_text(std::string_view) override {}

  std::vector<NumberFormat> take() const {
    std::vector<NumberFormat> formats;
    formats.reserve(ids_.size());
    for (const int id : ids_) {
      const auto code = codes_.find(id);
      formats.push_back(code == codes_.end() ? builtin_format(id) : code->second);
    }
    return formats;
  }

 private:
  bool is_in_codes_ = false, is_in_cells_ = false;
  std::map<int, NumberFormat> codes_;
  std::vector<int> ids_;
};

class StringsReader final : public XmlReader {
 public:
  StringsReader(std::string& text, std::vector<std::uint32_t>& ends) : text_{text}, ends_{ends} {}

  void on_start(std::string_view name, const XmlAttributes&) override {
    if (name == "t" && !is_phonetic_) is_text_ = true;
    if (name == "rPh") is_phonetic_ = true;
  }
  void on_end(std::string_view name) override {
    if (name == "t") is_text_ = false;
    if (name == "rPh") is_phonetic_ = false;
    if (name == "si") ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  }
  void on_text(std::string_view text) override {
    if (is_text_) text_ += text;
  }
  bool is_done() const override { return is_too_large(); }
  bool is_too_large() const {
    return text_.size() > 2 * kMaxSheetBytes || ends_.size() > std::size_t{kMaxSheetRows} * kMaxSheetColumns;
  }

 private:
  std::string& text_;
  std::vector<std::uint32_t>& ends_;
  bool is_text_ = false, is_phonetic_ = false;
};

std::string relations_of(const std::string& part) {
  const auto slash = part.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return part.substr(0, name) + "_rels/" + part.substr(name) + ".rels";
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// The code of "_x0041_" at the text's beginning; surrogates have none of their own.
std::optional<unsigned> escaped_at(std::string_view text) {
  constexpr std::size_t kSize = 7;
  if (text.size() < kSize || !text.starts_with("_x") || text[6] != '_') return std::nullopt;
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  if (error != std::errc{} || end != text.data() + 6 || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
  return code;
}

}  // namespace

Result<Workbook> read_workbook(Package& package) {
  Relations root;
  if (auto read = read_xml(package, "_rels/.rels", root); !read) return read.error();
  std::string main;
  for (const auto& [id, relation] : root.by_id)
    if (relation.type == "officeDocument") main = resolve_part("", "/" + relation.target);
  WorkbookReader reader;
  if (auto read = read_xml(package, main, reader); !read) return read.error();
  Relations relations;
  if (auto read = read_xml(package, relations_of(main), relations); !read) return read.error();

  Workbook workbook;
  workbook.counts_from_1904 = reader.counts_from_1904;
  for (const auto& [id, relation] : relations.by_id) {
    if (relation.type == "sharedStrings") workbook.shared_strings = resolve_part(main, relation.target);
    if (relation.type == "styles") workbook.styles = resolve_part(main, relation.target);
  }
  for (WorkbookReader::Sheet& sheet : reader.sheets) {
    const auto relation = relations.by_id.find(sheet.relation);
    if (relation == relations.by_id.end() || relation->second.type != "worksheet") continue;  // a chart has no cells
    workbook.tabs.push_back({std::move(sheet.title), resolve_part(main, relation->second.target), sheet.is_hidden});
  }
  return workbook;
}

Result<std::vector<NumberFormat>> read_formats(Package& package, const std::string& part) {
  FormatsReader reader;
  if (auto read = read_xml(package, part, reader); !read) return read.error();
  return reader.take();
}

Result<SharedStrings> SharedStrings::read(Package& package, const std::string& part) {
  SharedStrings strings;
  StringsReader reader{strings.text_, strings.ends_};
  if (auto read = read_xml(package, part, reader); !read) return read.error();
  if (reader.is_too_large())
    return Error{Errc::TooLarge, "The Excel file holds too much text; copy the contacts alone into a new file."};
  return strings;
}

std::string_view SharedStrings::operator[](std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view{text_}.substr(begin, ends_[index] - begin);
}

std::string unescape_cell(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto code = escaped_at(text);
    if (code) {
      const bool is_control = *code < 0x20 && *code != '\n' && *code != '\r' && *code != '\t';
      append_utf8(plain, is_control ? ' ' : *code);
      text.remove_prefix(7);
      continue;
    }
    plain += text.front();
    text.remove_prefix(1);
  }
  return plain;
}

}  // namespace otto::sheets
