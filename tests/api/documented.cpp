#include "tests/api/documented.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>

#include "otto/base/text.hpp"

namespace otto::test {

namespace {

class Reader {
 public:
  explicit Reader(const Json& document) : document_{document} {}

  std::vector<std::string> faults;

  const Json& resolve(const Json& node) const {
    const auto ref = node.find("$ref");
    if (ref == node.end()) return node;
    return resolve(document_.at(Json::json_pointer{ref->get<std::string>().substr(1)}));
  }

  /// `whole`: the schema alone says which properties there are, as it does not beside others in an allOf.
  void check(const Json& raw, const Json& value, const std::string& at, bool whole = true) {
    const Json& schema = resolve(raw);
    if (schema.is_boolean()) return;
    if (schema.contains("const") && schema["const"] != value) fault(at, "is not " + schema["const"].dump());
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
      fault(at, "is " + value.dump() + ", which is not in the list");
    if (schema.contains("type") && !typed(schema["type"], value)) return fault(at, "is not " + schema["type"].dump());
    alternatives(schema, value, at);
    for (const Json& part : schema.value("allOf", Json::array())) check(part, value, at, false);
    if (value.is_object()) object(schema, value, at, whole && !schema.contains("allOf"));
    if (value.is_array() && schema.contains("items"))
      for (std::size_t i = 0; i < value.size(); ++i) check(schema["items"], value[i], at + "/" + std::to_string(i));
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_search(value.get<std::string>(), std::regex{schema["pattern"].get<std::string>()}))
      fault(at, "does not match " + schema["pattern"].dump());
    if (value.is_number() && schema.contains("minimum") && value < schema["minimum"]) fault(at, "is too small");
    if (value.is_number() && schema.contains("maximum") && value > schema["maximum"]) fault(at, "is too large");
  }

 private:
  void fault(const std::string& at, const std::string& what) { faults.push_back((at.empty() ? "/" : at) + " " + what); }

  static bool is(const std::string& type, const Json& value) {
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    return type == "null" && value.is_null();
  }
  static bool typed(const Json& type, const Json& value) {
    if (type.is_string()) return is(type, value);
    return std::ranges::any_of(type, [&](const Json& one) { return is(one, value); });
  }

  void alternatives(const Json& schema, const Json& value, const std::string& at) {
    for (const char* const word : {"oneOf", "anyOf"}) {
      if (!schema.contains(word)) continue;
      const auto fits = std::ranges::count_if(schema[word], [&](const Json& one) {
        Reader reader{document_};
        reader.check(one, value, at);
        return reader.faults.empty();
      });
      if (fits == 0 || (word == std::string_view{"oneOf"} && fits > 1))
        fault(at,
              "fits " + std::to_string(fits) + " of " + word + ": " + std::string{truncate_utf8(value.dump(), 200)});
    }
  }

  void object(const Json& schema, const Json& value, const std::string& at, bool whole) {
    for (const Json& name : schema.value("required", Json::array()))
      if (!value.contains(name.get<std::string>())) fault(at, "lacks " + name.dump());
    const Json properties = schema.value("properties", Json::object());
    const Json others = schema.value("additionalProperties", Json(!whole || properties.empty()));
    for (const auto& [name, held] : value.items()) {
      if (properties.contains(name))
        check(properties[name], held, at + "/" + name);
      else if (others.is_object())
        check(others, held, at + "/" + name);
      else if (!others.get<bool>())
        fault(at, "holds " + name + ", which is not documented");
    }
  }

  const Json& document_;
};

std::vector<std::string> segments(const std::string& path) {
  std::vector<std::string> parts{""};
  for (const char c : path) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// The operation that serves `path`; a path without parameters goes before one with.
const Json* operation_of(const Json& document, std::string method, const std::string& path) {
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto asked = segments(path);
  const Json* found = nullptr;
  for (const auto& [pattern, item] : document.at("paths").items()) {
    const auto named = segments(pattern);
    if (named.size() != asked.size() || !item.contains(method)) continue;
    bool fits = true;
    for (std::size_t i = 0; i < named.size(); ++i) fits = fits && (named[i] == asked[i] || named[i].starts_with('{'));
    if (fits && (found == nullptr || pattern.find('{') == std::string::npos)) found = &item.at(method);
  }
  return found;
}

}  // namespace

std::vector<std::string> undocumented(const Json& document, const AnswerSeen& answer) {
  const Json* operation = operation_of(document, answer.method, answer.path);
  if (operation == nullptr) return {};
  const std::string where = answer.method + " " + answer.path + " " + std::to_string(answer.status);
  const Json& responses = operation->at("responses");
  if (!responses.contains(std::to_string(answer.status))) return {where + " is not documented"};
  Reader reader{document};
  const Json& response = reader.resolve(responses.at(std::to_string(answer.status)));
  const Json content = response.value("content", Json::object());
  const std::string type = answer.content_type.substr(0, answer.content_type.find(';'));
  if (!type.empty() && !content.contains(type)) return {where + ": " + type + " is not documented"};
  if (type == "application/json") {
    const auto body = parse_json(answer.body);
    if (!body) return {where + ": the body is not JSON"};
    if (content[type].contains("schema")) reader.check(content[type]["schema"], *body, "");
  }
  for (std::string& fault : reader.faults) fault.insert(0, where + ": ");
  return reader.faults;
}

}  // namespace otto::test
