#include "drill/history.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "otto/base/text.hpp"

#include "drill/told.hpp"

namespace otto::drill {

namespace {

/// A request that was under way when a stop or an opt-out was answered may arrive so much later: its sender may be
/// frozen between its last look and the first byte (faults.cpp: up to 3.7 s).
constexpr seconds kInFlight{5};

constexpr milliseconds kFromMemory{490};

TimePoint at_ms(const Json& ms) { return TimePoint{} + milliseconds{ms.get<std::int64_t>()}; }

std::string public_status(const std::string& line_status) {
  if (line_status == "completed") return "COMPLETED";
  if (line_status == "busy") return "BUSY";
  if (line_status == "no-answer") return "NO_ANSWER";
  return "FAILED";
}

bool has_heard(const Json& call) {
  return std::ranges::any_of(call["streams"],
                             [](const Json& stream) { return stream["bytesReceived"].get<int>() > 0; });
}

class Judge {
 public:
  Judge(House& house, const Deeds& deeds) : house_{house}, deeds_{deeds} {}

  Findings run() {
    calls_ = house_.seen("calls");
    if (deeds_.doubles) double_a_call();
    log_ = house_.sandbox_log();
    for (const Json& row :
         house_.rows("SELECT id, call_sid, contact_id, campaign_id, n, state, to_e164 FROM otto.attempt"))
      attempts_[text_at(row, "id")] = row;
    found_.calls = static_cast<int>(calls_.size());
    found_.attempts = static_cast<int>(attempts_.size());
    one_call_per_attempt();
    no_overlap();
    attempts_are_bounded();
    nobody_is_lost();
    rows_agree();
    stops_hold();
    rate_holds();
    callbacks_are_kept();
    hooks_are_queued_once();
    leases_are_fenced();
    for (auto& sentence : wrongly_told(house_)) broken("I13", sentence);
    counters_are_counts();
    return found_;
  }

 private:
  void double_a_call() {
    const auto heard = std::ranges::find_if(calls_, has_heard);
    if (heard == calls_.end()) return;
    Json copy = *heard;
    calls_.push_back(std::move(copy));
  }

  void broken(const std::string& invariant, const std::string& sentence) {
    if (++found_.broken[invariant] <= 3) found_.sentences.push_back(invariant + ": " + sentence);
  }

  /// I1: for one attempt at most one request was taken. I9: whoever is called by a second call of one attempt (the
  /// carrier's doing) hears nothing.
  void one_call_per_attempt() {
    std::map<std::string, int> doubled;  // numbers whose request the carrier itself carried out twice
    for (const Json& line : log_)
      if (line["kind"] == "create.fault" && line["mode"] == "accept-twice") ++doubled[text_at(line, "to")];
    std::map<std::string, std::vector<const Json*>> by_attempt;
    for (const Json& call : calls_) by_attempt[text_at(call, "attempt")].push_back(&call);
    for (const auto& [attempt, calls] : by_attempt) {
      const auto heard = std::ranges::count_if(calls, [](const Json* call) { return has_heard(*call); });
      const std::string to = text_at(*calls.front(), "to");
      if (static_cast<int>(calls.size()) > 1 + std::min(1, doubled[to]))
        broken("I1", std::to_string(calls.size()) + " calls were placed for the attempt " + attempt);
      if (heard > 1) {
        ++found_.spoken_twice;
        broken("I9", to + " was spoken to by " + std::to_string(heard) + " calls of one attempt");
      }
      for (const Json* call : calls) twins_[text_at(*call, "sid")] = calls.size() > 1;
    }
  }

  /// I2
  void no_overlap() {
    std::map<std::string, std::vector<const Json*>> by_number;
    for (const Json& call : calls_) by_number[text_at(call, "to")].push_back(&call);
    for (auto& [to, calls] : by_number) {
      std::ranges::sort(calls, {}, [](const Json* call) { return (*call)["createdMs"].get<std::int64_t>(); });
      for (std::size_t i = 1; i < calls.size(); ++i) {
        const Json& before = *calls[i - 1];
        if (before["attempt"] == (*calls[i])["attempt"]) continue;  // judged above
        if (before["endedMs"].is_null() || at_ms(before["endedMs"]) > at_ms((*calls[i])["createdMs"])) {
          ++found_.spoken_twice;
          broken("I2", to + " was called while another call to it was up");
        }
      }
    }
  }

  /// I3, by the carrier's own log: a contact is one number here, and a rule that is broken may lose its rows.
  void attempts_are_bounded() {
    std::map<std::string, std::set<std::string>> by_number;
    for (const Json& call : calls_) {
      by_number[text_at(call, "to")].insert(text_at(call, "attempt"));
      if (!attempts_.contains(text_at(call, "attempt")))
        broken("I5", "the call " + text_at(call, "sid") + " belongs to no attempt");
    }
    for (const auto& [number, attempts] : by_number)
      if (static_cast<int>(attempts.size()) > deeds_.max_attempts) {
        ++found_.spoken_twice;
        broken("I3", number + " was called by " + std::to_string(attempts.size()) + " attempts");
      }
  }

  /// I4
  void nobody_is_lost() {
    for (const Json& row : house_.rows(
             "SELECT c.id, c.phone, c.state, c.attempts, c.campaign_id, p.status::text FROM otto.contact c JOIN "
             "public.\"OutboundCampaign\" p ON p.id = c.campaign_id")) {
      ++found_.contacts;
      const bool stopped = row["status"] == "STOPPED";
      const bool terminal =
          row["state"] == "completed" || row["state"] == "failed" || (stopped && row["state"] == "due");
      if (terminal) continue;
      ++found_.lost;
      broken("I4", text_at(row, "phone") + " is still " + text_at(row, "state") + " in a campaign that is " +
                       text_at(row, "status"));
    }
    const Json open = house_.rows("SELECT id, state, to_e164 FROM otto.attempt WHERE closed_at IS NULL");
    for (const Json& row : open)
      broken("I4", "an attempt at " + text_at(row, "to_e164") + " is " + text_at(row, "state"));
  }

  /// I5
  void rows_agree() {
    for (auto& sentence : disagreements(house_)) {
      ++found_.disagreeing;
      broken("I5", sentence);
    }
  }

  /// I6
  void stops_hold() {
    for (const Json& call : calls_) {
      const TimePoint created = at_ms(call["createdMs"]);
      if (const auto number = deeds_.suppressed.find(text_at(call, "to"));
          number != deeds_.suppressed.end() && created > number->second + kInFlight)
        broken("I6", text_at(call, "to") + " was called after it had been put on the do-not-call list");
      const auto attempt = attempts_.find(text_at(call, "attempt"));
      if (attempt == attempts_.end()) continue;
      if (const auto stop = deeds_.stopped.find(text_at(attempt->second, "campaign_id"));
          stop != deeds_.stopped.end() && created > stop->second + kInFlight)
        broken("I6", "a call was placed after its campaign had been stopped");
    }
  }

  /// I7: requests in any second. The schedule hands out places; what was claimed and held up goes out late.
  void rate_holds() {
    const double limit = deeds_.calls_per_second > 0 ? deeds_.calls_per_second : house_.calls_per_second();
    int most = 0;
    std::deque<TimePoint> window;
    for (const Json& line : log_) {
      if (line["kind"] != "rest" || line["method"] != "POST" || !text_at(line, "target").ends_with("/Calls.json"))
        continue;
      const auto at = parse_iso8601(text_at(line, "at"));
      window.push_back(*at - milliseconds{line["ms"].get<std::int64_t>()});
      std::ranges::sort(window);
      while (window.front() + seconds{1} <= window.back()) window.pop_front();
      const int count = static_cast<int>(window.size());
      found_.most_per_second = std::max(found_.most_per_second, count);
      if (!follows_a_thaw(window.back())) most = std::max(most, count);
    }
    if (most > limit * 1.25 + 2) broken("I7", std::to_string(most) + " calls were asked for within one second");
  }

  bool follows_a_thaw(TimePoint time) const {
    return std::ranges::any_of(deeds_.thawed, [time](TimePoint thaw) {
      return time > thaw - milliseconds{100} && time < thaw + milliseconds{1500};
    });
  }

  /// I8
  void callbacks_are_kept() {
    std::set<std::string> kept;
    for (const Json& row : house_.rows("SELECT call_sid, kind, coalesce(sequence::text, '') AS sequence FROM "
                                       "otto.call_fact WHERE kind IN ('status',"
                                       " 'amd', 'recording', 'answered')")) {
      const std::string key = text_at(row, "call_sid") + " " + text_at(row, "kind") + " " + text_at(row, "sequence");
      if (!kept.insert(key).second && row["kind"] != "recording") broken("I8", "a callback is stored twice: " + key);
    }
    for (const Json& line : log_) {
      if (line["kind"] != "webhook" || !line.contains("status") || line["status"].get<int>() >= 300) continue;
      if (line.value("badSignature", false)) continue;
      const std::string event = text_at(line, "event");
      std::string kind, sequence;
      if (event.starts_with("status.")) kind = "status", sequence = text_at(line["fields"], "SequenceNumber");
      if (event == "amd" || event == "recording") kind = event;
      // Who has answered the telephone is not kept waiting: after half a second the daemon answers from memory, and
      // what it has not stored by then it has not acknowledged.
      if (event == "twiml" && line["ms"].get<int>() < kFromMemory.count()) kind = "answered";
      if (kind.empty()) continue;
      ++found_.callbacks;
      const std::string key = text_at(line, "call") + " " + kind + " " + sequence;
      if (!kept.contains(key)) broken("I8", "an acknowledged callback is not stored: " + key);
    }
  }

  /// I10
  void hooks_are_queued_once() {
    const std::string unhooked = house_.one(
        "SELECT count(*) FROM public.\"OutboundCampaign\" p WHERE p.status IN ('COMPLETED', 'STOPPED', 'FAILED') AND 1 "
        "<> "
        "(SELECT count(*) FROM otto.hook_outbox h WHERE h.campaign_id = p.id)");
    if (unhooked != "0") broken("I10", unhooked + " ended campaigns have no webhook in the outbox");
    std::map<std::string, std::string> ids;
    for (const auto& request : house_.receiver().requests) {
      if (!request.target.starts_with("/ended")) continue;
      const auto body = parse_json(request.body);
      const std::string campaign = body ? text_at(*body, "campaignId") : "";
      const std::string id{request.headers.get("webhook-id")};
      const auto [known, is_new] = ids.emplace(campaign, id);
      if (!is_new && known->second != id) broken("I10", "the end of " + campaign + " was told under two ids");
    }
  }

  /// I11, from what a trigger kept of each change (faults.cpp installs it).
  void leases_are_fenced() {
    if (house_.one("SELECT to_regclass('drill.lease_history')").empty()) return;
    std::map<std::string, Json> last;
    for (const Json& row : house_.rows("SELECT * FROM drill.lease_history ORDER BY id")) {
      const std::string name = text_at(row, "name");
      if (const auto before = last.find(name); before != last.end()) {
        const Json& old = before->second;
        if (row["epoch"] < old["epoch"]) broken("I11", "the epoch of " + name + " went back");
        const bool changes = row["holder"] != old["holder"] && row["holder"] != "";
        if (changes && old["holder"] != "" && !row["lapsed"].get<bool>())
          broken("I11", name + " changed hands before it had lapsed");
        if (changes && row["epoch"] == old["epoch"]) broken("I11", name + " has two holders of one epoch");
      }
      last[name] = row;
    }
  }

  /// I12
  void counters_are_counts() {
    const Json wrong = house_.rows(
        "SELECT p.id, p.\"contactsCalled\", p.\"contactsCompleted\", p.\"contactsFailed\", c.* FROM "
        "public.\"OutboundCampaign\" p, LATERAL (SELECT count(*) FILTER (WHERE dialed) AS called, count(*) FILTER "
        "(WHERE "
        "state = 'completed') AS completed, count(*) FILTER (WHERE state = 'failed') AS failed FROM otto.contact WHERE "
        "campaign_id = p.id) c WHERE (p.\"contactsCalled\", p.\"contactsCompleted\", p.\"contactsFailed\") <> "
        "(c.called, "
        "c.completed, c.failed)");
    for (const Json& row : wrong) broken("I12", "counters and rows differ: " + row.dump());
  }

  House& house_;
  const Deeds& deeds_;
  Findings found_;
  Json calls_, log_;
  std::map<std::string, Json> attempts_;
  std::map<std::string, bool> twins_;
};

/// "" when the row says what the carrier says.
std::string difference(const Json& call, const Json& row) {
  const auto differs = [&](const char* what, const Json& seen, const Json& stored) {
    return text_at(call, "sid") + " " + what + ": seen " + seen.dump() + ", stored " + stored.dump();
  };
  if (row["status"] != public_status(text_at(call, "status"))) return differs("status", call["status"], row["status"]);
  if (row["answeredAt"].is_null() != call["answered"].is_null())
    return differs("answeredAt", call["answered"], row["answeredAt"]);
  if (!call["answered"].is_null() && row["duration"] != call["durationSeconds"])
    return differs("duration", call["durationSeconds"], row["duration"]);
  if (row["answeredBy"] != call["answeredBy"]) return differs("answeredBy", call["answeredBy"], row["answeredBy"]);
  if (row["recordingSid"] != call["recordingSid"])
    return differs("recordingSid", call["recordingSid"], row["recordingSid"]);
  if (row["completedAt"].is_null()) return differs("completedAt", call["ended"], nullptr);
  return {};
}

}  // namespace

std::vector<std::string> disagreements(House& house) {
  std::vector<std::string> found;
  std::map<std::string, Json> stored;
  for (const Json& row : house.rows("SELECT * FROM public.\"OutboundCall\"")) stored[text_at(row, "callSid")] = row;
  std::map<std::string, int> per_attempt;
  const Json calls = house.seen("calls");
  for (const Json& call : calls) ++per_attempt[text_at(call, "attempt")];
  for (const Json& call : calls) {
    const auto row = stored.find(text_at(call, "sid"));
    if (row == stored.end()) {
      // The second call of a request that the carrier has carried out twice has no row: it was fenced.
      if (--per_attempt[text_at(call, "attempt")] < 1) found.push_back(text_at(call, "sid") + " has no row");
      continue;
    }
    if (auto sentence = difference(call, row->second); !sentence.empty()) found.push_back(std::move(sentence));
    stored.erase(row);
  }
  for (const auto& [sid, row] : stored) found.push_back(sid + " is a row without a call");
  return found;
}

Findings judge(House& house, const Deeds& deeds) { return Judge{house, deeds}.run(); }

}  // namespace otto::drill
