#include <array>

#include "otto/sandbox/agent_store.hpp"

#include "bench/bridge/providers.hpp"

namespace otto::bench {

AgentHost::AgentHost(Load& load) : load_{load}, listener_{listen_on(0)}, port_{port_of(listener_)} {
  load_.poller.watch(listener_, this);
}

void AgentHost::on_ready(std::uint32_t) {
  for (int fd = accept_from(listener_); fd >= 0; fd = accept_from(listener_)) {
    auto leg = std::make_unique<AgentLeg>(load_);
    if (load_.options.tls) {
      leg->stream.open_tls(fd, load_.tls.server, true);
    } else {
      leg->stream.open(fd);
    }
    load_.poller.watch(fd, leg.get());
    load_.agent_legs.push_back(std::move(leg));
  }
}

HttpServer::Answer AgentHost::handle(const HttpText& request) {
  const std::string& target = request.second;
  if (target.starts_with("/v1/convai/conversation/get-signed-url")) {
    const auto id = std::to_string(++minted_);
    const Json answer{{"signed_url", "wss://127.0.0.1:" + std::to_string(port_) +
                                         "/v1/convai/conversation?agent_id=" + kAgent + "&conversation_id=conv_" + id +
                                         "&conversation_signature=cvtkn_" + id}};
    return {200, answer.dump()};
  }
  constexpr std::string_view kAgents = "/v1/convai/agents/", kConversations = "/v1/convai/conversations/";
  if (target.starts_with(kAgents)) {
    auto agent = sandbox::default_agent(load_.options.pcm ? "pcm_16000" : "ulaw_8000");
    agent["conversation_config"]["agent"]["prompt"].erase("tool_ids");  // its calls use none
    return {200, sandbox::complete_agent(agent, kAgent).dump()};
  }
  if (target.starts_with(kConversations)) {
    const Json record{{"agent_id", kAgent},
                      {"conversation_id", target.substr(kConversations.size())},
                      {"status", "done"},
                      {"transcript", Json::array()},
                      {"metadata", {{"call_duration_secs", 1}, {"termination_reason", "Client disconnected"}}}};
    return {200, record.dump()};
  }
  return {404, "{}"};
}

/// Area codes of the United States, one after the other, so that all their time zones are met early on. 555-01xx is set
/// aside for examples in all of them.
std::string phone_number(int n) {
  static constexpr std::array kAreas{
      201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
      229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
      303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330,
      334, 336, 337, 339, 347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412,
      413, 414, 415, 417, 419, 423, 425, 432, 434, 435, 440, 443, 478, 479, 480, 484, 501, 502, 503, 504,
      505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 540, 541, 559, 561, 562, 563, 567};
  constexpr int kCount = static_cast<int>(kAreas.size());
  const int area = kAreas.at(static_cast<std::size_t>(n % kCount)), line = n / kCount;
  return "+1" + std::to_string(area) + "55501" + (line < 10 ? "0" : "") + std::to_string(line);
}

}  // namespace otto::bench
