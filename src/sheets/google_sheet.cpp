#include "otto/sheets/google_sheet.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/net/http_client.hpp"
#include "otto/rt/offload.hpp"
#include "otto/sheets/a1.hpp"
#include "otto/sheets/csv.hpp"
#include "otto/sheets/google_errors.hpp"
#include "otto/sheets/quota.hpp"
#include "otto/sheets/token_source.hpp"

namespace otto::sheets {

namespace {

constexpr seconds kReadTime{30}, kWriteTime{15};
constexpr milliseconds kFirstPause{1000}, kLongestPause{32'000};
constexpr std::string_view kTabFields = "properties.title,sheets.properties(sheetId,title,index,hidden,sheetType)";

struct Tab {
  std::string gid, title;
  bool hidden = false;
};

/// Only tabs with a grid: charts on a sheet of their own have no cells.
std::vector<Tab> read_tabs(const Json& body) {
  std::vector<Tab> tabs;
  const auto sheets = body.find("sheets");
  if (sheets == body.end() || !sheets->is_array()) return tabs;
  for (const Json& sheet : *sheets) {
    const Json properties = sheet.is_object() ? sheet.value("properties", Json::object()) : Json::object();
    const std::string type = text_at(properties, "sheetType");
    if (!type.empty() && type != "GRID") continue;
    Tab tab;
    tab.gid = text_at(properties, "sheetId");
    tab.title = text_at(properties, "title");
    tab.hidden = text_at(properties, "hidden") == "true";
    tabs.push_back(std::move(tab));
  }
  return tabs;
}

/// By number, else by title (exactly, else without regard to case), else the first that is shown.
Result<Tab> choose_tab(const std::vector<Tab>& tabs, const ports::SheetSource& source) {
  const auto pick = [&](const auto& fits) { return std::ranges::find_if(tabs, fits); };
  auto found = tabs.end();
  if (source.gid) {
    found = pick([&](const Tab& tab) { return tab.gid == *source.gid; });
  } else if (!source.tab.empty()) {
    found = pick([&](const Tab& tab) { return tab.title == source.tab; });
    if (found == tabs.end()) found = pick([&](const Tab& tab) { return iequals(trim(tab.title), source.tab); });
  } else {
    found = pick([](const Tab& tab) { return !tab.hidden; });
  }
  if (found != tabs.end()) return *found;
  std::vector<std::string> titles;
  for (const Tab& tab : tabs) titles.push_back(tab.title);
  return no_such_tab(source.gid ? "with the gid " + *source.gid : "\"" + source.tab + "\"", titles);
}

struct Call {
  std::string method = "GET", path, body;
  Asked asked;
  ports::SheetWriter::MaySend may_send;
  std::size_t max_body = 1024 * 1024;
  Call() = default;
};

bool may_pass(const Error& error) { return error.code == Errc::RateLimited || error.code == Errc::ProviderUnavailable; }

class ApiSheet final : public GoogleSheet {
 public:
  ApiSheet(GoogleSheetSettings settings, Loop& loop, rt::Timers& timers)
      : base_{std::move(settings.api_base_url)},
        pool_{settings.pool},
        timers_{timers},
        tokens_{std::move(settings.account), loop, timers},
        reads_{timers},
        writes_{timers} {
    while (base_.ends_with('/')) base_.pop_back();
  }

  Task<Result<ports::SheetTable>> read(ports::SheetSource source) override {
    const SteadyPoint deadline = timers_.steady() + kReadTime;
    Call list;
    list.path = spreadsheet(source.id) + "?fields=" + percent_encode(kTabFields);
    list.asked.sheet_id = source.id;
    auto listed = co_await get(std::move(list), deadline);
    if (!listed) co_return listed.error();
    const auto json = parse_json(*listed);
    const auto tab = choose_tab(json && json->is_object() ? read_tabs(*json) : std::vector<Tab>{}, source);
    if (!tab) co_return tab.error();

    Call values;
    values.path = spreadsheet(source.id) + "/values/" + percent_encode(quote_tab(tab->title)) +
                  "?majorDimension=ROWS&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING";
    values.asked = Asked{source.id, tab->title};
    values.max_body = 2 * kMaxSheetBytes;  // JSON needs more than CSV
    auto body = co_await get(std::move(values), deadline);
    if (!body) co_return body.error();
    auto table = co_await parse(std::move(*body));
    if (!table) co_return table.error();
    source.gid = tab->gid;
    source.tab = tab->title;
    table->place = std::move(source);
    co_return table;
  }

  Task<Result<std::string>> check() override {
    auto token = co_await tokens_.token();
    if (!token) co_return token.error();
    co_return "signed in as " + tokens_.account().client_email;
  }

  Task<Result<void>> write(ports::SheetSource place, std::vector<ports::SheetCell> cells, MaySend may_send) override {
    Json data = Json::array();
    for (const ports::SheetCell& cell : cells) {
      data.push_back({{"range", cell_range(place.tab, cell.row, cell.column)},
                      {"values", Json::array({Json::array({cell.text})})}});
    }
    Call call;
    call.method = "POST";
    call.path = spreadsheet(place.id) + "/values:batchUpdate?fields=totalUpdatedCells";
    call.body = dump_json({{"valueInputOption", "RAW"}, {"data", std::move(data)}});
    co_return co_await change(std::move(call), std::move(place), std::move(may_send));
  }

  Task<Result<void>> append(ports::SheetSource place, std::vector<std::vector<std::string>> rows,
                            MaySend may_send) override {
    Call call;
    call.method = "POST";
    // A1 as the anchor: a table that begins elsewhere would make the rows drift to the right.
    call.path = spreadsheet(place.id) + "/values/" + percent_encode(cell_range(place.tab, 1, 0)) +
                ":append?valueInputOption=RAW&insertDataOption=INSERT_ROWS&fields=updates.updatedRange";
    call.body = dump_json({{"majorDimension", "ROWS"}, {"values", rows}});
    co_return co_await change(std::move(call), std::move(place), std::move(may_send));
  }

  Task<Result<void>> add_tab(ports::SheetSource place, std::vector<std::string> header, MaySend may_send) override {
    // With a number of our own making the header can go into the new tab with the same request: both or nothing.
    const std::int64_t number = timers_.steady().time_since_epoch().count() / 1000 % 2'000'000'000;
    Json cells = Json::array();
    for (const std::string& name : header) cells.push_back({{"userEnteredValue", {{"stringValue", name}}}});
    const Json grid{
        {"rowCount", 1000}, {"columnCount", std::max<std::size_t>(header.size(), 1)}, {"frozenRowCount", 1}};
    const Json properties{{"sheetId", number}, {"title", place.tab}, {"gridProperties", grid}};
    const Json first{{"sheetId", number}, {"rowIndex", 0}, {"columnIndex", 0}};
    const Json rows = Json::array({Json{{"values", std::move(cells)}}});
    const Json update{{"start", first}, {"rows", rows}, {"fields", "userEnteredValue"}};
    const Json requests =
        Json::array({Json{{"addSheet", {{"properties", properties}}}}, Json{{"updateCells", update}}});
    Call call;
    call.method = "POST";
    call.path = spreadsheet(place.id) + ":batchUpdate?fields=spreadsheetId";
    call.body = dump_json({{"requests", requests}});
    co_return co_await change(std::move(call), std::move(place), std::move(may_send));
  }

 private:
  static std::string spreadsheet(const std::string& id) { return "/v4/spreadsheets/" + percent_encode(id); }

  Task<Result<void>> change(Call call, ports::SheetSource place, MaySend may_send) {
    call.asked = Asked{std::move(place.id), std::move(place.tab), true};
    call.may_send = std::move(may_send);
    auto body = co_await send(std::move(call), writes_, timers_.steady() + kWriteTime);
    if (!body) co_return body.error();
    co_return Result<void>{};
  }

  /// Tries again what may pass, with a pause that doubles and is spread by up to a second.
  Task<Result<std::string>> get(Call call, SteadyPoint deadline) {
    milliseconds pause = kFirstPause;
    for (;;) {
      auto answer = co_await send(call, reads_, deadline);
      if (answer || !may_pass(answer.error())) co_return answer;
      const milliseconds spread{timers_.steady().time_since_epoch().count() / 1000 % 1000};
      if (timers_.steady() + pause + spread >= deadline) co_return answer;
      co_await timers_.sleep_for(pause + spread);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  /// One request; one more with a new token when the first one's is refused.
  Task<Result<std::string>> send(Call call, Quota& quota, SteadyPoint deadline) {
    for (bool may_renew = true;; may_renew = false) {
      auto token = co_await tokens_.token();
      if (!token) co_return token.error();
      if (!co_await quota.take(deadline))
        co_return Error{Errc::RateLimited, "Google Sheets' quota for this minute is used up by Otto itself."};
      net::ClientRequest request;
      request.method = call.method;
      request.url = base_ + call.path;
      request.headers.add("Authorization", "Bearer " + *token);
      request.headers.add("Accept", "application/json");
      if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
      request.body = call.body;
      request.max_body = call.max_body;
      request.may_send = call.may_send;
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - timers_.steady());
      request.timeout = std::max(left, milliseconds{1});
      net::ClientResult result = co_await net::send_request(std::move(request));
      if (!result.response) co_return told(unreachable(result.response.error()), 0);
      const int status = result.response->status;
      if (status == 200) co_return std::move(result.response->body);
      if (status == 401 && may_renew) {
        tokens_.drop(*token);
        continue;
      }
      co_return told(api_refusal(status, result.response->body, call.asked, tokens_.account()), status);
    }
  }

  Task<Result<ports::SheetTable>> parse(std::string body) {
    if (pool_ == nullptr) co_return parse_values(body);
    auto work = [text = std::move(body)] { return parse_values(text); };
    co_return co_await rt::offload(*pool_, std::move(work));
  }

  Error told(Error error, int status) const {
    if (error.code == Errc::Cancelled) return error;
    metrics::add("otto_provider_errors_total",
                 {{"provider", "google_sheets"}, {"class", std::string{to_string(error.code)}}});
    log::warn("sheet.refused", {{"status", status}, {"reason", error.detail}});
    return error;
  }

  std::string base_;
  boost::asio::thread_pool* pool_;
  rt::Timers& timers_;
  TokenSource tokens_;
  Quota reads_, writes_;
};

}  // namespace

std::unique_ptr<GoogleSheet> make_google_sheet(GoogleSheetSettings settings, Loop& loop, rt::Timers& timers) {
  return std::make_unique<ApiSheet>(std::move(settings), loop, timers);
}

}  // namespace otto::sheets
