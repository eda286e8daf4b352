// The rooms of floor 3 as the daemon's settings want them: for the daemon and for the commands that work without one.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "otto/base/config.hpp"
#include "otto/elevenlabs/settings.hpp"
#include "otto/ports/journal.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/rt/time.hpp"
#include "otto/twilio/line.hpp"

namespace otto::app {

twilio::LineSettings line_settings(const Config& config);
elevenlabs::Settings agent_settings(const Config& config);

/// With GOOGLE_SHEETS_CREDENTIALS the API of a service account, without it the public export.
struct Sheets {
  std::unique_ptr<ports::Sheet> sheet;
  ports::SheetWriter* writer = nullptr;  ///< a part of `sheet`; none: nothing can be written back
};
/// Config: the credentials cannot be used; the sentence's end, to follow the setting's name. `pool` may be null.
Result<Sheets> make_sheets(const Config& config, Loop& loop, rt::Timers& timers, boost::asio::thread_pool* pool);

/// The journal of this process in OTTO_JOURNAL_DIR; journals of other databases in the same directory are left alone.
/// Config: the directory cannot be used; the sentence's end.
Result<std::unique_ptr<ports::Journal>> open_journal(const Config& config, Loop& loop);

}  // namespace otto::app
