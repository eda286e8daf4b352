#include "otto/sandbox/scenario.hpp"

#include <algorithm>
#include <array>

#include "otto/sandbox/dice.hpp"

namespace otto::sandbox {
namespace {

struct PersonaName {
  Persona persona;
  std::string_view name;
  int weight;  ///< in the ordinary mix
};
constexpr std::array<PersonaName, 12> kPersonas{{{Persona::Answers, "answers", 46},
                                                 {Persona::Interrupts, "interrupts", 10},
                                                 {Persona::HangsUpEarly, "hangs-up-early", 5},
                                                 {Persona::Silent, "silent", 3},
                                                 {Persona::Voicemail, "voicemail", 14},
                                                 {Persona::Fax, "fax", 1},
                                                 {Persona::Busy, "busy", 6},
                                                 {Persona::NoAnswer, "no-answer", 10},
                                                 {Persona::Failed, "failed", 3},
                                                 {Persona::Rejects, "rejects", 0},
                                                 {Persona::Screening, "screening", 2},
                                                 {Persona::Tone, "tone", 0}}};

struct ModeName {
  CreateMode mode;
  std::string_view name;
};
constexpr std::array<ModeName, 11> kModes{{{CreateMode::Ok, "ok"},
                                           {CreateMode::AcceptReset, "accept-reset"},
                                           {CreateMode::AcceptResetHeaders, "accept-reset-headers"},
                                           {CreateMode::AcceptResetBody, "accept-reset-body"},
                                           {CreateMode::Accept5xx, "accept-5xx"},
                                           {CreateMode::AcceptTwice, "accept-twice"},
                                           {CreateMode::AcceptGarbage, "accept-garbage"},
                                           {CreateMode::RejectReset, "reject-reset"},
                                           {CreateMode::Reject5xx, "reject-5xx"},
                                           {CreateMode::TooMany, "429"},
                                           {CreateMode::Refuse, "refuse"}}};

constexpr std::array<int, 6> kSipCodes{404, 480, 484, 500, 503, 603};

}  // namespace

std::string_view to_string(CreateMode mode) noexcept {
  for (const auto& entry : kModes)
    if (entry.mode == mode) return entry.name;
  return "";
}

std::string_view to_string(Persona persona) noexcept {
  for (const auto& entry : kPersonas)
    if (entry.persona == persona) return entry.name;
  return "answers";
}

std::optional<Persona> parse_persona(std::string_view text) noexcept {
  for (const auto& entry : kPersonas)
    if (entry.name == text) return entry.persona;
  return std::nullopt;
}

std::optional<CreateMode> parse_create_mode(std::string_view text) noexcept {
  for (const auto& entry : kModes)
    if (entry.name == text) return entry.mode;
  return std::nullopt;
}

Scenario::Scenario() {
  for (const auto& entry : kPersonas)
    if (entry.weight > 0) mix[entry.persona] = entry.weight;
}

const NumberRule& Scenario::rule(std::string_view number) const {
  const auto found = numbers.find(number);
  return found == numbers.end() ? fallback : found->second;
}

const AgentRule& Scenario::agent_rule(std::string_view agent_id) const {
  const auto found = agents.find(agent_id);
  return found == agents.end() ? agent : found->second;
}

Plan plan_call(const Scenario& scenario, const std::string& number, int nth) {
  const Dice dice{scenario.seed};
  const NumberRule& rule = scenario.rule(number);
  Plan plan;
  if (!rule.personas.empty()) {
    const auto index = std::min(static_cast<std::size_t>(std::max(nth, 0)), rule.personas.size() - 1);
    plan.persona = rule.personas[index];
  } else {
    int total = 0;
    for (const auto& entry : scenario.mix) total += entry.second;
    auto draw = total > 0 ? dice.between("persona " + number, 1, total) : 0;
    for (const auto& entry : scenario.mix) {
      if (draw <= 0) break;
      plan.persona = entry.first;
      draw -= entry.second;
    }
  }
  const auto key = number + " " + std::to_string(nth) + " ";
  plan.ring = rule.ring.value_or(milliseconds{dice.between(key + "ring", 2'000, 9'000)});
  plan.turns = rule.turns.value_or(static_cast<int>(dice.between(key + "turns", 2, 3)));
  const auto stays = plan.persona == Persona::HangsUpEarly ? dice.between(key + "talk", 1'500, 4'000)
                     : plan.persona == Persona::Tone       ? 10'000
                                                           : 45'000;
  plan.talk = rule.talk.value_or(milliseconds{stays});
  if (plan.persona == Persona::Busy) plan.sip_code = 486;
  if (plan.persona == Persona::NoAnswer) plan.sip_code = 487;
  if (plan.persona == Persona::Failed) {
    const auto drawn = static_cast<std::size_t>(dice.between(key + "sip", 0, kSipCodes.size() - 1));
    plan.sip_code = rule.sip_code != 0 ? rule.sip_code : kSipCodes[drawn];
  }
  plan.digits = rule.digits;
  plan.answered_by = rule.answered_by;
  plan.verdict_after = rule.verdict_after;
  plan.variety = dice.bits(key + "variety");
  plan.let_through = rule.screening.empty() ? plan.variety % 2 == 0 : rule.screening == "through";
  return plan;
}

}  // namespace otto::sandbox
