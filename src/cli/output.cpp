#include "output.hpp"

#include <algorithm>
#include <cstdio>

#include "otto/base/text.hpp"

namespace otto::cli {

namespace {

void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string indented(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

}  // namespace

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0 &&
                       is_continuation(text[i + 1]);
    if (is_c1) ++i;
    clean += is_c1 || byte < ' ' || byte == 0x7F ? ' ' : text[i];
  }
  return clean;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

Json error_document(std::string_view code, std::string_view message, Json details) {
  return Json{{"success", false}, {"error", {{"code", code}, {"message", message}, {"details", std::move(details)}}}};
}

int Output::document(const Json& answer) const {
  put(indented(answer) + "\n");
  return 0;
}

void Output::event(std::string_view name, Json fields) const {
  fields.erase("success");
  Json line{{"event", name}};
  line.update(fields);
  put(dump_json(line) + "\n");
  std::fflush(stdout);
}

int Output::fail(const Json& error) const {
  const Json words = error.value("error", Json::object());
  const Json details = words.value("details", Json::array());
  std::fprintf(stderr, "otto: %s\n", printable(text_at(words, "message")).c_str());
  // The sentence names the first one already.
  for (const Json& detail : details.size() > 1 ? details : Json::array())
    std::fprintf(stderr, "  %s: %s\n", printable(text_at(detail, "field")).c_str(),
                 printable(text_at(detail, "message")).c_str());
  if (json_) put(dump_json(error) + "\n");  // a line, so that it may end a stream of events
  return 1;
}

int Output::fail(const Error& error) const { return fail(error_document(to_string(error.code), error.detail)); }

int Output::fail(const std::vector<std::string>& sentences) const {
  Json details = Json::array();
  for (const std::string& sentence : sentences) {
    std::fprintf(stderr, "otto: %s\n", sentence.c_str());
    const auto space = sentence.find(' ');
    const bool has_words = space != std::string::npos;
    details.push_back(
        {{"field", sentence.substr(0, space)}, {"message", has_words ? sentence.substr(space + 1) : std::string{}}});
  }
  if (json_)
    put(dump_json(error_document(to_string(Errc::Config), "The settings are wrong.", std::move(details))) + "\n");
  return 1;
}

Table::Table(std::vector<std::string> head) : widths_(head.size()) { add(std::move(head)); }

void Table::add(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = printable(cells[i]);
    widths_[i] = std::max(widths_[i], columns_of(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

void Table::print() {
  if (is_new_ && rows_.size() == 1) return;
  is_new_ = false;
  for (const auto& cells : rows_) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      if (i + 1 < cells.size()) line.append(widths_[i] - columns_of(cells[i]) + 2, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    put(line + "\n");
  }
  rows_.clear();
}

ListDocument::ListDocument(const Json& head, std::string_view name) {
  std::string text = dump_json(head);
  text.pop_back();
  if (!head.empty()) text += ",";
  put(text + dump_json(Json(name)) + ":[");
}

void ListDocument::add(const Json& item) {
  put((is_empty_ ? "\n" : ",\n") + dump_json(item));
  is_empty_ = false;
}

void ListDocument::end() { put("\n]}\n"); }

}  // namespace otto::cli
