#include "sheets/package.hpp"

#include <array>
#include <vector>
#include <zip.h>

#include "otto/base/text.hpp"
#include "otto/sheets/xlsx.hpp"

namespace otto::sheets {

namespace {

constexpr std::size_t kChunk = 64 * 1024;

Error damaged(const std::string& why) {
  return {Errc::InvalidInput, "The Excel file is damaged (" + why + "); save it again and send it anew."};
}

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

void Package::Discard::operator()(zip* archive) const { zip_discard(archive); }

Result<Package> Package::open(std::string_view file) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive != nullptr) return Package{archive};
  zip_source_free(source);
  return damaged(why);
}

bool Package::has(const std::string& part) const {
  return zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE) >= 0;
}

Result<void> Package::read(const std::string& part, const std::function<bool(std::string_view)>& take) {
  const zip_int64_t index = zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return damaged("it lacks " + part);
  const std::unique_ptr<zip_file_t, CloseFile> file{
      zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0)};
  if (!file) return damaged(part + ": " + zip_strerror(archive_.get()));
  std::array<char, kChunk> chunk;
  while (true) {
    const zip_int64_t size = zip_fread(file.get(), chunk.data(), chunk.size());
    if (size < 0) return damaged(part + ": " + zip_file_strerror(file.get()));
    if (size == 0) return {};
    unpacked_ += static_cast<std::size_t>(size);
    if (unpacked_ > kMaxUnpackedBytes)
      return Error{Errc::TooLarge, "The Excel file unpacks to more than " +
                                       std::to_string(kMaxUnpackedBytes / 1024 / 1024) +
                                       " MiB; copy the contacts alone into a new file."};
    if (!take({chunk.data(), static_cast<std::size_t>(size)})) return {};
  }
}

std::string resolve_part(std::string_view from, std::string_view target) {
  std::vector<std::string> path;
  if (!target.starts_with('/')) {
    path = split(from, '/');
    path.pop_back();
  }
  for (std::string& step : split(target, '/')) {
    if (step == "..") {
      if (!path.empty()) path.pop_back();
    } else if (!step.empty() && step != ".") {
      path.push_back(std::move(step));
    }
  }
  std::string part;
  for (const std::string& step : path) part += (part.empty() ? "" : "/") + step;
  return part;
}

}  // namespace otto::sheets
