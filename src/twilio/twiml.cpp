#include "otto/twilio/twiml.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <cassert>

#include "otto/base/text.hpp"

namespace otto::twilio {

namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

/// Builds one document; elements close in the order they were opened.
class XmlWriter {
 public:
  XmlWriter() : out_{kDeclaration} {}

  XmlWriter& open(std::string_view element) {
    end_start_tag();
    out_.append("<").append(element);
    open_.push_back(element);
    in_start_tag_ = true;
    return *this;
  }
  /// Tabs and line ends as references: a parser turns raw ones into spaces. `>` and `'` stay raw, as Twilio's own
  /// libraries write them.
  XmlWriter& attribute(std::string_view name, std::string_view value) {
    assert(in_start_tag_);
    std::string escaped = xml_escape(value);
    boost::replace_all(escaped, "&gt;", ">");
    boost::replace_all(escaped, "&apos;", "'");
    boost::replace_all(escaped, "\t", "&#x9;");
    boost::replace_all(escaped, "\n", "&#xA;");
    boost::replace_all(escaped, "\r", "&#xD;");
    out_.append(" ").append(name).append("=\"").append(escaped).append("\"");
    return *this;
  }
  XmlWriter& attribute_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : attribute(name, value);
  }
  XmlWriter& text(std::string_view value) {
    end_start_tag();
    std::string escaped = xml_escape(value);
    boost::replace_all(escaped, "&quot;", "\"");
    boost::replace_all(escaped, "&apos;", "'");
    boost::replace_all(escaped, "\r", "&#xD;");
    out_ += escaped;
    return *this;
  }
  XmlWriter& close() {
    assert(!open_.empty());
    if (in_start_tag_) {
      out_ += "/>";
      in_start_tag_ = false;
    } else {
      out_.append("</").append(open_.back()).append(">");
    }
    open_.pop_back();
    return *this;
  }
  std::string finish() {
    while (!open_.empty()) close();
    return std::move(out_);
  }

 private:
  void end_start_tag() {
    if (in_start_tag_) out_ += ">";
    in_start_tag_ = false;
  }

  std::string out_;
  std::vector<std::string_view> open_;  ///< element names are literals
  bool in_start_tag_ = false;
};

}  // namespace

std::string connect_stream(const ConnectStream& what) {
  XmlWriter xml;
  xml.open("Response").open("Connect").attribute_unless_empty("action", what.action_url);
  xml.open("Stream").attribute("url", what.stream_url);
  xml.attribute_unless_empty("statusCallback", what.status_callback_url).attribute_unless_empty("name", what.name);

  std::size_t written = 0;
  for (const auto& [name, value] : what.parameters) {
    if (written == kMaxStreamParameters || name.size() > kMaxStreamParameterBytes) continue;
    const auto kept = truncate_utf8(value, kMaxStreamParameterBytes - name.size());
    xml.open("Parameter").attribute("name", name).attribute("value", kept).close();
    ++written;
  }

  xml.close().close();  // Stream, Connect
  xml.open("Hangup");
  return xml.finish();
}

std::string say_and_hang_up(std::string_view text, std::string_view voice, std::string_view language) {
  XmlWriter xml;
  xml.open("Response").open("Say");
  xml.attribute_unless_empty("voice", voice).attribute_unless_empty("language", language);
  xml.text(truncate_utf8(text, kMaxSpokenBytes)).close();
  xml.open("Hangup");
  return xml.finish();
}

std::string play_and_hang_up(std::string_view url) {
  XmlWriter xml;
  xml.open("Response").open("Play").text(url).close();
  xml.open("Hangup");
  return xml.finish();
}

std::string dial_number(const DialNumber& what) {
  XmlWriter xml;
  xml.open("Response").open("Dial").attribute("callerId", what.caller_id);
  xml.attribute("timeout", std::to_string(what.timeout_seconds));
  xml.attribute("timeLimit", std::to_string(what.time_limit_seconds));
  xml.attribute_unless_empty("action", what.action_url);
  xml.open("Number").text(what.number).close().close();
  xml.open("Hangup");
  return xml.finish();
}

std::string hang_up() {
  XmlWriter xml;
  xml.open("Response").open("Hangup");
  return xml.finish();
}

std::string_view without_declaration(std::string_view document) noexcept {
  if (document.starts_with(kDeclaration)) document.remove_prefix(kDeclaration.size());
  return document;
}

}  // namespace otto::twilio
