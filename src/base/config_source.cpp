// Where settings come from: the environment, files, and the layers of both.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "otto/base/config.hpp"
#include "otto/base/text.hpp"

namespace otto {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

bool is_name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// Reads the text of one file; `problem` is set at the first line that cannot be read.
class FileReader {
 public:
  explicit FileReader(std::string_view text) : rest_{text} {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  Values read() {
    Values values;
    while (problem.empty() && !rest_.empty()) read_line(values);
    return values;
  }

  std::string problem;  ///< without the value, which may be a secret
  int line = 1;

 private:
  void read_line(Values& values) {
    skip_blanks();
    if (rest_.starts_with("export ")) rest_.remove_prefix(7), skip_blanks();
    if (rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r' || rest_.front() == '#') return end_line();
    std::size_t length = 0;
    while (length < rest_.size() && is_name_char(rest_[length])) ++length;
    std::string name{rest_.substr(0, length)};
    rest_.remove_prefix(length);
    skip_blanks();
    if (name.empty() || !rest_.starts_with('=')) {
      problem = "is not NAME=value";
      return;
    }
    rest_.remove_prefix(1);
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    values.insert_or_assign(std::move(name), quote == '"' || quote == '\'' ? quoted(quote) : unquoted());
  }

  std::string quoted(char quote) {
    const int opened_on = line;
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == quote) {
        rest_.remove_prefix(i + 1);
        skip_blanks();
        const bool ended = rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r' || rest_.front() == '#';
        if (!ended) problem = "has text after the closing quote";
        if (ended) end_line();
        return value;
      }
      if (c == '\n') ++line;
      if (c == '\\' && quote == '"' && i + 1 < rest_.size()) {
        const char next = rest_[++i];
        value += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
      } else {
        value += c;
      }
    }
    line = opened_on;
    problem = "opens a quote that is never closed";
    return {};
  }

  /// To the line's end, or to a # that follows a blank.
  std::string unquoted() {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    std::string_view value = rest_.substr(0, end);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '#' && (i == 0 || value[i - 1] == ' ' || value[i - 1] == '\t')) value = value.substr(0, i);
    }
    std::string out{trim(value)};
    end_line();
    return out;
  }

  void end_line() {
    const auto end = rest_.find('\n');
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    ++line;
  }
  void skip_blanks() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

}  // namespace

SettingSource environment_source() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string{name}.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
  };
}

Result<SettingSource> file_source(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return Error{Errc::NotFound, "The settings file " + path + " does not exist or cannot be read."};
  const std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  FileReader reader{text};
  Values values = reader.read();
  if (!reader.problem.empty()) {
    return Error{Errc::Config, path + ":" + std::to_string(reader.line) + " " + reader.problem + "."};
  }
  return SettingSource{[values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional<std::string>{it->second};
  }};
}

SettingSource layered(std::vector<SettingSource> sources) {
  return [sources = std::move(sources)](std::string_view name) -> std::optional<std::string> {
    for (const auto& source : sources) {
      if (auto value = source(name)) return value;
    }
    return std::nullopt;
  };
}

}  // namespace otto
