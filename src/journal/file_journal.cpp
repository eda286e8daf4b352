#include "otto/journal/file_journal.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/journal/frame.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/offload.hpp"

namespace otto::journal {

namespace {

constexpr std::string_view kSuffix = ".journal";
constexpr std::string_view kAside = ".refused";   // one record a line; nobody takes such a file over, or removes it
constexpr std::uint64_t kChunk = 2 * kMaxRecord;  // read at once; any record fits
constexpr std::size_t kMaxCollected = 16 * kMaxRecord;

std::string system_text(int error) { return std::generic_category().message(error); }

/// A descriptor that closes itself, and with it lets go of the file's lock.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_{value} {}
  Descriptor(Descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const noexcept { return value_; }

 private:
  int value_;
};

struct File {
  std::string path;
  Descriptor descriptor;
  std::uint64_t size = 0;     ///< of what is known to be on the disk
  std::uint64_t dropped = 0;  ///< of what has been handed over
};

/// Opened and locked; without a descriptor when somebody else has it, or it is gone.
File open_locked(const std::string& path, int flags) {
  File file{path, Descriptor{::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600)}};
  const int descriptor = file.descriptor.get();
  if (descriptor < 0) return file;
  struct stat opened{}, named{};
  const bool is_ours = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor, &opened) == 0 &&
                       ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
  if (!is_ours) return {path, Descriptor{}};
  file.size = static_cast<std::uint64_t>(opened.st_size);
  return file;
}

/// Files of this family whose writer is gone, the oldest name first.
std::vector<File> find_abandoned(const FileOptions& options, const std::vector<std::string>& held) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry{options.directory, ignored}, end; entry != end && !ignored;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename(), path = entry->path();
    if (name.starts_with(options.family + "-") && name.ends_with(kSuffix) &&
        std::ranges::find(held, path) == held.end())
      paths.push_back(path);
  }
  std::ranges::sort(paths);
  std::vector<File> found;
  for (const auto& path : paths) {
    auto file = open_locked(path, 0);
    if (file.descriptor.get() < 0) continue;
    if (file.size == 0) {
      ::unlink(path.c_str());
    } else {
      found.push_back(std::move(file));
    }
  }
  return found;
}

/// 0, or what went wrong. Nothing of `bytes` counts then.
int write_through(int descriptor, std::string_view bytes, std::uint64_t at) {
  failpoint::pass("journal", "before_write");
  while (!bytes.empty()) {
    const auto count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? EIO : errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  failpoint::pass("journal", "before_sync");
  const int error = ::fdatasync(descriptor) == 0 ? 0 : errno;
  failpoint::pass("journal", "after_sync");
  return error;
}

/// The same, behind all that is in the file at `path`, as far as that stays below `max_bytes`.
int append_line(const std::string& path, const std::string& line, std::uint64_t max_bytes) {
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  struct stat found{};
  if (file.get() < 0 || ::fstat(file.get(), &found) != 0) return errno;
  const auto size = static_cast<std::uint64_t>(found.st_size);
  return size + line.size() > max_bytes ? ENOSPC : write_through(file.get(), line, size);
}

std::string read_range(int descriptor, std::uint64_t from, std::uint64_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto count = ::pread(descriptor, bytes.data() + have, bytes.size() - have, static_cast<off_t>(from + have));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

class FileJournal final : public ports::Journal {
 public:
  FileJournal(Loop& loop, FileOptions options, File own, std::vector<File> abandoned)
      : options_{std::move(options)}, own_{std::move(own)}, turn_{loop} {
    for (auto& file : abandoned) adopt(std::move(file));
  }
  ~FileJournal() override {
    threads_.join();
    if (own_.dropped == own_.size) ::unlink(own_.path.c_str());
  }

  Task<Result<void>> append(std::string record) override {
    if (record.size() > kMaxRecord) co_return Error{Errc::TooLarge, "The journal takes records of up to 4 MB."};
    const auto batch = collected_;
    const auto size = batch->bytes.size() + record.size() + kFrameHeader;
    if (own_.size + size > options_.max_bytes || size > kMaxCollected)
      co_return Error{Errc::Overloaded, "The journal in " + options_.directory + " is full (" +
                                            std::to_string(options_.max_bytes >> 20) + " MB)."};
    append_frame(batch->bytes, record);
    while (!batch->is_over) {
      if (!writing_) {
        co_await write_collected();
        continue;
      }
      turn_.clear();
      if (!co_await turn_.wait()) co_return Error{Errc::Cancelled, "The wait for the journal was ended."};
    }
    if (batch->failure) co_return *batch->failure;
    co_return Result<void>{};
  }

  Task<Result<std::vector<std::string>>> oldest(std::size_t limit) override {
    std::vector<std::string> records;
    served_.clear();
    while (records.empty() && !empty()) {
      File& file = front();
      const auto from = file.dropped, size = std::min(file.size - from, kChunk);
      const auto bytes = co_await rt::offload(
          threads_, [descriptor = file.descriptor.get(), from, size] { return read_range(descriptor, from, size); });
      FrameReader reader{bytes};
      for (std::string_view record; records.size() < limit && reader.next(record);) {
        records.emplace_back(record);
        served_.push_back(from + reader.offset());
      }
      if (!records.empty()) break;
      // Not one record in all of it: what a dying process, or a lying disk, has left.
      log::error("journal.damaged", {{"file", file.path}, {"bytes", size}});
      file.dropped = size < kChunk ? file.size : from + size - kMaxRecord - kFrameHeader;
      co_await let_go(file);
    }
    co_return records;
  }

  Task<Result<void>> drop(std::size_t count) override {
    if (count == 0 || count > served_.size()) co_return Result<void>{};
    File& file = front();
    file.dropped = served_[count - 1];
    served_.erase(served_.begin(), served_.begin() + static_cast<std::ptrdiff_t>(count));
    co_await let_go(file);
    co_return Result<void>{};
  }

  Task<Result<void>> set_aside(std::string record) override {
    const auto path = options_.directory + "/" + options_.family + "-" + options_.name + std::string{kAside};
    record += '\n';
    const int error = co_await rt::offload(threads_, [path, record = std::move(record), most = options_.max_bytes] {
      return append_line(path, record, most);
    });
    if (error == 0) co_return Result<void>{};
    co_return Error{error == ENOSPC ? Errc::Overloaded : Errc::Internal,
                    "The file " + path + " cannot be written: " + system_text(error) + "."};
  }

  bool empty() const noexcept override { return abandoned_.empty() && own_.dropped == own_.size; }
  std::optional<Error> failure() const override { return failure_; }

  Task<void> look_around() override {
    if (failure_ && !writing_) {
      // What is written here is no record, and is written over by the next one.
      const auto error = co_await offload_write(std::string(kFrameHeader, '\0'));
      note(error);
    }
    std::vector<std::string> held{own_.path};
    for (const auto& file : abandoned_) held.push_back(file.path);
    auto found = co_await rt::offload(threads_, [options = options_, held = std::move(held)] {
      return std::make_shared<std::vector<File>>(find_abandoned(options, held));
    });
    for (auto& file : *found) adopt(std::move(file));
  }

 private:
  struct Batch {
    std::string bytes;
    bool is_over = false;
    std::optional<Error> failure;
  };

  File& front() { return abandoned_.empty() ? own_ : abandoned_.front(); }

  void adopt(File file) {
    log::warn("journal.adopted", {{"file", file.path}, {"bytes", file.size}});
    abandoned_.push_back(std::move(file));
  }

  /// Whoever waits first writes for all that have come meanwhile: one flush for many records.
  Task<void> write_collected() {
    const auto batch = std::exchange(collected_, std::make_shared<Batch>());
    batch->failure = Error{Errc::Internal, "The journal's write was broken off."};
    struct Over {  // however it ends, even by an exception: nobody waits for it any longer
      FileJournal& journal;
      Batch& batch;
      ~Over() {
        batch.is_over = true;
        journal.turn_.set();
      }
    };
    const Over over{*this, *batch};
    const auto error = co_await offload_write(batch->bytes);
    note(error);
    batch->failure = failure_;
    if (error == 0) own_.size += batch->bytes.size();
    metrics::set("otto_journal_bytes", static_cast<double>(own_.size));
  }

  Task<int> offload_write(std::string bytes) {
    struct Writing {
      FileJournal& journal;
      explicit Writing(FileJournal& owner) : journal{owner} { journal.writing_ = true; }
      ~Writing() {
        journal.writing_ = false;
        journal.turn_.set();
      }
    };
    const Writing writing{*this};
    const int error = co_await rt::offload(threads_, [descriptor = own_.descriptor.get(), bytes = std::move(bytes),
                                                      at = own_.size] { return write_through(descriptor, bytes, at); });
    co_return error;
  }

  void note(int error) {
    if (error == 0) return failure_.reset();
    failure_ = Error{Errc::Internal, "The journal " + own_.path + " cannot be written: " + system_text(error) + "."};
    log::error("journal.failed", {{"error", failure_->detail}});
  }

  /// A file of which everything has been handed over: a dead process's is removed, ours begins anew.
  Task<void> let_go(File& file) {
    if (file.dropped < file.size) co_return;
    failpoint::pass("journal", "before_removal");
    if (&file != &own_) {
      auto done = std::make_shared<File>(std::move(file));  // closed on that thread too, after its removal
      abandoned_.pop_front();
      std::ignore = co_await rt::offload(threads_, [done = std::move(done)] { return ::unlink(done->path.c_str()); });
    } else if (!writing_) {
      own_.size = own_.dropped = 0;
      std::ignore =
          co_await rt::offload(threads_, [descriptor = own_.descriptor.get()] { return ::ftruncate(descriptor, 0); });
    }
    failpoint::pass("journal", "after_removal");
  }

  FileOptions options_;
  File own_;
  std::deque<File> abandoned_;
  std::deque<std::uint64_t> served_;  ///< where the records that oldest() gave last end, in the front file
  std::shared_ptr<Batch> collected_ = std::make_shared<Batch>();
  bool writing_ = false;
  std::optional<Error> failure_;
  rt::Event turn_;
  boost::asio::thread_pool threads_{1};
};

}  // namespace

Result<std::unique_ptr<ports::Journal>> open_file_journal(Loop& loop, FileOptions options) {
  std::error_code failed;
  if (std::filesystem::create_directories(options.directory, failed))
    std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all, failed);
  const auto unusable = [&options](const std::string& why) {
    return Error{Errc::Config, "the directory " + options.directory + " cannot be used: " + why};
  };
  if (failed) return unusable(failed.message());
  const auto path = options.directory + "/" + options.family + "-" + options.name + std::string{kSuffix};
  // Another process that looks for abandoned files may have caught it between its making and its lock.
  for (int tries = 0; tries < 3; ++tries) {
    auto own = open_locked(path, O_CREAT);
    if (own.descriptor.get() < 0) continue;
    if (::fdatasync(own.descriptor.get()) != 0) return unusable(system_text(errno));
    auto abandoned = find_abandoned(options, {path});
    return std::unique_ptr<ports::Journal>{
        std::make_unique<FileJournal>(loop, std::move(options), std::move(own), std::move(abandoned))};
  }
  return unusable(system_text(errno));
}

}  // namespace otto::journal
