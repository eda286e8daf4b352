// POST …/Calls.json: the judgement, the scenario's faults, the queue.
#include <algorithm>

#include "otto/sandbox/carrier.hpp"

namespace otto::sandbox {
namespace {

/// What the customer sees of an accepted call whose answer the scenario spoils.
net::Response spoil(CreateMode mode, const net::Response& answer) {
  const std::string head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(answer.body.size()) + "\r\n";
  switch (mode) {
    case CreateMode::AcceptReset:
    case CreateMode::RejectReset:
      return cut_off("");
    case CreateMode::AcceptResetHeaders:
      return cut_off(head.substr(0, head.size() / 2));
    case CreateMode::AcceptResetBody:
      return cut_off(head + "\r\n" + answer.body.substr(0, answer.body.size() / 2));
    case CreateMode::Accept5xx:
    case CreateMode::Reject5xx:
      return net::Response{503, "text/html", "<html><body>503 Service Unavailable</body></html>"};
    case CreateMode::AcceptGarbage:
      return net::Response{201, "application/json", "{\"sid\": \"CA"};
    case CreateMode::TooMany:
      return rest_error({429, 20429, "Too Many Requests"});
    default:
      return answer;
  }
}

/// Refusals that are about the callee's number: the world's doing, not the customer's mistake.
bool concerns_number(int code) { return code == 21211 || (code >= 21214 && code <= 21217); }

bool is_accepting(CreateMode mode) {
  return mode != CreateMode::RejectReset && mode != CreateMode::Reject5xx && mode != CreateMode::TooMany &&
         mode != CreateMode::Refuse;
}

}  // namespace

milliseconds Carrier::take_place_in_queue() {
  const double rate = world_.scenario.carrier.calls_per_second * world_.speed;
  if (rate <= 0) return milliseconds{0};
  const auto now = world_.timers.steady();
  const auto start = std::max(next_start_, now);
  next_start_ = start + std::chrono::duration_cast<SteadyPoint::duration>(std::chrono::duration<double>(1 / rate));
  return std::chrono::duration_cast<milliseconds>(start - now);
}

PhoneCall& Carrier::place(CreateRequest request, const std::string& api_base) {
  auto record = std::make_shared<CallRecord>();
  record->sid = world_.ids.sid("CA");
  record->account_sid = world_.identity.account_sid;
  record->attempt = attempt_in(request);
  record->plan = plan_call(world_.scenario, request.to, placed_[request.to]++);
  record->request = std::move(request);
  record->created = world_.timers.now();
  const auto wait = take_place_in_queue();
  record->queue_ms = wait.count();
  auto call = std::make_unique<PhoneCall>(world_, webhooks_, record, api_base);
  by_sid_[record->sid] = call.get();
  Json line = Json::object();
  line["call"] = record->sid;
  line["to"] = record->request.to;
  line["from"] = record->request.from;
  line["attempt"] = record->attempt;
  line["persona"] = to_string(record->plan.persona);
  world_.ledger.note("call.accepted", std::move(line));
  calls_.push_back(std::move(call));
  world_.tasks.spawn("call", calls_.back()->run(wait));
  return *calls_.back();
}

Task<net::Response> Carrier::create_call(const net::Request& request) {
  const auto type = request.headers.get("Content-Type");
  if (!type.starts_with("application/x-www-form-urlencoded"))
    world_.ledger.violate("calls.create", 20001, "the body's type is \"" + std::string{type} + "\"");
  const auto form = parse_form(request.body);
  if (!form) co_return rest_error({400, 20001, "the form is malformed"});
  auto verdict = judge_create(*form, world_.identity);
  for (const auto& warning : verdict.warnings) world_.ledger.violate("calls.create", warning.first, warning.second);
  if (verdict.error) {
    if (!concerns_number(verdict.error->code))
      world_.ledger.violate("calls.create", verdict.error->code, verdict.error->message);
    co_return rest_error(*verdict.error);
  }
  const auto to = verdict.request->to;
  const auto& rule = world_.scenario.rule(to);
  const auto nth = static_cast<std::size_t>(created_[to]++);
  const CreateFault fault = nth < rule.create.size() ? rule.create[nth] : CreateFault{};
  if (fault.mode == CreateMode::Refuse) {
    const RestError error{fault.http, fault.code, "The scenario refuses calls to " + to + "."};
    co_return rest_error(error);
  }
  const auto& carrier = world_.scenario.carrier;
  const bool full = carrier.max_concurrent > 0 && live() >= static_cast<std::size_t>(carrier.max_concurrent);
  if (full) co_return rest_error({429, 10004, "Call concurrency limit exceeded"});
  const auto plan = plan_call(world_.scenario, to, placed_[to]);
  if (plan.persona == Persona::Rejects) {
    ++placed_[to];
    const RestError error{400, rule.refuse_code, "The phone number " + to + " cannot be called."};
    co_return rest_error(error);
  }
  if (fault.mode != CreateMode::Ok || fault.answer_delay.count() > 0)
    world_.ledger.note("create.fault", {{"to", to}, {"mode", to_string(fault.mode)}});
  const std::string api_base = "http://" + std::string{request.headers.get("Host")};
  if (fault.mode == CreateMode::AcceptTwice) {
    auto first = *verdict.request;
    PhoneCall& answered = place(std::move(first), api_base);
    place(std::move(*verdict.request), api_base);
    auto answer = co_await answer_create(fault, &answered);
    co_return answer;
  }
  PhoneCall* call = is_accepting(fault.mode) ? &place(std::move(*verdict.request), api_base) : nullptr;
  auto answer = co_await answer_create(fault, call);
  co_return answer;
}

Task<net::Response> Carrier::answer_create(const CreateFault& fault, PhoneCall* call) {
  net::Response answer;
  if (call != nullptr) answer = net::json_response(201, call_json(call->record()));
  const auto delay = fault.answer_delay + world_.scenario.carrier.answer_delay;
  if (delay.count() > 0) co_await world_.wait(delay);
  auto spoiled = spoil(fault.mode, answer);
  if (call != nullptr) call->record().create_answered = spoiled.status == 201;
  co_return spoiled;
}

}  // namespace otto::sandbox
