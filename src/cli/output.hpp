// What a command prints. Answers go to stdout, as text for people or as JSON for programs; what goes wrong is a
// sentence on stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/base/json.hpp"

namespace otto::cli {

/// What others wrote (a contact's name, what a callee said), for a terminal: control characters, which could move its
/// cursor and worse, become spaces.
std::string printable(std::string_view text);
/// How many columns it takes: characters, not bytes.
std::size_t columns_of(std::string_view text);

/// Whether a command answers in text or in JSON, and the words in which it fails.
class Output {
 public:
  explicit Output(bool json) : json_{json} {}
  bool json() const noexcept { return json_; }

  /// One document; 0, the exit status.
  int document(const Json& answer) const;
  /// One of many, each on a line of its own and at once: what goes on while the command runs.
  void event(std::string_view name, Json fields) const;
  /// `error` is a body as the API's: its sentence on stderr, and with JSON itself on stdout. 1, the exit status.
  int fail(const Json& error) const;
  int fail(const Error& error) const;
  /// The settings are wrong, each of them with a sentence that begins with its name.
  int fail(const std::vector<std::string>& sentences) const;

 private:
  bool json_;
};

/// The API's body of an error.
Json error_document(std::string_view code, std::string_view message, Json details = Json::array());

/// Rows in columns, a page at a time; columns only grow. Without any row the head is not printed either.
class Table {
 public:
  explicit Table(std::vector<std::string> head);
  /// As many cells as the head has.
  void add(std::vector<std::string> cells);
  /// Prints what has come since the last time.
  void print();
  bool is_empty() const noexcept { return is_new_; }  ///< nothing has been printed

 private:
  bool is_new_ = true;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

/// A list of any length as one JSON document, of which no more than an item is held here: the head's members and then
/// the list.
class ListDocument {
 public:
  ListDocument(const Json& head, std::string_view name);
  void add(const Json& item);
  void end();

 private:
  bool is_empty_ = true;
};

}  // namespace otto::cli
