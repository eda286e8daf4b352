#include "otto/sandbox/twiml.hpp"

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "otto/base/text.hpp"
#include "otto/net/message.hpp"

namespace otto::sandbox {
namespace {

using Tree = boost::property_tree::ptree;

constexpr std::size_t kMaxParameter = 500;  // name and value together
constexpr std::size_t kMaxBody = 64 * 1024;

/// One element's attributes, read by name; the unread ones are reported.
class Attributes {
 public:
  Attributes(const Tree& element, std::string_view name, Twiml& out) : name_{name}, out_{out} {
    if (const auto attributes = element.get_child_optional("<xmlattr>"))
      for (const auto& entry : *attributes) values_.emplace_back(entry.first, entry.second.data());
  }
  ~Attributes() {
    for (const auto& left : values_)
      out_.problems.push_back({12200, "<" + std::string{name_} + "> has no attribute " + left.first});
  }
  Attributes(const Attributes&) = delete;

  std::string take(std::string_view name, std::string fallback = {}) {
    for (auto it = values_.begin(); it != values_.end(); ++it) {
      if (it->first != name) continue;
      auto value = std::move(it->second);
      values_.erase(it);
      return value;
    }
    return fallback;
  }
  int take_int(std::string_view name, int fallback, int max) {
    const auto text = take(name);
    if (text.empty()) return fallback;
    const bool digits =
        text.size() < 7 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits && std::stoi(text) <= max) return std::stoi(text);
    out_.problems.push_back(
        {12200, "<" + std::string{name_} + " " + std::string{name} + "=\"" + text + "\"> is out of range"});
    return fallback;
  }
  std::string take_method() {
    const auto method = take("method", "POST");
    if (method != "GET" && method != "POST")
      out_.problems.push_back({12200, "<" + std::string{name_} + " method=\"" + method + "\"> must be GET or POST"});
    return method;
  }

 private:
  std::string_view name_;
  Twiml& out_;
  std::vector<std::pair<std::string, std::string>> values_;
};

bool is_markup(const std::string& name) { return name == "<xmlattr>" || name == "<xmltext>" || name == "<xmlcomment>"; }

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

void check_stream_url(std::string& url, Twiml& out) {
  const auto parsed = net::parse_url(url);
  if (!parsed) {
    out.problems.push_back({31923, "the stream's URL \"" + url + "\" is malformed"});
    return;
  }
  const bool loopback_ws = parsed->scheme == "ws" && is_loopback(parsed->host);
  if (parsed->scheme != "wss" && !loopback_ws)
    out.problems.push_back({31922, "the stream's URL must be wss (ws only on loopback): " + url});
  if (const auto query = url.find('?'); query != std::string::npos) {
    out.problems.push_back({31923, "the stream's URL has a query, which the carrier drops: " + url});
    url.resize(query);
  }
}

void read_stream(const Tree& element, Verb& verb, Twiml& out) {
  Attributes attributes{element, "Stream", out};
  verb.url = attributes.take("url");
  verb.stream_name = attributes.take("name");
  verb.stream_status_url = attributes.take("statusCallback");
  attributes.take("statusCallbackMethod");
  const auto track = attributes.take("track", "inbound_track");
  if (track != "inbound_track") out.problems.push_back({31941, "<Connect><Stream> carries inbound_track only"});
  check_stream_url(verb.url, out);
  for (const auto& child : element) {
    if (is_markup(child.first)) continue;
    if (child.first != "Parameter") {
      out.problems.push_back({12200, "<Stream> may hold <Parameter> only, not <" + child.first + ">"});
      continue;
    }
    Attributes parameter{child.second, "Parameter", out};
    auto name = parameter.take("name"), value = parameter.take("value");
    if (name.empty()) out.problems.push_back({12200, "a <Parameter> has no name"});
    if (name.size() + value.size() > kMaxParameter)
      out.problems.push_back({12200, "<Parameter name=\"" + name + "\"> has over 500 characters with its value"});
    verb.parameters.emplace_back(std::move(name), std::move(value));
  }
}

void read_connect(const Tree& element, Twiml& out) {
  Verb verb;
  verb.kind = Verb::Kind::ConnectStream;
  Attributes attributes{element, "Connect", out};
  verb.action = attributes.take("action");
  verb.action_method = attributes.take_method();
  int streams = 0;
  for (const auto& child : element) {
    if (is_markup(child.first)) continue;
    if (child.first == "Stream" && ++streams == 1) {
      read_stream(child.second, verb, out);
    } else {
      out.problems.push_back({12200, "<Connect> may hold one <Stream>, not <" + child.first + ">"});
    }
  }
  if (streams == 0) {
    out.problems.push_back({12200, "<Connect> holds no <Stream>"});
    return;
  }
  out.verbs.push_back(std::move(verb));
}

void refuse_children(const Tree& element, const std::string& name, Twiml& out) {
  for (const auto& child : element)
    if (!is_markup(child.first)) out.problems.push_back({12200, "<" + name + "> may not hold <" + child.first + ">"});
}

bool is_e164(const std::string& text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         text.find_first_not_of("0123456789", 1) == std::string::npos;
}

/// One <Number>: what a transfer needs.
void read_dial(const Tree& element, Twiml& out) {
  Verb verb;
  verb.kind = Verb::Kind::Dial;
  Attributes attributes{element, "Dial", out};
  verb.action = attributes.take("action");
  verb.action_method = attributes.take_method();
  verb.caller_id = attributes.take("callerId");
  verb.seconds = attributes.take_int("timeout", 30, 600);
  verb.time_limit_s = attributes.take_int("timeLimit", 14'400, 14'400);
  if (!verb.caller_id.empty() && !is_e164(verb.caller_id))
    out.problems.push_back({13214, "<Dial callerId=\"" + verb.caller_id + "\"> is no number in E.164 form"});
  for (const auto& child : element) {
    if (is_markup(child.first)) continue;
    if (child.first != "Number" || !verb.number.empty()) {
      out.problems.push_back({12200, "<Dial> may hold one <Number> here, not <" + child.first + ">"});
      continue;
    }
    Attributes none{child.second, "Number", out};
    verb.number = std::string{trim(child.second.data())};
  }
  if (!is_e164(verb.number)) {
    out.problems.push_back({13223, "<Number> holds no number in E.164 form: " + verb.number});
    return;
  }
  out.verbs.push_back(std::move(verb));
}

void read_verb(const std::string& name, const Tree& element, Twiml& out) {
  if (name == "Connect") return read_connect(element, out);
  if (name == "Dial") return read_dial(element, out);
  Verb verb;
  Attributes attributes{element, name, out};
  if (name == "Say") {
    verb.kind = Verb::Kind::Say;
    verb.text = std::string{trim(element.data())};
    attributes.take("voice");
    attributes.take("language");
    verb.loop = attributes.take_int("loop", 1, 1000);
    if (verb.text.empty()) out.problems.push_back({13520, "<Say> holds no text"});
  } else if (name == "Play") {
    verb.kind = Verb::Kind::Play;
    verb.url = std::string{trim(element.data())};
    verb.loop = attributes.take_int("loop", 1, 1000);
    attributes.take("digits");
  } else if (name == "Pause") {
    verb.kind = Verb::Kind::Pause;
    verb.seconds = attributes.take_int("length", 1, 600);
  } else if (name == "Redirect") {
    verb.kind = Verb::Kind::Redirect;
    verb.url = std::string{trim(element.data())};
    verb.method = attributes.take_method();
  } else if (name == "Hangup") {
    verb.kind = Verb::Kind::Hangup;
  } else {
    attributes.take(name);
    out.problems.push_back({12200, "<" + name + "> is no verb that this call may use"});
    return;
  }
  refuse_children(element, name, out);
  out.verbs.push_back(std::move(verb));
}

}  // namespace

std::string resolve_url(std::string_view base, std::string_view reference) {
  const auto scheme_end = base.find("://");
  if (reference.empty()) return std::string{base};
  if (reference.find("://") != std::string_view::npos || scheme_end == std::string_view::npos)
    return std::string{reference};
  const auto path = base.find('/', scheme_end + 3);
  const auto origin = std::string{base.substr(0, path)};
  if (reference.front() == '/') return origin + std::string{reference};
  if (path == std::string_view::npos) return origin + "/" + std::string{reference};
  auto directory = base.substr(0, base.find_first_of("?#", path));
  return std::string{directory.substr(0, directory.rfind('/') + 1)} + std::string{reference};
}

Twiml parse_twiml(std::string_view body, std::string_view base_url) {
  Twiml out;
  const auto fail = [&out](int code, std::string sentence) {
    out.problems.push_back({code, std::move(sentence)});
    out.fatal = true;
  };
  if (body.size() > kMaxBody) {
    fail(11750, "the document has over 64 kB");
    return out;
  }
  Tree tree;
  std::istringstream stream{std::string{body}};
  try {
    boost::property_tree::read_xml(stream, tree);
  } catch (const boost::property_tree::xml_parser_error& error) {
    fail(12100, "the document is no XML: " + error.message());
    return out;
  }
  const Tree* root = nullptr;
  for (const auto& child : tree) {
    if (is_markup(child.first)) continue;
    if (child.first == "Response" && root == nullptr) root = &child.second;
  }
  if (root == nullptr) {
    fail(12100, "the document's root is not <Response>");
    return out;
  }
  for (const auto& child : *root)
    if (!is_markup(child.first)) read_verb(child.first, child.second, out);
  for (auto& verb : out.verbs) {
    if (verb.kind == Verb::Kind::Redirect || verb.kind == Verb::Kind::Play) verb.url = resolve_url(base_url, verb.url);
    if (!verb.action.empty()) verb.action = resolve_url(base_url, verb.action);
  }
  return out;
}

}  // namespace otto::sandbox
