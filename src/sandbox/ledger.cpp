#include "otto/sandbox/ledger.hpp"

namespace otto::sandbox {

Result<void> Ledger::open(const std::string& path) {
  file_.open(path, std::ios::app);
  if (!file_) return Error{Errc::Config, "--log: cannot write to " + path};
  return {};
}

void Ledger::note(std::string_view kind, Json fields) {
  Json line = Json::object();
  line["n"] = ++last_;
  line["at"] = format_iso8601(clock_.now());
  line["kind"] = kind;
  for (auto& entry : fields.items()) line[entry.key()] = std::move(entry.value());
  auto text = dump_json(line);
  if (file_.is_open()) file_ << text << '\n' << std::flush;
  lines_.push_back(Line{last_, std::move(text)});
  if (lines_.size() > bound_) lines_.pop_front();
}

void Ledger::violate(std::string_view where, int code, const std::string& sentence, Json fields) {
  fields["where"] = where;
  if (code != 0) fields["code"] = code;
  fields["violation"] = sentence;
  if (violations_.size() < 10'000) {
    violations_.push_back(fields);
    violations_.back()["at"] = format_iso8601(clock_.now());
  }
  note("violation", std::move(fields));
}

std::string Ledger::lines_after(std::uint64_t after) const {
  std::string out;
  for (const auto& line : lines_)
    if (line.number > after) out.append(line.text).append("\n");
  return out;
}

}  // namespace otto::sandbox
