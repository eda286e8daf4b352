// Small disks of their own for the drill's database and the daemons' journal, which can really be filled. Mounting them
// takes root.
#pragma once

#include <string>

namespace otto::drill {

/// A file system in memory, there for the life of this object.
class Disk {
 public:
  /// Whether this process may mount one.
  static bool can_be_made();
  /// Throws when it cannot. What lies in `path` is hidden meanwhile.
  Disk(std::string path, int megabytes);
  ~Disk();
  Disk(const Disk&) = delete;
  const std::string& path() const noexcept { return path_; }
  void fill();  ///< to the last byte
  void make_room();

 private:
  std::string path_;
};

}  // namespace otto::drill
