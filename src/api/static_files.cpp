#include "otto/api/static_files.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::api {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;

struct Type {
  std::string_view ending, name;
};
constexpr std::array kTypes{Type{".html", "text/html; charset=utf-8"},
                            Type{".js", "text/javascript; charset=utf-8"},
                            Type{".css", "text/css; charset=utf-8"},
                            Type{".svg", "image/svg+xml"},
                            Type{".png", "image/png"},
                            Type{".ico", "image/x-icon"},
                            Type{".json", "application/json"},
                            Type{".map", "application/json"},
                            Type{".webmanifest", "application/manifest+json"},
                            Type{".woff2", "font/woff2"},
                            Type{".wasm", "application/wasm"},
                            Type{".txt", "text/plain; charset=utf-8"}};

std::string_view type_of(std::string_view name) {
  for (const Type& type : kTypes)
    if (name.ends_with(type.ending)) return type.name;
  return "application/octet-stream";
}

/// Whether "gzip, br;q=0" takes `coding`.
bool takes(std::string_view accepted, std::string_view coding) {
  for (const auto& item : split(accepted, ',')) {
    const auto semicolon = item.find(';');
    if (!iequals(trim(std::string_view{item}.substr(0, semicolon)), coding)) continue;
    if (semicolon == std::string::npos) return true;
    const auto quality = trim(std::string_view{item}.substr(semicolon + 1));
    return quality.find_first_not_of("q=0.") != std::string_view::npos;
  }
  return false;
}

bool names(std::string_view if_none_match, std::string_view etag) {
  for (const auto& item : split(if_none_match, ',')) {
    auto tag = trim(item);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

}  // namespace

Result<StaticFiles> StaticFiles::read(const std::string& directory) {
  StaticFiles files;
  std::size_t total = 0;
  std::error_code ec;
  for (fs::recursive_directory_iterator at{directory, ec}, end; !ec && at != end; at.increment(ec)) {
    if (!at->is_regular_file(ec)) continue;
    std::string name = at->path().lexically_relative(directory).generic_string();
    total += at->file_size(ec);
    if (total > kMaxBytes) return Error{Errc::TooLarge, directory + " holds more than 32 MB"};
    std::ifstream in{at->path(), std::ios::binary};
    Body body{std::string{std::istreambuf_iterator<char>{in}, {}}, {}};
    if (!in.good() && !in.eof()) return Error{Errc::NotFound, at->path().string() + " cannot be read"};
    body.etag = "\"" + crypto::sha256_hex(body.bytes).substr(0, 24) + "\"";
    const bool is_gzip = name.ends_with(".gz"), is_brotli = name.ends_with(".br");
    if (is_gzip || is_brotli) name.resize(name.size() - 3);
    File& file = files.files_[name];
    file.type = type_of(name);
    (is_gzip ? file.gzip : is_brotli ? file.brotli : file.plain) = std::move(body);
  }
  std::erase_if(files.files_, [](const auto& entry) { return !entry.second.plain; });
  if (!files.files_.contains("index.html")) return Error{Errc::NotFound, "there is no index.html in " + directory};
  return files;
}

net::Response StaticFiles::answer(const net::Request& request, std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) return net::error_response(404, "not_found", "There is nothing at this path.");
  const File& file = found->second;
  const auto accepted = request.headers.get("Accept-Encoding");
  const Body* body = &*file.plain;
  std::string_view coding;
  if (file.brotli && takes(accepted, "br")) {
    body = &*file.brotli;
    coding = "br";
  } else if (file.gzip && takes(accepted, "gzip")) {
    body = &*file.gzip;
    coding = "gzip";
  }
  net::Response response;
  response.headers.add("Content-Type", file.type);
  response.headers.add("ETag", body->etag);
  if (file.gzip || file.brotli) response.headers.add("Vary", "Accept-Encoding");
  // Names under assets/ change with what they hold.
  response.headers.add("Cache-Control",
                       name.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (names(request.headers.get("If-None-Match"), body->etag)) {
    response.status = 304;
    return response;
  }
  if (!coding.empty()) response.headers.add("Content-Encoding", std::string{coding});
  response.body = body->bytes;
  return response;
}

std::vector<std::string> StaticFiles::at_root() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_)
    if (name.find('/') == std::string::npos && name != "index.html") names.push_back(name);
  return names;
}

}  // namespace otto::api
