#include "otto/sandbox/carrier.hpp"

#include <algorithm>
#include <cstdio>

#include "otto/sandbox/signing.hpp"

namespace otto::sandbox {
namespace {

constexpr std::string_view kRoot = "/2010-04-01/Accounts/";

FormFields query_of(const net::Request& request) {
  auto fields = parse_form(request.query);
  return fields ? std::move(*fields) : FormFields{};
}

bool drop_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

net::Response not_found(const net::Request& request) {
  return rest_error({404, 20404, "The requested resource " + request.path + " was not found"});
}

/// The part of `body` that "Range: bytes=from-to" asks for; all of it for any other wish.
net::Response ranged(const net::Request& request, std::string type, std::string body) {
  std::size_t from = 0, to = 0;
  const std::string wish{request.headers.get("Range")};
  if (std::sscanf(wish.c_str(), "bytes=%zu-%zu", &from, &to) != 2 || to < from)
    return net::Response{200, std::move(type), std::move(body)};
  const auto total = std::to_string(body.size());
  if (from >= body.size()) {
    net::Response refused{416, "text/plain", ""};
    refused.headers.add("Content-Range", "bytes */" + total);
    return refused;
  }
  to = std::min(to, body.size() - 1);
  net::Response part{206, std::move(type), body.substr(from, to - from + 1)};
  part.headers.add("Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(to) + "/" + total);
  return part;
}

bool matches(const CallRecord& call, const FormFields& query) {
  const auto equal = [&](std::string_view name, const std::string& value) {
    const auto wanted = form_value(query, name);
    return wanted.empty() || wanted == value;
  };
  return equal("To", call.request.to) && equal("From", call.request.from) && equal("Status", call.status) &&
         form_value(query, "ParentCallSid").empty();
}

/// StartTime filters hide calls that have not started, as the real ones do; the day is what they promise to compare.
bool in_start_window(const CallRecord& call, const FormFields& query) {
  for (const auto& field : query) {
    if (!field.first.starts_with("StartTime") || field.second.empty()) continue;
    if (!call.started) return false;
    const auto day = format_iso8601(*call.started).substr(0, 10), wanted = field.second.substr(0, 10);
    if (field.first == "StartTime>" && day < wanted) return false;
    if (field.first == "StartTime<" && day > wanted) return false;
    if (field.first == "StartTime" && day != wanted) return false;
  }
  return true;
}

}  // namespace

PhoneCall* Carrier::find(std::string_view sid) const {
  const auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : found->second;
}

PhoneCall* Carrier::find_named(std::string_view name) const {
  if (name.empty()) return nullptr;
  for (auto it = calls_.rbegin(); it != calls_.rend(); ++it) {
    const auto& record = (*it)->record();
    if (record.attempt == name || record.sid == name || record.request.to == name) return it->get();
  }
  return nullptr;
}

std::size_t Carrier::live() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(calls_.begin(), calls_.end(), [](const auto& call) { return !call->record().over(); }));
}

std::optional<net::Response> Carrier::check_access(const net::Request& request, const Segments& path) {
  const auto& who = world_.identity;
  const auto given = basic_credentials(request.headers.get("Authorization"));
  const bool by_token = given.first == who.account_sid && given.second == who.auth_token;
  const bool by_key = given.first == who.api_key_sid && given.second == who.api_key_secret;
  if (!by_token && !by_key) return rest_error({401, 20003, "Authenticate"});
  if (path.empty() || path[0] != who.account_sid) return not_found(request);
  return std::nullopt;
}

Task<net::Response> Carrier::handle(net::Request request) {
  const auto began = world_.timers.steady();
  Segments path;
  if (request.path.starts_with(kRoot)) path = split(std::string_view{request.path}.substr(kRoot.size()), '/');
  const bool media = path.size() == 3 && path[1] == "Recordings" && request.method == "GET";
  const bool json = !path.empty() && drop_suffix(path.back(), ".json");
  net::Response response;
  if (path.empty()) {
    response = not_found(request);
  } else if (!json && !media) {
    world_.ledger.violate("rest", 20404, "the path does not end in .json, so the API answers XML: " + request.path);
    response = net::Response{404, "application/xml",
                             "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>20404</Code>"
                             "<Message>The requested resource was not found</Message><Status>404</Status>"
                             "</RestException></TwilioResponse>"};
  } else if (auto refused = check_access(request, path)) {
    response = std::move(*refused);
  } else if (path.size() == 2 && path[1] == "Calls" && request.method == "POST") {
    response = co_await create_call(request);
  } else {
    response = route(request, path);
  }
  response.headers.set("Twilio-Request-Id", world_.ids.sid("RQ"));
  response.headers.set("Twilio-Concurrent-Requests", "1");
  Json line = Json::object();
  line["method"] = request.method;
  line["target"] = request.target;
  if (request.method == "POST") line["body"] = request.body;
  line["status"] = response.status;
  line["ms"] = std::chrono::duration_cast<milliseconds>(world_.timers.steady() - began).count();
  world_.ledger.note("rest", std::move(line));
  co_return response;
}

net::Response Carrier::route(const net::Request& request, const Segments& path) {
  const bool get = request.method == "GET";
  if (path.size() == 1 && get) return account(request);
  if (path.size() == 2 && path[1] == "Calls" && get) return list_calls(request);
  if (path.size() == 2 && path[1] == "Recordings" && get) {
    const auto query = query_of(request);
    return list_recordings(request, std::string{form_value(query, "CallSid")});
  }
  if (path.size() == 2 && path[1] == "IncomingPhoneNumbers" && get) return list_numbers(request);
  if (path.size() == 2 && path[1] == "OutgoingCallerIds" && get) {
    const auto query = query_of(request);
    return net::json_response(200, page_of({}, "outgoing_caller_ids", request.path, query));
  }
  if (path.size() == 2 && path[1] == "Balance" && get)
    return net::json_response(
        200, {{"account_sid", world_.identity.account_sid}, {"balance", "100.00"}, {"currency", "USD"}});
  if (path.size() >= 3 && path[1] == "Calls") return call_resource(request, path);
  if (path.size() == 3 && path[1] == "Recordings") return recording_resource(request, path[2]);
  return not_found(request);
}

net::Response Carrier::call_resource(const net::Request& request, const Segments& path) {
  PhoneCall* call = find(path[2]);
  if (call == nullptr) return not_found(request);
  if (path.size() == 4 && path[3] == "Recordings" && request.method == "GET") return list_recordings(request, path[2]);
  if (path.size() == 4 && path[3] == "Notifications" && request.method == "GET") {
    const auto query = query_of(request);
    return net::json_response(200, page_of({}, "notifications", request.path, query));
  }
  if (path.size() != 3) return not_found(request);
  if (request.method == "GET") return net::json_response(200, call_json(call->record()));
  if (request.method == "POST") return update_call(request, *call);
  if (request.method == "DELETE" && !call->record().over())
    return rest_error({409, 20009, "Cannot delete this resource before it is complete"});
  if (request.method == "DELETE") {
    by_sid_.erase(call->record().sid);
    return net::Response{204, "", ""};
  }
  return rest_error({405, 20004, "Method not allowed"});
}

net::Response Carrier::update_call(const net::Request& request, PhoneCall& call) {
  const auto form = parse_form(request.body);
  if (!form) return rest_error({400, 20001, "the form is malformed"});
  const auto status = form_value(*form, "Status"), twiml = form_value(*form, "Twiml"), url = form_value(*form, "Url");
  for (const auto& field : *form) {
    const auto& name = field.first;
    const bool known = name == "Status" || name == "Twiml" || name == "Url" || name == "Method" ||
                       name == "FallbackUrl" || name == "FallbackMethod" || name == "StatusCallback" ||
                       name == "StatusCallbackMethod" || name == "TimeLimit";
    if (!known) world_.ledger.violate("calls.update", 20001, "there is no parameter " + name);
  }
  auto& record = call.record();
  if (record.over()) return rest_error({400, 21220, "Call is not in-progress. Cannot redirect."});
  if (const std::string limit{form_value(*form, "TimeLimit")}; !limit.empty()) {
    const bool digits = limit.size() < 6 && limit.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(limit) < 1 || std::stoi(limit) > 86'400)
      return rest_error({400, 20001, "Invalid parameter: TimeLimit '" + limit + "'"});
    record.request.time_limit_s = std::stoi(limit);
  }
  Order order;
  if (!status.empty()) {
    if (status != "completed" && status != "canceled")
      return rest_error({400, 20001, "Invalid parameter: Status '" + std::string{status} + "'"});
    if (status == "canceled" && record.answered) return rest_error({400, 21220, "Call is in-progress. Cannot cancel."});
  } else if (!twiml.empty() && !url.empty()) {
    return rest_error({400, 20001, "Url and Twiml exclude each other"});
  } else if (twiml.size() > 4000) {
    return rest_error({400, 32018, "Twiml has over 4000 characters"});
  } else if (!twiml.empty() || !url.empty()) {
    if (!record.answered) return rest_error({400, 21220, "Call is not in-progress. Cannot redirect."});
    order.kind = twiml.empty() ? Order::Kind::RunUrl : Order::Kind::RunTwiml;
    order.text = std::string{twiml.empty() ? url : twiml};
  } else {
    return net::json_response(200, call_json(record));
  }
  call.order(std::move(order));
  auto json = call_json(record);
  if (!status.empty()) json["status"] = record.answered ? "completed" : "canceled";
  return net::json_response(200, json);
}

net::Response Carrier::list_calls(const net::Request& request) {
  const auto query = query_of(request);
  for (const auto& field : query) {
    static const std::vector<std::string> kKnown{"To",         "From",       "ParentCallSid", "Status",   "StartTime",
                                                 "StartTime<", "StartTime>", "EndTime",       "EndTime<", "EndTime>",
                                                 "PageSize",   "Page",       "PageToken"};
    if (std::find(kKnown.begin(), kKnown.end(), field.first) == kKnown.end())
      world_.ledger.violate("calls.list", 20001, "there is no filter " + field.first);
  }
  std::vector<Json> found;
  const auto visible = world_.timers.now() - world_.scaled(world_.scenario.carrier.list_lag);
  for (auto it = calls_.rbegin(); it != calls_.rend(); ++it) {
    const auto& record = (*it)->record();
    if (record.created <= visible && matches(record, query) && in_start_window(record, query))
      found.push_back(call_json(record));
  }
  return net::json_response(200, page_of(found, "calls", request.path, query));
}

net::Response Carrier::list_recordings(const net::Request& request, const std::string& call_sid) {
  std::vector<Json> found;
  for (auto it = calls_.rbegin(); it != calls_.rend(); ++it) {
    const auto& record = (*it)->record();
    if (removed_recordings_.contains(record.recording_sid)) continue;
    if (!record.recording_sid.empty() && (call_sid.empty() || record.sid == call_sid))
      found.push_back(recording_json(record));
  }
  const auto query = query_of(request);
  return net::json_response(200, page_of(found, "recordings", request.path, query));
}

net::Response Carrier::recording_resource(const net::Request& request, std::string name) {
  const bool wants_json = request.path.ends_with(".json");
  const bool compressed = drop_suffix(name, ".mp3");  // nothing here makes MP3: the same sound, and its type says so
  drop_suffix(name, ".wav");
  for (const auto& call : calls_) {
    const auto& record = call->record();
    if (record.recording_sid != name || removed_recordings_.contains(name)) continue;
    if (request.method == "DELETE") {
      removed_recordings_.insert(name);
      return net::Response{204, "", ""};
    }
    if (wants_json) return net::json_response(200, recording_json(record));
    const auto lag = world_.scaled(world_.scenario.carrier.recording_lag);
    if (record.recording_status != "completed" || world_.timers.now() < *record.ended + lag) return not_found(request);
    const bool dual = record.request.recording_channels == 2;
    if (!dual && form_value(query_of(request), "RequestedChannels") == "2")
      return rest_error({400, 16113, "The recording has one channel only"});
    return ranged(request, compressed ? "audio/wav" : "audio/x-wav",
                  ulaw_wav(record.callee_audio, dual ? &record.otto_audio : nullptr));
  }
  return not_found(request);
}

net::Response Carrier::account(const net::Request& request) {
  const auto& who = world_.identity;
  if (basic_credentials(request.headers.get("Authorization")).first == who.api_key_sid)
    return rest_error({401, 20003, "a standard API key may not read the account"});
  Json json = Json::object();
  json["sid"] = json["owner_account_sid"] = who.account_sid;
  json["friendly_name"] = "Sandbox";
  json["status"] = "active";
  json["type"] = "Full";
  json["auth_token"] = who.auth_token;
  json["date_created"] = json["date_updated"] = "Tue, 14 Apr 2026 17:03:05 +0000";
  json["uri"] = std::string{kRoot} + who.account_sid + ".json";
  json["subresource_uris"] = {{"calls", std::string{kRoot} + who.account_sid + "/Calls.json"}};
  return net::json_response(200, json);
}

net::Response Carrier::list_numbers(const net::Request& request) {
  const auto query = query_of(request);
  const auto wanted = form_value(query, "PhoneNumber");
  std::vector<Json> numbers;
  for (const auto& number : world_.identity.numbers) {
    if (!wanted.empty() && number != wanted) continue;
    Json json = Json::object();
    std::string digits = number.substr(1);
    json["sid"] = "PN" + std::string(32 - digits.size(), '0') + digits;
    json["account_sid"] = world_.identity.account_sid;
    json["phone_number"] = number;
    json["friendly_name"] = format_number(number);
    json["capabilities"] = {{"voice", true}, {"sms", true}, {"mms", false}, {"fax", false}};
    numbers.push_back(std::move(json));
  }
  return net::json_response(200, page_of(numbers, "incoming_phone_numbers", request.path, query));
}

}  // namespace otto::sandbox
