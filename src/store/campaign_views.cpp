// Campaigns and their contacts as people look at them.
#include <charconv>

#include "store/campaign_sql.hpp"
#include "store/paging.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"
#include "store/view_rows.hpp"
#include "store/view_sql.hpp"

namespace otto::store {

namespace {

struct SortKey {
  const char* column;
  const char* type;
};
SortKey sort_key(ports::ContactSort sort) {
  switch (sort) {
    case ports::ContactSort::Name:
      return {"c.name", "text"};
    case ports::ContactSort::Attempts:
      return {"c.attempts", "integer"};
    case ports::ContactSort::LastCall:
      return {"c.last_call_at", "timestamptz"};
    case ports::ContactSort::Row:
      break;
  }
  return {"c.row_number", "integer"};
}

constexpr std::string_view kNever = "-infinity";  // last_call_at of whom nobody has called

/// "<contact>.<key>"; a time as microseconds, so that nothing but digits is read back.
struct ContactCursor {
  std::int64_t contact = 0;
  std::string key;  ///< as the statement takes it
};

std::string write_cursor(const Row& row, ports::ContactSort sort) {
  std::string key = text_of(row["key"]);
  if (sort == ports::ContactSort::LastCall && key != kNever)
    key = std::to_string(
        std::chrono::duration_cast<std::chrono::microseconds>(read_time(key).time_since_epoch()).count());
  return text_of(row["id"]) + "." + key;
}

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  return ec == std::errc{} && end == text.data() + text.size();
}

std::optional<ContactCursor> read_cursor(std::string_view text, ports::ContactSort sort) {
  const auto dot = text.find('.');
  ContactCursor cursor;
  if (dot == std::string_view::npos || text.size() > 4096 || !read_number(text.substr(0, dot), cursor.contact))
    return std::nullopt;
  const auto key = text.substr(dot + 1);
  cursor.key = key;
  if (sort == ports::ContactSort::Name) return cursor.key == clean(key) ? std::optional{cursor} : std::nullopt;
  if (sort == ports::ContactSort::LastCall) {
    std::int64_t micros = 0;
    if (key == kNever) return cursor;
    // Within the years that both sides can name.
    if (!read_number(key, micros) || micros < 0 || micros > 4'000'000'000'000'000) return std::nullopt;
    cursor.key = to_sql(TimePoint{std::chrono::microseconds{micros}});
    return cursor;
  }
  int number = 0;
  return read_number(key, number) ? std::optional{cursor} : std::nullopt;
}

/// The digits of what is written like a number; "" for a name.
std::string digits_of(std::string_view text) {
  if (text.find_first_not_of("0123456789 +-()./") != std::string_view::npos) return {};
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

ports::ContactLine contact_line_of(const Row& row) {
  ports::ContactLine line;
  line.id = ContactId{row["id"].as<std::int64_t>()};
  line.row = row["row_number"].as<int>();
  line.name = text_of(row["name"]);
  line.phone = text_of(row["phone"]);
  line.email = text_of(row["email"]);
  line.state = parse_contact_state(row["state"].c_str()).value_or(ContactState::Failed);
  line.attempts = row["attempts"].as<int>();
  if (line.state == ContactState::Due) {
    const auto next_at = time_of(row["next_at"]);
    if (next_at > TimePoint{}) line.next_at = next_at;
  }
  line.reason = text_of(row["reason"]);
  line.call_id = optional_text(row["call_id"]);
  line.status = optional_text(row["call_status"]);
  line.outcome = optional_text(row["outcome"]);
  line.answered_by = optional_text(row["answered_by"]);
  line.duration = optional_int(row["duration"]);
  line.last_call_at = optional_time(row["call_at"]);
  return line;
}

Error no_campaign(const CampaignId& id) {
  return {Errc::NotFound, "There is no campaign \"" + clean(id.value) + "\"."};
}

}  // namespace

std::string sql::contact_lines(const ContactListShape& shape) {
  const auto [column, type] = sort_key(shape.sort);
  const std::string direction = shape.descending ? " DESC" : "";
  std::string text = R"(
SELECT c.id, c.row_number, c.name, c.phone, c.email, c.state, c.attempts, c.next_at, )";
  text += column;
  text += R"( AS key,
  CASE c.state WHEN 'due' THEN c.decision_reason WHEN 'failed' THEN coalesce(c.last_error, c.decision_reason) END AS reason,
  last.*
FROM otto.contact c LEFT JOIN LATERAL (
  SELECT o."id" AS call_id, o."status" AS call_status, coalesce(o."outcome", a.outcome) AS outcome,
    o."answeredBy" AS answered_by, o."duration" AS duration, coalesce(a.sending_at, a.intent_at) AS call_at
  FROM otto.attempt a LEFT JOIN public."OutboundCall" o ON o."callSid" = a.call_sid
  WHERE a.contact_id = c.id ORDER BY a.n DESC LIMIT 1) last ON true
WHERE c.campaign_id = $1 AND ($2::text = '' OR c.state = $2) AND ($3::text = '' OR last.outcome = $3)
  AND ($4::text = '' OR c.name ILIKE $4 OR ($5::text <> '' AND c.phone LIKE $5)))";
  // The last attempt decides, which no index tells; those that had the outcome in any attempt are few enough to look
  // at.
  if (shape.by_outcome)
    text += R"(
  AND EXISTS (SELECT FROM otto.attempt h WHERE h.campaign_id = $1 AND h.outcome = $3 AND h.contact_id = c.id))";
  if (shape.from_cursor) {
    text += std::string{"\n  AND ("} + column + ", c.id) " + (shape.descending ? "<" : ">") + " ($7::" + type +
            ", $8::bigint)";
  }
  text +=
      "\nORDER BY c.campaign_id" + direction + ", " + column + direction + ", c.id" + direction + " LIMIT $6::integer";
  return text;
}

ports::CampaignLine campaign_line_of(const Row& row) {
  ports::CampaignLine line;
  line.id = CampaignId{text_of(row["id"])};
  line.name = text_of(row["name"]);
  line.type = parse_campaign_type(row["type"].c_str()).value_or(CampaignType::General);
  line.status = parse_campaign_status(row["status"].c_str()).value_or(CampaignStatus::Stopped);
  const bool is_active = line.status == CampaignStatus::Pending || line.status == CampaignStatus::Running;
  if (is_active) line.hold = parse_campaign_hold(text_of(row["hold"]));
  if (line.hold) line.hold_reason = text_of(row["hold_reason"]);
  line.failure_reason = optional_text(row["failure_reason"]);
  line.created_at = optional_time(row["created_at"]);
  line.started_at = optional_time(row["started_at"]);
  line.completed_at = optional_time(row["completed_at"]);
  line.total_contacts = row["total"].as<int>();
  line.contacts_called = row["called"].as<int>();
  line.contacts_completed = row["completed"].as<int>();
  line.contacts_failed = row["failed"].as<int>();
  line.live_calls = row["live_calls"].as<int>();
  return line;
}

Task<Result<ports::CampaignPage>> PostgresViews::campaigns(ports::CampaignAsk ask) {
  using Page = ports::CampaignPage;
  if (!is_id_cursor(ask.cursor) || ask.limit < 1) co_return bad_cursor();
  auto read = [ask = std::move(ask)](Transaction& tx) -> Result<Page> {
    const std::string status{ask.status ? to_string(*ask.status) : std::string_view{}};
    Page page;
    for (const auto& row : tx.exec_text(sql::kCampaignLines, null_without(ask.cursor), status,
                                        pattern_of(clean(ask.part_of_name)), ask.limit + 1))
      page.campaigns.push_back(campaign_line_of(row));
    if (page.campaigns.size() > static_cast<std::size_t>(ask.limit)) {
      page.campaigns.pop_back();
      page.next_cursor = page.campaigns.back().id.value;
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("view_campaigns", std::move(read));
}

Task<Result<ports::CampaignDetail>> PostgresViews::campaign(CampaignId id) {
  using Detail = ports::CampaignDetail;
  auto read = [id = std::move(id)](Transaction& tx) -> Result<Detail> {
    const std::string campaign = clean(id.value);
    const auto found = tx.exec_params(sql::kCampaignLine, campaign);
    if (found.empty()) return no_campaign(id);
    Detail detail;
    detail.line = campaign_line_of(found[0]);
    for (const auto& row : tx.exec_params(sql::kCampaignExtras, campaign)) {
      detail.settings = settings_of(row["settings"]);
      detail.spent_micros = row["spent_micros"].as<std::int64_t>();
      detail.reserved_micros = row["reserved"].as<std::int64_t>();
      if (!row["spreadsheet"].is_null())
        detail.sheet = Detail::Sheet{text_of(row["spreadsheet"]), text_of(row["tab"]), optional_text(row["gid"])};
    }
    for (const auto& row : tx.exec_params(sql::kOutcomes, campaign))
      detail.outcomes.emplace(row[0].c_str(), row[1].as<int>());
    for (const auto& row : tx.exec_params(sql::kCallHours, campaign))
      detail.hours.push_back({time_of(row["hour"]), row["calls"].as<int>(), row["answered"].as<int>()});
    return detail;
  };
  co_return co_await pool_.transact<Detail>("view_campaign", std::move(read));
}

Task<Result<ports::ContactPage>> PostgresViews::contacts(CampaignId id, ports::ContactAsk ask) {
  using Page = ports::ContactPage;
  std::optional<ContactCursor> cursor;
  if (!ask.cursor.empty()) cursor = read_cursor(ask.cursor, ask.sort);
  if ((!ask.cursor.empty() && !cursor) || ask.limit < 1) co_return bad_cursor();
  auto read = [id = std::move(id), ask = std::move(ask), cursor = std::move(cursor)](Transaction& tx) -> Result<Page> {
    const std::string campaign = clean(id.value);
    if (tx.exec_params(sql::kLoadCampaign, campaign).empty()) return no_campaign(id);
    const std::string state{ask.state ? to_string(*ask.state) : std::string_view{}};
    const std::string name = pattern_of(clean(ask.search)), number = pattern_of(digits_of(ask.search));
    const auto text = sql::contact_lines({ask.sort, ask.descending, cursor.has_value(), !ask.outcome.empty()});
    const auto rows = cursor ? tx.exec_text(text, campaign, state, clean(ask.outcome), name, number, ask.limit + 1,
                                            cursor->key, cursor->contact)
                             : tx.exec_text(text, campaign, state, clean(ask.outcome), name, number, ask.limit + 1);
    Page page;
    for (const auto& row : rows) {
      if (page.contacts.size() == static_cast<std::size_t>(ask.limit)) {
        page.next_cursor = write_cursor(rows[page.contacts.size() - 1], ask.sort);
        break;
      }
      page.contacts.push_back(contact_line_of(row));
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("view_contacts", std::move(read));
}

Task<Result<ports::Backlog>> PostgresViews::backlog(TimePoint now) {
  auto read = [now](Transaction& tx) -> Result<ports::Backlog> {
    const auto row = tx.exec_params1(sql::kBacklog, to_sql(now));
    ports::Backlog backlog;
    backlog.events = row["events"].as<std::int64_t>();
    backlog.dead_letters = row["dead_letters"].as<std::int64_t>();
    backlog.sheet_rows = row["sheet_rows"].as<std::int64_t>();
    backlog.campaign_lag = milliseconds{row["lag_ms"].is_null() ? 0 : row["lag_ms"].as<std::int64_t>()};
    return backlog;
  };
  co_return co_await pool_.transact<ports::Backlog>("view_backlog", std::move(read));
}

}  // namespace otto::store
