#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/model/campaign.hpp"

namespace otto {

namespace {

constexpr std::array<std::string_view, 21> kKeys{"delayBetweenCalls",
                                                 "callDuringHours",
                                                 "maxAttemptsPerContact",
                                                 "retryDelay",
                                                 "recordCalls",
                                                 "maxConcurrentCalls",
                                                 "maxCallDuration",
                                                 "voicemail",
                                                 "agentId",
                                                 "callerId",
                                                 "callScreening",
                                                 "followSheet",
                                                 "optOutKey",
                                                 "transferNumbers",
                                                 "toolWebhookUrl",
                                                 "legalHours",
                                                 "retry",
                                                 "maxAttemptsPerDay",
                                                 "budget",
                                                 "weight",
                                                 "pauseOnFailures"};
constexpr std::array<std::string_view, 4> kHoursKeys{"start", "end", "timezone", "days"};
constexpr std::array<std::string_view, 3> kVoicemailKeys{"action", "message", "voice"};
constexpr std::array<std::string_view, 7> kDays{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
constexpr std::array<std::string_view, 3> kActions{"hangup", "message", "agent"};
constexpr std::array<std::string_view, 2> kVoices{"line", "agent"};
constexpr std::array<std::string_view, 3> kScreening{"answer", "hangup", "ignore"};

constexpr std::array<std::string_view, 4> kRetryCases{"noAnswer", "busy", "failed", "voicemail"};
constexpr std::array<std::string_view, 2> kRetryKeys{"delay", "attempts"};
constexpr std::array<std::string_view, 3> kBudgetKeys{"maxCalls", "maxCost", "pricePerMinute"};

constexpr double kMaxDelay = 3600;             // an hour between two calls
constexpr double kMaxRetryDelay = 7 * 86'400;  // a week
constexpr double kMaxCallDuration = 14'400;    // four hours, the line's own limit for a call
constexpr int kMaxConcurrent = 1000;
constexpr int kMaxAttempts = 10;
constexpr int kMaxCalls = 10'000'000;
constexpr double kMaxCost = 10'000'000, kMaxPrice = 1000;
constexpr int kMaxWeight = 100;
constexpr std::size_t kMaxMessage = 2000;  // characters that a machine may be told
constexpr std::size_t kMaxDestinations = 20, kMaxDestinationName = 60;
constexpr std::size_t kMaxUrl = 2048;
constexpr std::string_view kE164Wanted = "must be a number in E.164 form, such as +14155550100";

/// Levenshtein's distance of `b` from the known key `a`, without regard to case; a key cut short is the nearest.
std::size_t distance(std::string_view a, std::string_view b) {
  if (b.size() >= 3 && iequals(a.substr(0, b.size()), b)) return 0;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t cost = iequals(a.substr(i, 1), b.substr(j, 1)) ? 0 : 1;
      const std::size_t best = std::min({row[j + 1] + 1, row[j] + 1, diagonal + cost});
      diagonal = row[j + 1];
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

/// A misspelt setting must not silently mean its default. A key that is far from all is met with the whole list.
template <std::size_t N>
void refuse_unknown_keys(const Json& object, FieldReader& reader, const std::array<std::string_view, N>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto nearest = std::ranges::min_element(known, {}, [&](std::string_view k) { return distance(k, key); });
    std::string problem = "is not a known setting; ";
    if (distance(*nearest, key) <= nearest->size() / 3) {
      problem += "did you mean " + std::string{*nearest} + "?";
    } else {
      problem += "these are: ";
      for (const std::string_view name : known) problem += (name == known.front() ? "" : ", ") + std::string{name};
    }
    reader.fail(std::string{truncate_utf8(key, 60)}, problem);
  }
}

std::string plain(double number) {
  return number == std::floor(number) ? std::to_string(static_cast<std::int64_t>(number)) : std::to_string(number);
}

/// n8n's own times are milliseconds, so people send those: the sentence names the unit and the mistake.
std::optional<double> read_seconds(FieldReader& reader, const Json& object, std::string_view name, double min,
                                   double max) {
  if (!reader.has(name)) return std::nullopt;
  const Json& value = object.at(std::string{name});
  const std::string range = "is in seconds (" + plain(min) + " to " + plain(max) + ")";
  if (!value.is_number()) {
    reader.fail(name, range + " and must be a number");
    return std::nullopt;
  }
  const double number = value.get<double>();
  if (number >= min && number <= max) return number;
  const bool milliseconds_meant = number >= 1000 && number / 1000 >= min && number / 1000 <= max;
  reader.fail(name, milliseconds_meant ? range + "; " + dump_json(value) + " looks like milliseconds" : range);
  return std::nullopt;
}

/// "HH:MM" as minutes after midnight; "24:00" is 1440.
std::optional<int> parse_clock(std::string_view text) {
  const auto digit = [text](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 99; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

std::string format_clock(int minutes) {
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

int read_clock(FieldReader& reader, std::string_view name, int fallback, int latest) {
  const bool there = reader.has(name);
  const auto text = reader.string(name, 1, 16);
  if (!there) reader.fail(name, "is required, as \"HH:MM\"");
  if (!text) return fallback;
  const auto minutes = parse_clock(*text);
  if (minutes && *minutes <= latest) return *minutes;
  reader.fail(name, latest == 1440 ? "must be a time of day as \"HH:MM\", from 00:00 to 24:00"
                                   : "must be a time of day as \"HH:MM\", from 00:00 to 23:59");
  return fallback;
}

std::uint8_t read_days(FieldReader& reader) {
  const Json* list = reader.array("days", 7);
  if (!list) return 0x7F;
  unsigned days = 0;
  for (const Json& entry : *list) {
    const auto day =
        entry.is_string()
            ? std::ranges::find_if(
                  kDays, [&](std::string_view name) { return iequals(name, entry.get_ref<const std::string&>()); })
            : kDays.end();
    if (day == kDays.end()) {
      reader.fail("days", "must hold MON, TUE, WED, THU, FRI, SAT or SUN");
      return 0x7F;
    }
    days |= 1U << static_cast<unsigned>(day - kDays.begin());
  }
  if (days == 0) {
    reader.fail("days", "must name at least one day");
    return 0x7F;
  }
  return static_cast<std::uint8_t>(days);
}

CallingHours read_hours(const Json& object, std::vector<FieldError>& errors, const std::string& path) {
  FieldReader reader{object, errors, path};
  refuse_unknown_keys(object, reader, kHoursKeys);
  CallingHours hours;
  const std::size_t before = errors.size();
  hours.start_minute = read_clock(reader, "start", hours.start_minute, 1439);
  hours.end_minute = read_clock(reader, "end", hours.end_minute, 1440);
  if (errors.size() == before && hours.start_minute % 1440 == hours.end_minute % 1440 &&
      !(hours.start_minute == 0 && hours.end_minute == 1440)) {
    reader.fail("end", "must differ from start; the whole day is 00:00 to 24:00");
  }
  hours.timezone = reader.string("timezone", 1, 64).value_or("contact");
  hours.days = read_days(reader);
  return hours;
}

/// One of `labels`, the first when absent.
template <class T, std::size_t N>
T read_choice(FieldReader& reader, std::string_view name, const std::array<std::string_view, N>& labels,
              std::string_view complaint) {
  const auto label = reader.string(name, 0, 40);
  if (!label) return T{};
  const auto known = std::ranges::find(labels, *label);
  if (known == labels.end()) {
    reader.fail(name, std::string{complaint});
    return T{};
  }
  return static_cast<T>(known - labels.begin());
}

void read_voicemail(const Json& object, std::vector<FieldError>& errors, const std::string& path,
                    CampaignSettings& settings) {
  FieldReader reader{object, errors, path};
  refuse_unknown_keys(object, reader, kVoicemailKeys);
  settings.voicemail = read_choice<VoicemailAction>(reader, "action", kActions, "must be hangup, message or agent");
  settings.voicemail_voice = read_choice<VoicemailVoice>(reader, "voice", kVoices, "must be line or agent");
  settings.voicemail_message = reader.string("message", 0, kMaxMessage).value_or("");
  const bool silent = trim(settings.voicemail_message).empty();
  const bool message_is_wrong = reader.has("message") && !object.at("message").is_string();
  if (settings.voicemail == VoicemailAction::Message && silent && !message_is_wrong)
    reader.fail("message", "is required when action is message: it is what the machine is told");
}

bool looks_like_e164(std::string_view text) {
  const auto digits = text.substr(text.empty() ? 0 : 1);
  return text.starts_with('+') && digits.size() >= 7 && digits.size() <= 15 && digits.front() != '0' &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

char read_key(FieldReader& reader) {
  const auto text = reader.string("optOutKey", 1, 1);
  if (!text) return 0;
  if (std::string_view{"0123456789*#"}.find(*text) != std::string_view::npos) return text->front();
  reader.fail("optOutKey", "must be one key: 0 to 9, * or #");
  return 0;
}

/// By name, because a name is all that the agent may choose: the callee's words must not lead it to a number.
std::map<std::string, std::string> read_destinations(const Json& object, std::vector<FieldError>& errors,
                                                     const std::string& path) {
  FieldReader reader{object, errors, path};
  std::map<std::string, std::string> destinations;
  for (const auto& [name, number] : object.items()) {
    const std::string shown{truncate_utf8(name, kMaxDestinationName)};
    if (trim(name).empty() || name.size() > kMaxDestinationName || name.find_first_of("{},\n") != std::string::npos) {
      reader.fail(shown, "must be a name of at most 60 characters, without commas and braces");
    } else if (!number.is_string() || !looks_like_e164(number.get_ref<const std::string&>())) {
      reader.fail(shown, std::string{kE164Wanted});
    } else {
      destinations.emplace(name, number.get<std::string>());
    }
  }
  if (object.size() > kMaxDestinations)
    errors.push_back({path, "must hold at most " + std::to_string(kMaxDestinations) + " numbers"});
  return destinations;
}

void read_retry(const Json& object, std::vector<FieldError>& errors, const std::string& path,
                CampaignSettings& settings) {
  FieldReader reader{object, errors, path};
  refuse_unknown_keys(object, reader, kRetryCases);
  for (std::size_t i = 0; i < kRetryCases.size(); ++i) {
    const Json* rule = reader.object(kRetryCases[i]);
    if (!rule) continue;
    FieldReader of_rule{*rule, errors, reader.path(kRetryCases[i])};
    refuse_unknown_keys(*rule, of_rule, kRetryKeys);
    if (const auto delay = read_seconds(of_rule, *rule, "delay", 0, kMaxRetryDelay))
      settings.retry[i].delay = seconds{std::llround(*delay)};
    if (const auto attempts = of_rule.integer("attempts", 1, kMaxAttempts))
      settings.retry[i].attempts = static_cast<int>(*attempts);
  }
}

/// A number from 0 (exclusive) to `max`.
std::optional<double> read_amount(FieldReader& reader, const Json& object, std::string_view name, double max) {
  if (!reader.has(name)) return std::nullopt;
  const Json& value = object.at(std::string{name});
  if (value.is_number() && value.get<double>() > 0 && value.get<double>() <= max) return value.get<double>();
  reader.fail(name, "must be a number above 0, at most " + plain(max));
  return std::nullopt;
}

Budget read_budget(const Json& object, std::vector<FieldError>& errors, const std::string& path) {
  FieldReader reader{object, errors, path};
  refuse_unknown_keys(object, reader, kBudgetKeys);
  Budget budget;
  if (const auto calls = reader.integer("maxCalls", 1, kMaxCalls)) budget.max_calls = static_cast<int>(*calls);
  budget.max_cost = read_amount(reader, object, "maxCost", kMaxCost);
  budget.price_per_minute = read_amount(reader, object, "pricePerMinute", kMaxPrice).value_or(0);
  return budget;
}

Json write_retry(const std::array<RetryRule, 4>& rules) {
  Json object = Json::object();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].delay) object[kRetryCases[i]]["delay"] = rules[i].delay->count();
    if (rules[i].attempts) object[kRetryCases[i]]["attempts"] = *rules[i].attempts;
  }
  return object;
}

Json write_budget(const Budget& budget) {
  Json object = Json::object();
  if (budget.max_calls) object["maxCalls"] = *budget.max_calls;
  if (budget.max_cost) object["maxCost"] = *budget.max_cost;
  if (budget.price_per_minute > 0) object["pricePerMinute"] = budget.price_per_minute;
  return object;
}

/// The limits of pace and money, and what is tried again.
void read_policy(FieldReader& reader, std::vector<FieldError>& errors, CampaignSettings& settings) {
  // Hours of the caller's own are taken at their word, unless they ask for the law's as well.
  settings.legal_hours = reader.boolean("legalHours").value_or(!reader.has("callDuringHours"));
  if (const Json* retry = reader.object("retry")) read_retry(*retry, errors, reader.path("retry"), settings);
  if (const auto attempts = reader.integer("maxAttemptsPerDay", 1, kMaxAttempts))
    settings.max_attempts_per_day = static_cast<int>(*attempts);
  if (const Json* budget = reader.object("budget"))
    settings.budget = read_budget(*budget, errors, reader.path("budget"));
  settings.weight = static_cast<int>(reader.integer("weight", 1, kMaxWeight).value_or(1));
  settings.pause_on_failures = static_cast<int>(reader.integer("pauseOnFailures", 0, 100).value_or(50));
}

}  // namespace

CampaignSettings read_settings(const Json* object, std::vector<FieldError>& errors) {
  CampaignSettings settings;
  if (!object || object->is_null()) return settings;
  if (!object->is_object()) {
    errors.push_back({"settings", "must be an object"});
    return settings;
  }
  FieldReader reader{*object, errors, "settings"};
  refuse_unknown_keys(*object, reader, kKeys);
  if (const auto delay = read_seconds(reader, *object, "delayBetweenCalls", 0, kMaxDelay))
    settings.delay_between_calls = milliseconds{std::llround(*delay * 1000)};
  if (const Json* hours = reader.object("callDuringHours"))
    settings.hours = read_hours(*hours, errors, reader.path("callDuringHours"));
  if (const auto attempts = reader.integer("maxAttemptsPerContact", 1, kMaxAttempts))
    settings.max_attempts = static_cast<int>(*attempts);
  if (const auto delay = read_seconds(reader, *object, "retryDelay", 0, kMaxRetryDelay))
    settings.retry_delay = seconds{std::llround(*delay)};
  settings.record_calls = reader.boolean("recordCalls").value_or(true);
  settings.follow_sheet = reader.boolean("followSheet").value_or(false);
  if (const auto concurrent = reader.integer("maxConcurrentCalls", 1, kMaxConcurrent))
    settings.max_concurrent_calls = static_cast<int>(*concurrent);
  if (const auto longest = read_seconds(reader, *object, "maxCallDuration", 1, kMaxCallDuration))
    settings.max_call_duration = seconds{std::llround(*longest)};
  if (const Json* voicemail = reader.object("voicemail"))
    read_voicemail(*voicemail, errors, reader.path("voicemail"), settings);
  settings.call_screening =
      read_choice<CallScreening>(reader, "callScreening", kScreening, "must be answer, hangup or ignore");
  settings.agent_id = reader.string("agentId", 1, 200).value_or("");
  settings.caller_id = reader.string("callerId", 1, 40).value_or("");
  if (!settings.caller_id.empty() && !looks_like_e164(settings.caller_id))
    reader.fail("callerId", std::string{kE164Wanted});
  settings.opt_out_key = read_key(reader);
  if (const Json* destinations = reader.object("transferNumbers"))
    settings.transfer_numbers = read_destinations(*destinations, errors, reader.path("transferNumbers"));
  settings.tool_webhook_url = reader.string("toolWebhookUrl", 1, kMaxUrl).value_or("");
  read_policy(reader, errors, settings);
  return settings;
}

Json write_settings(const CampaignSettings& settings) {
  const auto delay = settings.delay_between_calls.count();
  Json days = Json::array();
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if (settings.hours.days & (1U << day)) days.push_back(kDays[day]);
  }
  Json object{{"maxAttemptsPerContact", settings.max_attempts},
              {"retryDelay", settings.retry_delay.count()},
              {"recordCalls", settings.record_calls},
              {"followSheet", settings.follow_sheet},
              {"maxConcurrentCalls", settings.max_concurrent_calls},
              {"maxCallDuration", settings.max_call_duration.count()},
              {"voicemail",
               {{"action", kActions[static_cast<std::size_t>(settings.voicemail)]},
                {"voice", kVoices[static_cast<std::size_t>(settings.voicemail_voice)]}}},
              {"legalHours", settings.legal_hours},
              {"weight", settings.weight},
              {"pauseOnFailures", settings.pause_on_failures},
              {"callScreening", kScreening[static_cast<std::size_t>(settings.call_screening)]},
              {"callDuringHours",
               {{"start", format_clock(settings.hours.start_minute)},
                {"end", format_clock(settings.hours.end_minute)},
                {"timezone", settings.hours.timezone},
                {"days", std::move(days)}}}};
  if (delay % 1000 == 0)
    object["delayBetweenCalls"] = delay / 1000;
  else
    object["delayBetweenCalls"] = static_cast<double>(delay) / 1000;
  if (!settings.voicemail_message.empty()) object["voicemail"]["message"] = settings.voicemail_message;
  if (!settings.agent_id.empty()) object["agentId"] = settings.agent_id;
  if (!settings.caller_id.empty()) object["callerId"] = settings.caller_id;
  if (settings.opt_out_key != 0) object["optOutKey"] = std::string(1, settings.opt_out_key);
  if (!settings.transfer_numbers.empty()) object["transferNumbers"] = settings.transfer_numbers;
  if (settings.max_attempts_per_day) object["maxAttemptsPerDay"] = *settings.max_attempts_per_day;
  if (Json retry = write_retry(settings.retry); !retry.empty()) object["retry"] = std::move(retry);
  if (Json budget = write_budget(settings.budget); !budget.empty()) object["budget"] = std::move(budget);
  if (!settings.tool_webhook_url.empty()) object["toolWebhookUrl"] = settings.tool_webhook_url;
  return object;
}

}  // namespace otto
