// Error bodies and paging of the carrier's REST API.
#include <algorithm>

#include "otto/sandbox/carrier.hpp"

namespace otto::sandbox {

net::Response rest_error(const RestError& error) {
  Json json = Json::object();
  json["code"] = error.code;
  json["message"] = error.message;
  json["more_info"] = "https://www.twilio.com/docs/errors/" + std::to_string(error.code);
  json["status"] = error.status;
  auto response = net::json_response(error.status, json);
  if (error.status == 401) response.headers.set("WWW-Authenticate", "Basic realm=\"Twilio API\"");
  return response;
}

net::Response cut_off(std::string raw) {
  net::Response response;
  response.status = net::kCutOff;
  response.body = std::move(raw);
  return response;
}

Json page_of(const std::vector<Json>& items, const std::string& key, const std::string& uri, const FormFields& query) {
  const auto size_text = form_value(query, "PageSize");
  const auto size =
      size_text.empty() ? std::size_t{50} : std::clamp<std::size_t>(std::stoul("0" + std::string{size_text}), 1, 1000);
  const auto token = form_value(query, "PageToken");  // "PA" + the SID after which the page begins
  std::size_t begin = 0;
  if (token.size() > 2)
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i]["sid"] == token.substr(2)) begin = i + 1;
  const auto end = std::min(begin + size, items.size());

  FormFields kept;
  for (const auto& field : query)
    if (field.first != "PageToken" && field.first != "Page" && field.first != "PageSize") kept.push_back(field);
  const auto link = [&](const std::string& page_token, std::size_t page) {
    auto fields = kept;
    fields.emplace_back("PageSize", std::to_string(size));
    fields.emplace_back("Page", std::to_string(page));
    if (!page_token.empty()) fields.emplace_back("PageToken", page_token);
    return uri + "?" + format_form(fields);
  };
  Json json = Json::object();
  Json& list = json[key] = Json::array();
  for (std::size_t i = begin; i < end; ++i) list.push_back(items[i]);
  const auto page = begin / size;
  json["page"] = page;
  json["page_size"] = size;
  json["start"] = begin;
  json["end"] = end == 0 ? 0 : end - 1;
  json["uri"] = link(std::string{token}, page);
  json["first_page_uri"] = link("", 0);
  json["previous_page_uri"] = nullptr;
  json["next_page_uri"] = nullptr;
  if (begin > 0) json["previous_page_uri"] = link("", 0);
  if (end < items.size()) json["next_page_uri"] = link("PA" + items[end - 1]["sid"].get<std::string>(), page + 1);
  return json;
}

}  // namespace otto::sandbox
