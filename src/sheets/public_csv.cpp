#include "otto/sheets/public_csv.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "otto/base/clock.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/net/http_client.hpp"
#include "otto/ports/sheet_columns.hpp"
#include "otto/rt/offload.hpp"
#include "otto/sheets/csv.hpp"
#include "otto/sheets/export.hpp"
#include "otto/sheets/google_errors.hpp"

namespace otto::sheets {

namespace {

constexpr seconds kReadTime{15}, kCheckTime{5};
constexpr int kMaxRedirects = 5;

struct Download {
  std::string csv, name;  ///< name: what the export suggests as a file name
};

/// What to do instead of naming a tab by its title.
std::string advice() {
  return "open the tab in a browser and give its address (with #gid=…) as googleSheetId, or set "
         "GOOGLE_SHEETS_CREDENTIALS";
}

/// Numbers that a query has blanked look like rows without one.
std::optional<Error> check_phones(const ports::SheetTable& table, const std::string& tab) {
  for (std::size_t column = 0; column < table.header.size(); ++column) {
    if (ports::column_meaning(table.header[column]).column != ports::SheetColumn::Phone) continue;
    for (const ports::SheetRow& row : table.rows) {
      if (column < row.cells.size() && !row.cells[column].empty()) continue;
      return Error{Errc::InvalidInput, "Row " + std::to_string(row.number) + " of the tab \"" + tab +
                                           "\" has no phone number, or Google left it out because the column mixes "
                                           "numbers and text; fill it in, or " +
                                           advice() + "."};
    }
  }
  return std::nullopt;
}

class PublicSheet final : public ports::Sheet {
 public:
  explicit PublicSheet(PublicSheetSettings settings)
      : base_{std::move(settings.export_base_url)}, pool_{settings.pool} {
    while (base_.ends_with('/')) base_.pop_back();
  }

  Task<Result<ports::SheetTable>> read(ports::SheetSource source) override {
    const SteadyPoint deadline = clock_.steady() + kReadTime;
    if (!source.gid && !source.tab.empty()) co_return co_await read_titled(std::move(source), deadline);
    auto download = co_await fetch(export_url(base_, source.id, source.gid), source, deadline);
    if (!download) co_return download.error();
    co_return co_await parse(std::move(download->csv));
  }

  Task<Result<std::string>> check() override {
    net::ClientRequest request = make_request(base_ + "/", clock_.steady() + kCheckTime);
    net::ClientResult result = co_await net::send_request(std::move(request));
    if (!result.response) co_return unreachable(result.response.error());
    if (result.response->status >= 500)
      co_return Error{Errc::ProviderUnavailable,
                      "Google Sheets answered with status " + std::to_string(result.response->status) + "."};
    co_return std::string{"public CSV export, read only"};
  }

 private:
  Task<Result<ports::SheetTable>> read_titled(ports::SheetSource source, SteadyPoint deadline) {
    auto first = co_await fetch(export_url(base_, source.id, std::nullopt), source, deadline);
    if (!first) co_return first.error();
    if (names_tab(first->name, source.tab)) co_return co_await parse(std::move(first->csv));

    auto titled = co_await fetch(query_url(base_, source.id, source.tab), source, deadline);
    if (!titled) co_return titled.error();
    auto untitled = co_await fetch(query_url(base_, source.id, std::nullopt), source, deadline);
    if (!untitled) co_return untitled.error();
    if (titled->csv == untitled->csv) {
      const std::string found = first->name.empty() ? "" : " (the first one is that of \"" + first->name + "\")";
      co_return Error{Errc::NotFound, "No tab named \"" + source.tab + "\" could be found in the sheet" + found +
                                          ": name another one in sheetName, or " + advice() + "."};
    }
    auto table = co_await parse(std::move(titled->csv));
    if (!table) co_return table.error();
    if (auto blank = check_phones(*table, source.tab)) co_return std::move(*blank);
    co_return table;
  }

  Task<Result<Download>> fetch(std::string url, ports::SheetSource source, SteadyPoint deadline) {
    const auto base = net::parse_url(base_);
    if (!base) co_return Error{Errc::Config, "GOOGLE_SHEETS_EXPORT_BASE_URL is not an http(s) URL."};
    for (int hop = 0; hop <= kMaxRedirects; ++hop) {
      const auto from = net::parse_url(url);
      if (!from) co_return Error{Errc::InvalidInput, "The sheet's id does not fit into an address."};
      net::ClientRequest request = make_request(url, deadline);
      net::ClientResult result = co_await net::send_request(std::move(request));
      if (!result.response) co_return told(unreachable(result.response.error()), from->host, 0);
      const int status = result.response->status;
      if (status < 300 || status >= 400) {
        Download download;
        download.name = suggested_name(result.response->headers.get("Content-Disposition"));
        auto csv = csv_of(std::move(*result.response), source);
        if (!csv) co_return told(csv.error(), from->host, status);
        download.csv = std::move(*csv);
        co_return download;
      }
      auto next = follow_redirect(*base, *from, result.response->headers.get("Location"));
      if (!next) co_return told(next.error(), from->host, status);
      url = std::move(*next);
    }
    co_return told(Error{Errc::ProviderUnavailable, "Google Sheets redirects in circles."}, base->host, 0);
  }

  Task<Result<ports::SheetTable>> parse(std::string csv) {
    if (pool_ == nullptr) co_return parse_csv(csv);
    auto work = [text = std::move(csv)] { return parse_csv(text); };
    co_return co_await rt::offload(*pool_, std::move(work));
  }

  net::ClientRequest make_request(const std::string& url, SteadyPoint deadline) const {
    net::ClientRequest request;
    request.url = url;
    request.headers.add("Accept", "text/csv");
    request.max_body = kMaxSheetBytes;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.steady());
    request.timeout = std::max(left, milliseconds{1});
    return request;
  }

  Error told(Error error, const std::string& host, int status) const {
    metrics::add("otto_provider_errors_total",
                 {{"provider", "google_sheets"}, {"class", std::string{to_string(error.code)}}});
    log::warn("sheet.not_read", {{"host", host}, {"status", status}, {"reason", error.detail}});
    return error;
  }

  std::string base_;
  boost::asio::thread_pool* pool_;
  SystemClock clock_;
};

}  // namespace

std::unique_ptr<ports::Sheet> make_public_sheet(PublicSheetSettings settings) {
  return std::make_unique<PublicSheet>(std::move(settings));
}

}  // namespace otto::sheets
