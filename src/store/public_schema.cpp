#include "store/public_schema.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>

namespace otto::store {

namespace {

constexpr bool kRequired = true;
constexpr bool kOptional = false;

struct Column {
  std::string_view name, type;  ///< type as format_type() prints it
  bool not_null = kOptional;
  std::string_view fallback = {};  ///< the default, as pg_get_expr() prints it
};

constexpr std::string_view kTime = "timestamp(3) without time zone";

constexpr std::array kCampaign{
    Column{"id", "text", kRequired},
    Column{"name", "text", kRequired},
    Column{"type", "\"CampaignType\"", kRequired},
    Column{"dealershipId", "text"},
    Column{"googleSheetId", "text"},
    Column{"status", "\"CampaignStatus\"", kRequired, "'PENDING'::\"CampaignStatus\""},
    Column{"totalContacts", "integer", kRequired, "0"},
    Column{"contactsCalled", "integer", kRequired, "0"},
    Column{"contactsCompleted", "integer", kRequired, "0"},
    Column{"contactsFailed", "integer", kRequired, "0"},
    Column{"startedAt", kTime},
    Column{"completedAt", kTime},
    Column{"scheduledTime", kTime},
    Column{"settings", "jsonb"},
};
constexpr std::array kCall{
    Column{"id", "text", kRequired},
    Column{"callSid", "text", kRequired},
    Column{"customerName", "text", kRequired},
    Column{"customerPhone", "text", kRequired},
    Column{"customerEmail", "text"},
    Column{"status", "text", kRequired},
    Column{"direction", "text", kRequired, "'OUTBOUND'::text"},
    Column{"initiatedAt", kTime, kRequired, "CURRENT_TIMESTAMP"},
    Column{"answeredAt", kTime},
    Column{"completedAt", kTime},
    Column{"duration", "integer"},
    Column{"answeredBy", "text"},
    Column{"recordingUrl", "text"},
    Column{"recordingSid", "text"},
    Column{"recordingDuration", "integer"},
    Column{"transcript", "text"},
    Column{"outcome", "text"},
    Column{"notes", "text"},
    Column{"campaignId", "text"},
};

constexpr std::array<std::string_view, 6> kTypes{"APPOINTMENT_REMINDER",  "SERVICE_FOLLOWUP", "SALES_OUTREACH",
                                                 "CUSTOMER_SATISFACTION", "PAYMENT_REMINDER", "GENERAL"};
constexpr std::array<std::string_view, 5> kStatuses{"PENDING", "RUNNING", "COMPLETED", "STOPPED", "FAILED"};

// search_path is pinned to public, so that types print without a schema.
constexpr char kColumns[] = R"(
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attgenerated <> '' AS generated,
  a.attidentity <> '' AS identity, pg_get_expr(d.adbin, d.adrelid) AS fallback
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass('public."' || $1 || '"') AND a.attnum > 0 AND NOT a.attisdropped)";

constexpr char kLabels[] = R"(
SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
WHERE t.oid = to_regtype('public."' || $1 || '"') ORDER BY e.enumsortorder)";

constexpr char kUnique[] = R"(
SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = to_regclass('public."' || $1 || '"') AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL
  AND i.indisvalid AND a.attname = $2)";

constexpr char kForeignKey[] = R"(
SELECT confdeltype FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass('public."OutboundCall"')
  AND confrelid = to_regclass('public."OutboundCampaign"'))";

class Inspection {
 public:
  explicit Inspection(pqxx::work& tx) : tx_{tx} {}

  PublicSchema run() {
    tx_.exec0("SET LOCAL search_path = public");
    for (const char* name : {"OutboundCampaign", "OutboundCall"})
      found_.exists |= !tx_.exec_params(kColumns, name).empty();
    for (const char* name : {"CampaignType", "CampaignStatus"})
      found_.exists |= !tx_.exec_params(kLabels, name).empty();
    if (!found_.exists) return found_;
    check_table("OutboundCampaign", kCampaign);
    check_table("OutboundCall", kCall);
    check_labels("CampaignType", kTypes);
    check_labels("CampaignStatus", kStatuses);
    check_unique("OutboundCampaign", "id");
    check_unique("OutboundCall", "id");
    check_unique("OutboundCall", "callSid");
    check_foreign_key();
    return found_;
  }

 private:
  void differs(std::string sentence) { found_.differences.push_back(std::move(sentence)); }

  void check_table(const std::string& table, std::span<const Column> expected) {
    const auto rows = tx_.exec_params(kColumns, table);
    if (rows.empty()) return differs("table \"" + table + "\" is missing");
    std::map<std::string, pqxx::row, std::less<>> there;
    for (const auto& row : rows) there.emplace(row["attname"].c_str(), row);
    for (const Column& column : expected) {
      const auto found = there.find(column.name);
      const std::string name = "\"" + table + "\".\"" + std::string{column.name} + "\"";
      if (found == there.end())
        differs("column " + name + " is missing");
      else
        check_column(name, column, found->second);
      there.erase(std::string{column.name});
    }
    for (const auto& [extra, row] : there) check_extra("\"" + table + "\".\"" + extra + "\"", row);
  }

  void check_column(const std::string& name, const Column& expected, const pqxx::row& row) {
    const std::string type = row["type"].c_str();
    if (type != expected.type) differs("column " + name + " is " + type + " instead of " + std::string{expected.type});
    if (row["attnotnull"].as<bool>() != expected.not_null)
      differs("column " + name + (expected.not_null ? " allows NULL" : " does not allow NULL"));
    const std::string fallback = row["fallback"].is_null() ? "" : row["fallback"].c_str();
    if (fallback != expected.fallback)
      differs("column " + name + " has the default " + (fallback.empty() ? "(none)" : fallback) + " instead of " +
              (expected.fallback.empty() ? "(none)" : std::string{expected.fallback}));
  }

  void check_extra(const std::string& name, const pqxx::row& row) {
    const bool fills_itself = !row["fallback"].is_null() || row["generated"].as<bool>() || row["identity"].as<bool>();
    if (row["attnotnull"].as<bool>() && !fills_itself)
      differs("column " + name + " is not otto's and needs a value in every row");
    else
      found_.notes.push_back("column " + name + " is not otto's and is left alone");
  }

  void check_labels(const std::string& type, std::span<const std::string_view> expected) {
    std::vector<std::string> labels;
    for (const auto& row : tx_.exec_params(kLabels, type)) labels.emplace_back(row[0].c_str());
    if (labels.empty()) return differs("type \"" + type + "\" is missing");
    for (const std::string_view label : expected) {
      if (std::ranges::find(labels, label) == labels.end())
        differs("type \"" + type + "\" lacks the value " + std::string{label});
    }
  }

  void check_unique(const std::string& table, const std::string& column) {
    if (tx_.exec_params(kUnique, table, column).empty())
      differs("\"" + table + "\".\"" + column + "\" has no unique index");
  }

  void check_foreign_key() {
    const auto rows = tx_.exec_params(kForeignKey);
    if (rows.empty()) return differs("\"OutboundCall\" has no foreign key to \"OutboundCampaign\"");
    if (std::string_view{rows[0][0].c_str()} != "n")
      differs("\"OutboundCall\"'s foreign key to \"OutboundCampaign\" is not ON DELETE SET NULL");
  }

  pqxx::work& tx_;
  PublicSchema found_;
};

}  // namespace

PublicSchema inspect_public_schema(pqxx::work& tx) { return Inspection{tx}.run(); }

}  // namespace otto::store
