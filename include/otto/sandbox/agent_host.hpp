// The agents' provider: REST, signed URLs, the conversation socket, post-call webhooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/sandbox/agent_store.hpp"
#include "otto/sandbox/tool_store.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

/// What the agents' side may ask about the carrier's: which call a conversation belongs to, and what was said on it.
struct CallLookup {
  /// The SID of the call that has this attempt id, SID or number; "" when there is none. Links the conversation to it.
  std::function<std::string(const std::string& name, const std::string& conversation_id)> find;
  /// What the callee said last.
  std::function<std::string(const std::string& call_sid)> last_words;
};

class AgentHost {
 public:
  AgentHost(World& world, CallLookup calls);

  /// Any request below /v1/.
  Task<net::Response> handle(net::Request request);
  Task<net::HttpHandler::Upgrade> upgrade(net::Request request);

  const std::vector<std::shared_ptr<ConversationRecord>>& conversations() const noexcept { return conversations_; }
  std::shared_ptr<ConversationRecord> find(std::string_view id) const;

 private:
  struct Signature {
    std::string agent_id, conversation_id;
    bool single_use = false, used = false;
    TimePoint expires;
  };
  net::Response route(const net::Request& request);
  net::Response signed_url(const net::Request& request);
  net::Response agent_resource(const net::Request& request, const std::string& id);
  net::Response speak(const net::Request& request);
  net::Response create_agent(const net::Request& request);
  net::Response list_conversations(const net::Request& request);
  std::optional<net::Response> refuse_handshake(const net::Request& request, std::string& agent_id,
                                                std::string& conversation_id);
  Task<void> converse(std::shared_ptr<ConversationRecord> record, AgentRule rule,
                      std::unique_ptr<net::WebSocket> socket);
  Task<void> close_books(std::shared_ptr<ConversationRecord> record);
  /// The scenario's rule for the next conversation of this agent; faults end after `times`.
  AgentRule next_rule(const std::string& agent_id);
  std::shared_ptr<ConversationRecord> new_conversation(const std::string& agent_id, std::string id);

  World& world_;
  CallLookup calls_;
  std::map<std::string, Json> agents_;
  ToolStore tools_;
  std::map<std::string, Signature> signatures_;
  std::vector<std::shared_ptr<ConversationRecord>> conversations_;
  std::map<std::string, std::shared_ptr<ConversationRecord>, std::less<>> by_id_;
  std::map<std::string, int> started_;  ///< conversations per agent
};

/// {"detail":{"status","message"}}
net::Response agent_error(int status, const std::string& code, const std::string& message);

}  // namespace otto::sandbox
