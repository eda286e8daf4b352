// One conversation's socket: strict about what comes in, true to the provider's timing in what goes out.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>

#include "otto/net/websocket.hpp"
#include "otto/sandbox/agent_host.hpp"
#include "otto/sandbox/mind.hpp"
#include "otto/sandbox/uplink_check.hpp"

namespace otto::sandbox {

class Talk {
 public:
  Talk(World& world, const CallLookup& calls, const Json& agent, const AgentRule& rule, ConversationRecord& record,
       std::unique_ptr<net::WebSocket> socket);
  ~Talk();
  Task<void> run();

 private:
  struct Parser;
  struct Ending {
    int code = 0;  ///< 0: none
    std::string reason, error_type;
  };
  Task<void> read_loop();
  Task<void> write_loop();
  Task<void> hang_up();
  Task<void> write_endless();
  void take(const net::WsMessage& message);
  void take_audio(std::string_view base64);
  void take_control(std::string_view text);
  void take_start(const Json& message);
  void accept_start();
  void take_pong(const Json& message);
  void take_tool_result(const Json& message);
  void begin();
  void tick();
  void tell(const MindEvent& event);
  void tell_audio(std::span<const std::uint8_t> audio, std::int64_t event_id);
  void tell_tool(const char* type, const std::string& name, const std::string& id, std::int64_t event_id);
  void tell_end_call(std::int64_t event_id);
  void check_times(std::int64_t now);
  void send(const char* type, Json message);
  void end(int code, std::string reason, std::string error_type = {});
  void violate(const std::string& sentence);
  std::int64_t now_ms() const;

  World& world_;
  const CallLookup& calls_;
  const Json& agent_;
  const AgentRule& rule_;
  ConversationRecord& record_;
  std::unique_ptr<net::WebSocket> socket_;
  std::unique_ptr<Parser> parser_;
  std::unique_ptr<Mind> mind_;
  UplinkCheck check_;
  SteadyPoint opened_;
  std::int64_t start_ms_ = -1;  ///< when the start message came, on now_ms()'s scale
  std::int64_t began_ms_ = -1;  ///< when the conversation started
  std::deque<std::string> outgoing_;
  Ending ending_;
  std::vector<std::uint8_t> audio_;
  std::int64_t next_ping_ms_ = 2000, ping_id_ = 0, ping_sent_ms_ = -1, tool_sent_ms_ = -1;
  std::string tool_id_;
  bool peer_closed_ = false, closing_ = false, keep_ = true, told_start_ = false;
};

}  // namespace otto::sandbox
