#include "otto/elevenlabs/agent.hpp"

#include <utility>

#include "otto/base/log.hpp"
#include "otto/elevenlabs/errors.hpp"
#include "otto/elevenlabs/rest.hpp"
#include "otto/elevenlabs/subscription.hpp"
#include "otto/net/websocket.hpp"

#include "elevenlabs/conversation.hpp"

namespace otto::elevenlabs {

namespace {

/// The server's own limit is not documented; its SDK had to raise 1 MiB, which broke calls, to this.
constexpr std::size_t kMaxMessage = 16 << 20;

std::string query_value(const net::Url& url, std::string_view name) {
  const auto mark = url.target.find('?');
  if (mark == std::string::npos) return {};
  const auto fields = parse_form(std::string_view{url.target}.substr(mark + 1));
  return fields ? std::string{form_value(*fields, name)} : std::string{};
}

class ElevenLabsAgent final : public ports::Agent {
 public:
  ElevenLabsAgent(Settings settings, Loop& loop, rt::Timers& timers)
      : rest_{std::move(settings), timers}, loop_{loop}, timers_{timers} {}

  Task<Result<ports::AgentTicket>> prepare(std::string agent_id) override;
  Task<Result<std::unique_ptr<ports::Conversation>>> open(ports::AgentTicket ticket,
                                                          ports::ConversationStart start) override;
  Task<Result<ports::ConversationDetails>> fetch(std::string conversation_id) override;
  Task<Result<ports::AgentCheck>> check(std::string agent_id, ports::AgentNeeds needs) override;
  Task<Result<int>> max_conversations() override;

 private:
  Result<net::Url> checked_url(const std::string& text) const;

  Rest rest_;
  Loop& loop_;
  rt::Timers& timers_;
};

Result<net::Url> ElevenLabsAgent::checked_url(const std::string& text) const {
  auto url = net::parse_url(text);
  if (!url) return Error{Errc::ProviderUnavailable, "ElevenLabs's signed URL is not a URL."};
  const bool plain_allowed = rest_.settings().api_base_url.starts_with("http://");
  if (url->scheme != "wss" && !(plain_allowed && url->scheme == "ws"))
    return Error{Errc::ProviderUnavailable, "ElevenLabs's signed URL is not a wss:// address."};
  return url;
}

Task<Result<ports::AgentTicket>> ElevenLabsAgent::prepare(std::string agent_id) {
  ports::AgentTicket ticket;
  ticket.expires_at = timers_.now() + rest_.settings().limits.ticket;  // counted from before the request
  ticket.agent_id = agent_id;
  auto url = co_await rest_.fetch_signed_url(std::move(agent_id));
  if (!url) co_return url.error();
  const auto parsed = checked_url(*url);
  if (!parsed) co_return parsed.error();
  ticket.conversation_id = query_value(*parsed, "conversation_id");
  ticket.url = std::move(*url);
  co_return ticket;
}

Task<Result<std::unique_ptr<ports::Conversation>>> ElevenLabsAgent::open(ports::AgentTicket ticket,
                                                                         ports::ConversationStart start) {
  if (timers_.now() >= ticket.expires_at)
    co_return Error{Errc::TimedOut, "The conversation's signed URL is over 14 minutes old; prepare a new one."};
  const auto url = checked_url(ticket.url);
  if (!url) co_return url.error();
  const auto& limits = rest_.settings().limits;
  net::WsConnect request;
  request.url = ticket.url;
  request.limits.max_message = kMaxMessage;
  request.limits.idle = limits.silence;
  request.timeout = limits.connect;
  auto socket = co_await net::connect_websocket(std::move(request));
  if (!socket) {
    auto error = to_handshake_error(socket.error());
    log::warn("conversation.not_opened", {{"conversation", ticket.conversation_id}, {"error", error.detail}});
    co_return error;
  }
  co_return make_conversation(std::move(*socket), std::move(ticket), start, limits, loop_, timers_);
}

Task<Result<ports::ConversationDetails>> ElevenLabsAgent::fetch(std::string conversation_id) {
  auto record = co_await rest_.fetch_conversation(std::move(conversation_id));
  if (!record) co_return record.error();
  ports::ConversationDetails details;
  details.status = std::move(record->status);
  details.summary = std::move(record->summary);
  details.termination_reason = std::move(record->termination_reason);
  if (details.termination_reason.empty()) details.termination_reason = std::move(record->error_reason);
  details.duration_seconds = record->duration_seconds;
  co_return details;
}

Task<Result<ports::AgentCheck>> ElevenLabsAgent::check(std::string agent_id, ports::AgentNeeds needs) {
  const auto agent = co_await rest_.fetch_agent(std::move(agent_id));
  if (!agent) co_return agent.error();
  const auto tools = co_await rest_.fetch_tools(*agent);
  if (!tools) co_return tools.error();
  auto options = rest_.settings().check;
  options.max_call_duration = needs.max_call_duration;
  options.sent_variables.insert(options.sent_variables.end(), needs.variables.begin(), needs.variables.end());
  co_return check_agent(*agent, *tools, options);
}

Task<Result<int>> ElevenLabsAgent::max_conversations() {
  const auto plan = co_await rest_.fetch_subscription();
  if (!plan) co_return plan.error();
  if (const auto most = conversations_of_tier(plan->tier)) co_return *most;
  co_return Error{Errc::NotFound,
                  "ElevenLabs publishes no number of conversations for the plan \"" + plan->tier + "\"."};
}

}  // namespace

std::unique_ptr<ports::Agent> make_agent(Settings settings, Loop& loop, rt::Timers& timers) {
  return std::make_unique<ElevenLabsAgent>(std::move(settings), loop, timers);
}

}  // namespace otto::elevenlabs
