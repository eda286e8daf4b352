// The least that can stand where Otto stands: a server that answers TwiML, bridges the media stream to an agent (or
// echoes it) and remembers every webhook. It verifies signatures with Otto's own code, so that the sandbox's signer and
// Otto's verifier check each other.
#pragma once

#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "otto/net/http_client.hpp"
#include "otto/net/http_server.hpp"
#include "otto/net/websocket.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/twilio/signature.hpp"

namespace otto::sandbox::test {

enum class Media { Echo, Bridge, Break };

class TinyOtto final : public net::HttpHandler {
 public:
  TinyOtto(Loop& loop, std::string token)
      : loop_{loop}, tokens_{std::move(token)}, server_{loop, *this, {}}, tasks_{loop, "otto"} {}

  void listen() {
    base = "http://127.0.0.1:" + std::to_string(server_.listen("127.0.0.1", 0).value());
    tasks_.spawn("server", server_.run());
  }
  Task<void> stop() {
    server_.stop_accepting();
    co_await server_.stop();
    co_await tasks_.join();
  }

  std::size_t max_body(const net::Request&) override { return 64 * 1024; }

  Task<net::Response> handle(net::Request request) override {
    auto form = parse_form(request.body);
    twilio::SignedRequest signed_request;
    signed_request.base_url = base;
    signed_request.target = request.target;
    signed_request.signature = request.headers.get("X-Twilio-Signature");
    signed_request.form = &*form;
    if (!twilio::verify_webhook(tokens_, signed_request)) {
      ++wrong_signatures;
      co_return net::Response{403, "", ""};
    }
    const bool wants_twiml = request.path == "/twiml" || request.path == "/end";
    received.emplace_back(request.path, std::move(*form));
    if (!wants_twiml) co_return net::Response{204, "", ""};
    co_return net::Response{200, "text/xml", request.path == "/twiml" ? twiml() : "<Response><Hangup/></Response>"};
  }

  Task<Upgrade> upgrade(net::Request request) override {
    Upgrade answer;
    twilio::SignedRequest signed_request;
    signed_request.base_url = base;
    signed_request.target = request.target;
    signed_request.signature = request.headers.get("X-Twilio-Signature");
    if (twilio::verify_media_upgrade(tokens_, signed_request).empty()) {
      ++wrong_signatures;
      answer.refuse = net::Response{403, "", ""};
      co_return answer;
    }
    answer.limits.max_message = 1024 * 1024;
    answer.serve = [this](std::unique_ptr<net::WebSocket> socket) { return serve(std::move(socket)); };
    co_return answer;
  }

  std::string twiml() const {
    if (!document.empty()) return document;
    return "<Response><Connect action=\"" + base + "/end\"><Stream url=\"ws" + base.substr(4) +
           "/media\"><Parameter name=\"token\" value=\"t1\"/></Stream></Connect><Hangup/></Response>";
  }
  /// The values of `field` in the webhooks to `path`, in order of arrival.
  std::vector<std::string> values(const std::string& path, const std::string& field) const {
    std::vector<std::string> out;
    for (const auto& entry : received)
      if (entry.first == path) out.emplace_back(form_value(entry.second, field));
    return out;
  }

  std::string base, document;
  Media media = Media::Echo;
  std::string agent_url;  ///< Bridge: the signed URL, fetched by the test
  Json agent_start;
  bool answers_pings = true;
  std::vector<std::string> break_with;  ///< Break: sent right after start; "$SID" is replaced
  std::vector<std::pair<std::string, FormFields>> received;
  Json started;
  std::vector<std::string> marks, agent_events;
  int frames = 0, wrong_signatures = 0;

 private:
  Task<void> serve(std::unique_ptr<net::WebSocket> line) {
    std::string sid;
    for (;;) {
      auto message = co_await line->read();
      if (!message) co_return;
      const auto json = Json::parse(message->text);
      const auto event = text_at(json, "event");
      if (event == "start") {
        started = json;
        sid = text_at(json, "streamSid");
        if (media == Media::Bridge) break;
        for (auto text : break_with) {
          if (const auto at = text.find("$SID"); at != std::string::npos) text.replace(at, 4, sid);
          std::ignore = co_await line->write(text);
        }
      }
      if (event == "media") {
        ++frames;
        const auto echo = media_message(sid, json["media"]["payload"].get<std::string>());
        if (media == Media::Echo) std::ignore = co_await line->write(echo);
      }
      if (event == "mark") marks.push_back(json["mark"]["name"].get<std::string>());
      if (event == "stop") co_return;
    }
    net::WsConnect connect;
    connect.url = agent_url;
    connect.limits.max_message = 16 * 1024 * 1024;
    auto agent = co_await net::connect_websocket(std::move(connect));
    if (!agent) co_return;
    rt::Event played{loop_}, written{loop_};
    written.set();
    net::Outbox to_agent{**agent,
                         [&] {
                           written.clear();
                           tasks_.spawn("to agent", write(to_agent, written));
                         },
                         1024 * 1024};
    to_agent.control(agent_start.dump());
    tasks_.spawn("from agent", agent_to_line(**agent, *line, to_agent, sid, played));
    co_await line_to_agent(*line, to_agent, played);
    played.set();
    to_agent.finish();
    std::ignore = co_await written.wait();
    co_await (*agent)->close(1000, "");
    while (tasks_.size() > 1) std::ignore = co_await boost::asio::post(loop_, rt::kNothrow);  // the server stays
  }

  static Task<void> write(net::Outbox& outbox, rt::Event& written) {
    co_await outbox.run();
    written.set();
  }

  static std::string media_message(const std::string& sid, const std::string& payload) {
    return Json{{"event", "media"}, {"streamSid", sid}, {"media", {{"payload", payload}}}}.dump();
  }

  Task<void> line_to_agent(net::WebSocket& line, net::Outbox& agent, rt::Event& played) {
    for (;;) {
      auto message = co_await line.read();
      if (!message) co_return;
      const auto json = Json::parse(message->text);
      const auto event = text_at(json, "event");
      if (event == "media") {
        ++frames;
        agent.control(Json{{"user_audio_chunk", json["media"]["payload"]}}.dump());
      }
      if (event == "mark") {
        marks.push_back(json["mark"]["name"].get<std::string>());
        played.set();
      }
      if (event == "stop") co_return;
    }
  }

  Task<void> agent_to_line(net::WebSocket& agent, net::WebSocket& line, net::Outbox& to_agent, std::string sid,
                           rt::Event& played) {
    for (;;) {
      auto message = co_await agent.read();
      if (!message) break;
      const auto json = Json::parse(message->text);
      const auto type = text_at(json, "type");
      if (type != "audio" && type != "ping") agent_events.push_back(type);
      std::string out;
      if (type == "audio") out = media_message(sid, json["audio_event"]["audio_base_64"].get<std::string>());
      if (type == "interruption") out = Json{{"event", "clear"}, {"streamSid", sid}}.dump();
      if (type == "ping" && answers_pings)
        to_agent.control(Json{{"type", "pong"}, {"event_id", json["ping_event"]["event_id"]}}.dump());
      if (!out.empty()) std::ignore = co_await line.write(out);
    }
    to_agent.finish();
    const auto mark = Json{{"event", "mark"}, {"streamSid", sid}, {"mark", {{"name", "bye"}}}}.dump();
    std::ignore = co_await line.write(mark);
    std::ignore = co_await played.wait();
    co_await line.close(1000, "");
  }

  Loop& loop_;
  std::vector<std::string> tokens_;
  net::HttpServer server_;
  rt::Group tasks_;
};

}  // namespace otto::sandbox::test
