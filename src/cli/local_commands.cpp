// Commands about settings and the database.
#include <cstdio>

#include "otto/store/migrate.hpp"

#include "commands.hpp"

namespace otto::cli {

int migrate(const Config& config, bool dry_run, const Output& out) {
  const auto report = store::migrate(config.database_url, dry_run);
  if (!report) return out.fail(Error{report.error().code, "DATABASE_URL: " + report.error().detail});
  const auto& names = dry_run ? report->pending : report->applied;
  if (out.json()) return out.document(Json{{"success", true}, {dry_run ? "pending" : "applied", names}});
  for (const std::string& name : names) std::printf("%s %s\n", dry_run ? "would apply" : "applied", name.c_str());
  if (names.empty()) std::printf("the database is up to date\n");
  return 0;
}

int print_settings(const Output& out) {
  Json all = Json::array();
  for (const SettingInfo& setting : settings()) {
    const Json fallback = setting.required || setting.fallback.empty() ? Json(nullptr) : Json(setting.fallback);
    all.push_back(
        {{"name", setting.name}, {"required", setting.required}, {"default", fallback}, {"help", setting.help}});
    if (out.json()) continue;
    const std::string value = setting.required ? " (required)" : " = " + std::string{setting.fallback};
    std::printf("%s%s\n    %s\n", std::string{setting.name}.c_str(), value.c_str(), std::string{setting.help}.c_str());
  }
  return out.json() ? out.document(Json{{"settings", std::move(all)}}) : 0;
}

}  // namespace otto::cli
