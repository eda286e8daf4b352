// Workbooks made for a test: the least that an .xlsx file needs, around the XML of one tab.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <zip.h>

namespace otto::tests {

struct WorkbookFile {
  std::map<std::string, std::string> parts;

  /// `rows`: what stands within sheetData.
  explicit WorkbookFile(const std::string& rows) {
    const std::string main = R"(xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main")";
    const std::string rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const std::string relations =
        R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)";
    parts["_rels/.rels"] = relations + R"(<Relationship Id="a" Type=")" + rel +
                           R"(/officeDocument" Target="xl/workbook.xml"/></Relationships>)";
    parts["xl/workbook.xml"] = "<workbook " + main + R"( xmlns:r=")" + rel +
                               R"("><sheets><sheet name="List" sheetId="1" r:id="b"/></sheets></workbook>)";
    parts["xl/_rels/workbook.xml.rels"] =
        relations + R"(<Relationship Id="b" Type=")" + rel + R"(/worksheet" Target="worksheets/sheet1.xml"/>)" +
        R"(<Relationship Id="c" Type=")" + rel + R"(/sharedStrings" Target="/xl/sharedStrings.xml"/>)" +
        R"(<Relationship Id="d" Type=")" + rel + R"(/styles" Target="styles.xml"/></Relationships>)";
    parts["xl/sharedStrings.xml"] = "<sst " + main + "/>";
    parts["xl/styles.xml"] = "<styleSheet " + main + "/>";
    parts["xl/worksheets/sheet1.xml"] = "<worksheet " + main + "><sheetData>" + rows + "</sheetData></worksheet>";
  }

  std::string bytes() const {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(target);
    zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    for (const auto& [name, text] : parts) {
      zip_source_t* part = zip_source_buffer(archive, text.data(), text.size(), 0);
      if (zip_file_add(archive, name.c_str(), part, ZIP_FL_ENC_UTF_8) < 0) throw std::runtime_error{"zip_file_add"};
    }
    if (zip_close(archive) != 0) throw std::runtime_error{"zip_close"};
    zip_stat_t stat;
    zip_source_stat(target, &stat);
    std::string bytes(stat.size, '\0');
    zip_source_open(target);
    zip_source_read(target, bytes.data(), bytes.size());
    zip_source_close(target);
    zip_source_free(target);
    zip_error_fini(&error);
    return bytes;
  }
};

/// A cell of text within itself.
inline std::string cell(const std::string& address, const std::string& text) {
  return R"(<c r=")" + address + R"(" t="inlineStr"><is><t>)" + text + "</t></is></c>";
}

}  // namespace otto::tests
