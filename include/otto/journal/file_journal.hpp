// The journal as a file of this process in a directory that it may share with others. A file is locked by the process
// that writes it; one whose writer is gone is handed over by whoever finds it first, then removed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "otto/base/error.hpp"
#include "otto/ports/journal.hpp"
#include "otto/rt/task.hpp"

namespace otto::journal {

struct FileOptions {
  std::string directory;                               ///< made, with mode 0700, when it is missing
  std::string family;                                  ///< letters and digits: files of another family are left alone
  std::string name;                                    ///< of this process, unique within the directory
  std::uint64_t max_bytes = std::uint64_t{256} << 20;  ///< of one file
  FileOptions() = default;
};

/// Blocking, for the start; afterwards a thread of its own does the disk's work. Config: the directory cannot be used.
Result<std::unique_ptr<ports::Journal>> open_file_journal(Loop& loop, FileOptions options);

}  // namespace otto::journal
