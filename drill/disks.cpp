#include "drill/disks.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/mount.h>
#include <tuple>
#include <unistd.h>

namespace otto::drill {

namespace {
constexpr const char* kFiller = "/filler";
}

bool Disk::can_be_made() {
  const auto trial = std::filesystem::temp_directory_path() / ("otto-drill-mount-" + std::to_string(::getpid()));
  try {
    const Disk disk{trial.string(), 1};
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Disk::Disk(std::string path, int megabytes) : path_{std::move(path)} {
  std::filesystem::create_directories(path_);
  const std::string size = "mode=0700,size=" + std::to_string(megabytes) + "m";
  if (::mount("tmpfs", path_.c_str(), "tmpfs", 0, size.c_str()) != 0)
    throw std::runtime_error{path_ + " cannot be mounted: " + std::strerror(errno)};
}

Disk::~Disk() {
  ::umount2(path_.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void Disk::fill() {
  const int file = ::open((path_ + kFiller).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  static constexpr std::array<char, 64 * 1024> kZeros{};
  for (std::size_t size = kZeros.size(); size > 0; size /= 2)
    while (::write(file, kZeros.data(), size) == static_cast<ssize_t>(size)) {
    }
  ::close(file);
}

void Disk::make_room() { std::ignore = ::unlink((path_ + kFiller).c_str()); }

}  // namespace otto::drill
