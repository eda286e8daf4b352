#include "otto/dial/journal_record.hpp"

#include <optional>

namespace otto::dial {

namespace {

constexpr int kVersion = 1;

std::int64_t to_micros(TimePoint time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}
TimePoint time_at(const Json& object, std::string_view name) {
  return TimePoint{std::chrono::microseconds{integer_at(object, name).value_or(0)}};
}

Json to_json(const Fact& fact) {
  Json json{{"kind", to_string(fact.kind)},
            {"key", fact.dedupe_key},
            {"at", to_micros(fact.at)},
            {"sid", fact.call_sid},
            {"payload", fact_to_json(fact)}};
  if (fact.sequence) json["sequence"] = *fact.sequence;
  return json;
}

std::optional<Fact> to_fact(const Json& json) {
  const auto kind = parse_fact_kind(text_at(json, "kind"));
  if (!kind || !json.contains("payload")) return std::nullopt;
  Fact fact = fact_from_json(*kind, json["payload"]);
  fact.dedupe_key = text_at(json, "key");
  fact.at = time_at(json, "at");
  fact.call_sid = text_at(json, "sid");
  if (const auto sequence = integer_at(json, "sequence")) fact.sequence = static_cast<int>(*sequence);
  return fact;
}

Json to_json(const ports::Turn& turn) {
  return {{"number", turn.number},
          {"customer", turn.role == ports::Turn::Role::Customer},
          {"text", turn.text},
          {"original", turn.original},
          {"at", to_micros(turn.at)}};
}

ports::Turn to_turn(const Json& json) {
  ports::Turn turn;
  turn.number = static_cast<int>(integer_at(json, "number").value_or(0));
  turn.role = json.value("customer", false) ? ports::Turn::Role::Customer : ports::Turn::Role::Agent;
  turn.text = text_at(json, "text");
  turn.original = text_at(json, "original");
  turn.at = time_at(json, "at");
  return turn;
}

Json body_of(const JournalledFacts& record) {
  Json facts = Json::array();
  for (const Fact& fact : record.facts) facts.push_back(to_json(fact));
  return {{"attempt", record.attempt.value}, {"received_at", to_micros(record.received_at)}, {"facts", facts}};
}

Json body_of(const JournalledTurns& record) {
  Json turns = Json::array();
  for (const ports::Turn& turn : record.turns) turns.push_back(to_json(turn));
  return {{"attempt", record.attempt.value}, {"turns", turns}};
}

}  // namespace

std::string write_journal_record(const JournalRecord& record) {
  Json json = std::visit([](const auto& one) { return body_of(one); }, record);
  json["version"] = kVersion;
  return dump_json(json);
}

Result<JournalRecord> read_journal_record(std::string_view text) {
  const Error malformed{Errc::Malformed, "The journal's record cannot be read by this version."};
  const auto json = parse_json(text);
  if (!json || integer_at(*json, "version") != kVersion) return malformed;
  const AttemptId attempt{text_at(*json, "attempt")};
  if (json->contains("turns") && (*json)["turns"].is_array()) {
    JournalledTurns record{attempt, {}};
    for (const Json& turn : (*json)["turns"]) record.turns.push_back(to_turn(turn));
    return record;
  }
  if (!json->contains("facts") || !(*json)["facts"].is_array()) return malformed;
  JournalledFacts record{attempt, {}, time_at(*json, "received_at")};
  for (const Json& one : (*json)["facts"]) {
    auto fact = to_fact(one);
    if (!fact) return malformed;
    record.facts.push_back(std::move(*fact));
  }
  return record;
}

}  // namespace otto::dial
