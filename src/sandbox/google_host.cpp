#include "otto/sandbox/google_host.hpp"

#include <algorithm>

#include "otto/crypto/digest.hpp"

#include "sandbox/google_refusal.hpp"

namespace otto::sandbox {
namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/spreadsheets";
constexpr std::string_view kGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::int64_t kClockTolerance = 300;
constexpr const char* kTimeframe =
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp "
    "values in the JWT claim.";

net::Response flat_error(const std::string& code, const std::string& description) {
  return net::json_response(400, {{"error", code}, {"error_description", description}});
}

net::Response quota_refusal(const char* what) {
  const Json info{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                  {"reason", "RATE_LIMIT_EXCEEDED"},
                  {"domain", "googleapis.com"},
                  {"metadata", {{"quota_limit_value", "60"}}}};
  return refuse(429, "RESOURCE_EXHAUSTED",
                std::string{"Quota exceeded for quota metric '"} + what + "' and limit '" + what +
                    " per minute per user' of service 'sheets.googleapis.com'.",
                Json::array({info}));
}

net::Response fault(int status) {
  if (status == 429) return quota_refusal("Requests");
  return refuse(status, status == 503 ? "UNAVAILABLE" : "INTERNAL", "The service is currently unavailable.");
}

std::string date_header(TimePoint time) {
  std::string text = format_rfc2822(time);
  return text.substr(0, text.rfind(' ')) + " GMT";
}

}  // namespace

/// "/v4/spreadsheets/ID[/values/RANGE][:verb]", each part decoded by itself.
struct GoogleHost::Target {
  std::string id, part, range, verb;

  static std::optional<Target> parse(const std::string& raw) {
    auto path = split(raw.substr(0, raw.find('?')), '/');  // "", "v4", "spreadsheets", ID[:verb], …
    if (path.size() < 4 || path[2] != "spreadsheets") return std::nullopt;
    Target target;
    if (const auto colon = path.back().rfind(':'); colon != std::string::npos) {
      target.verb = path.back().substr(colon + 1);
      path.back().resize(colon);
    }
    for (auto& part : path) {
      auto decoded = percent_decode(part);
      if (!decoded) return std::nullopt;
      part = std::move(*decoded);
    }
    target.id = path[3];
    if (path.size() > 4) target.part = path[4];
    if (path.size() > 5) target.range = path[5];
    if (path.size() > 6 || (!target.part.empty() && target.part != "values")) return std::nullopt;
    return target;
  }
};

std::string GoogleHost::key_json(const std::string& base) {
  if (key_.private_key.empty()) key_ = crypto::make_rsa_key();
  const Json key{
      {"type", "service_account"},       {"project_id", "sandbox-project"}, {"private_key_id", kKeyId},
      {"private_key", key_.private_key}, {"client_email", kEmail},          {"client_id", "100770077007700770077"},
      {"auth_uri", base + "/auth"},      {"token_uri", base + "/token"},    {"universe_domain", "googleapis.com"}};
  return key.dump(2);
}

net::Response GoogleHost::handle(const net::Request& request) {
  if (faults_.down) return net::Response{net::kCutOff, "", ""};
  return request.path == "/token" ? token(request) : api(request);
}

net::Response GoogleHost::token(const net::Request& request) {
  const auto form = parse_form(request.body);
  net::Response response = flat_error("invalid_request", "Bad Request");
  if (request.method == "POST" && form && form_value(*form, "grant_type") == kGrant) {
    const std::string audience = "http://" + std::string{request.headers.get("Host")} + "/token";
    const auto wrong = objection(std::string{form_value(*form, "assertion")}, audience);
    if (wrong) {
      response = flat_error("invalid_grant", *wrong);
    } else {
      const std::string access = "ya29.sandbox-" + std::to_string(++issued_);
      tokens_.insert(access);
      response = net::json_response(
          200, {{"access_token", access}, {"expires_in", faults_.expires_in}, {"token_type", "Bearer"}});
    }
  }
  response.headers.set("Date", date_header(world_.timers.now() + seconds{faults_.clock_offset}));
  world_.ledger.note("google", {{"op", "token"}, {"status", response.status}});
  return response;
}

/// What is wrong with an assertion, in Google's words.
std::optional<std::string> GoogleHost::objection(const std::string& assertion, const std::string& audience) const {
  const auto parts = split(assertion, '.');
  if (parts.size() != 3) return "Invalid JWT";
  const auto header_text = crypto::base64url_decode(parts[0]), claims_text = crypto::base64url_decode(parts[1]);
  const auto signature = crypto::base64url_decode(parts[2]);
  if (!header_text || !claims_text || !signature) return "Invalid JWT";
  const auto header = parse_json(*header_text), claims = parse_json(*claims_text);
  if (!header || !claims || !header->is_object() || !claims->is_object()) return "Invalid JWT";
  if (text_at(*header, "alg") != "RS256" || text_at(*header, "typ") != "JWT") return "Invalid JWT";
  if (faults_.account_gone || text_at(*claims, "iss") != kEmail) return "Invalid grant: account not found";
  if (faults_.key_expired || text_at(*header, "kid") != kKeyId ||
      !crypto::verify_rs256(key_.public_key, parts[0] + "." + parts[1], *signature))
    return "Invalid JWT Signature.";
  if (text_at(*claims, "aud") != audience) return "Invalid JWT: Failed audience check.";
  if (text_at(*claims, "scope") != kScope) return "Invalid OAuth scope or ID token audience provided.";
  const auto now = std::chrono::floor<seconds>(world_.timers.now()).time_since_epoch().count() + faults_.clock_offset;
  const auto issued = integer_at(*claims, "iat").value_or(0), expires = integer_at(*claims, "exp").value_or(0);
  if (issued > now + kClockTolerance || expires < now || expires > issued + 3600) return kTimeframe;
  return std::nullopt;
}

net::Response GoogleHost::api(const net::Request& request) {
  const auto target = Target::parse(request.target);
  const std::string_view bearer = request.headers.get("Authorization");
  const bool is_read = request.method == "GET";
  net::Response response;
  Spreadsheet* sheet = target ? sheets_.find(target->id) : nullptr;
  int& failing = is_read ? faults_.fail_reads : faults_.fail_writes;
  if (!bearer.starts_with("Bearer ") || !tokens_.contains(bearer.substr(7))) {
    response = refuse(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
  } else if (faults_.api_disabled) {
    const Json info{{"reason", "SERVICE_DISABLED"},
                    {"metadata", {{"activationUrl", "https://console.developers.google.com/apis/sandbox"}}}};
    response =
        refuse(403, "PERMISSION_DENIED", "Google Sheets API has not been used in project 77 before or it is disabled.",
               Json::array({info}));
  } else if (!count(is_read ? reads_ : writes_)) {
    response = quota_refusal(is_read ? "Read requests" : "Write requests");
  } else if (failing > 0) {
    --failing;
    response = fault(faults_.fail_status);
  } else if (sheet == nullptr) {
    response = refuse(404, "NOT_FOUND", "Requested entity was not found.");
  } else if (sheet->access == SheetAccess::None || (!is_read && sheet->access == SheetAccess::Reader)) {
    response = refuse(403, "PERMISSION_DENIED", "The caller does not have permission");
  } else {
    if (!is_read) {
      for (const Json& edit : std::exchange(faults_.before_write, Json::array())) {
        const auto done = edit_grid(SheetsHost::grid_of(sheet->tabs.front()), edit);
        if (done) world_.ledger.note("sheet.edit", edit);
      }
    }
    response = serve(*target, request, *sheet);
  }
  Json line{{"op", is_read ? "read" : "write"}, {"target", request.target}, {"status", response.status}};
  if (!is_read) line["bytes"] = request.body.size();
  world_.ledger.note("google", std::move(line));
  if (!is_read && response.status == 200 && faults_.lose_replies > 0) {
    --faults_.lose_replies;
    return net::Response{net::kCutOff, "", ""};
  }
  return response;
}

net::Response GoogleHost::serve(const Target& target, const net::Request& request, Spreadsheet& sheet) {
  const bool is_read = request.method == "GET";
  if (is_read && target.part.empty() && target.verb.empty()) return describe(sheet);
  if (is_read && !target.range.empty() && target.verb.empty()) return get_values(target.range, sheet, request);
  if (request.method != "POST") return refuse(404, "NOT_FOUND", "There is no such method here.");
  const auto body = parse_json(request.body);
  if (!body || !body->is_object()) return refuse(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  if (target.part.empty() && target.verb == "batchUpdate") return change_sheets(*body, sheet);
  if (target.part == "values" && target.range.empty() && target.verb == "batchUpdate")
    return update_values(*body, sheet);
  if (target.verb == "append") {
    if (request.query_value("valueInputOption").value_or("") != "RAW" ||
        request.query_value("insertDataOption").value_or("") != "INSERT_ROWS")
      world_.ledger.violate("google.append", 0, "untrusted text must be appended RAW, into rows of its own");
    return append(target.range, *body, sheet);
  }
  return refuse(404, "NOT_FOUND", "There is no such method here.");
}

/// Any span of sixty seconds, which is stricter than a quota that is refilled each minute.
bool GoogleHost::count(std::deque<SteadyPoint>& window) {
  const SteadyPoint now = world_.timers.steady();
  while (!window.empty() && window.front() + minutes{1} <= now) window.pop_front();
  if (window.size() >= kPerMinute) {
    ++refused_;
    return false;
  }
  window.push_back(now);
  most_reads_ = std::max(most_reads_, reads_.size());
  most_writes_ = std::max(most_writes_, writes_.size());
  return true;
}

net::Response GoogleHost::control(const net::Request& request) {
  if (request.method == "POST") {
    const auto body = parse_json(request.body);
    if (!body || !body->is_object()) return net::error_response(400, "malformed", "An object is needed.");
    const auto number = [&](const char* name, int& out) {
      if (const auto value = integer_at(*body, name)) out = static_cast<int>(*value);
    };
    const auto flag = [&](const char* name, bool& out) {
      if (body->contains(name)) out = text_at(*body, name) == "true";
    };
    number("fail_status", faults_.fail_status);
    number("fail_reads", faults_.fail_reads);
    number("fail_writes", faults_.fail_writes);
    number("lose_replies", faults_.lose_replies);
    number("expires_in", faults_.expires_in);
    number("clock_offset", faults_.clock_offset);
    number("latency_ms", faults_.latency_ms);
    flag("api_disabled", faults_.api_disabled);
    flag("account_gone", faults_.account_gone);
    flag("key_expired", faults_.key_expired);
    flag("down", faults_.down);
    if (body->contains("before_write")) faults_.before_write = (*body)["before_write"];
    if (body->contains("revoke_tokens")) tokens_.clear();
    world_.ledger.note("google.faults", *body);
  }
  return net::json_response(200, {{"tokens", issued_},
                                  {"most_reads_a_minute", most_reads_},
                                  {"most_writes_a_minute", most_writes_},
                                  {"refused_by_quota", refused_}});
}

}  // namespace otto::sandbox
