#include "ws_peer.hpp"

#include <openssl/evp.h>

#include "otto/crypto/digest.hpp"

namespace otto::net {

std::string encode(const Frame& frame) {
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | frame.rsv << 4 | frame.opcode);
  const std::size_t size = frame.payload.size();
  const int mask_bit = frame.masked ? 0x80 : 0;
  if (size < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(size));
  } else {
    const int bytes = size < 65'536 ? 2 : 8;
    out += static_cast<char>(mask_bit | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
  }
  if (!frame.masked) return out + frame.payload;
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(frame.payload[i] ^ key[i % 4]);
  return out;
}

Frame client_frame(int opcode, std::string payload, bool fin) {
  Frame frame;
  frame.opcode = opcode;
  frame.payload = std::move(payload);
  frame.fin = fin;
  frame.masked = true;
  return frame;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string out;
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  return out + std::string{reason};
}

Task<Frame> hear_frame(RawPeer& peer) {
  Frame frame;
  const auto head = co_await peer.take(2);
  if (head.size() < 2) {
    frame.opcode = -1;
    co_return frame;
  }
  const auto first = static_cast<unsigned char>(head[0]);
  const auto second = static_cast<unsigned char>(head[1]);
  frame.fin = (first & 0x80) != 0;
  frame.rsv = first >> 4 & 7;
  frame.opcode = first & 0xf;
  frame.masked = (second & 0x80) != 0;
  std::size_t size = second & 0x7f;
  if (size >= 126) {
    const auto extended = co_await peer.take(size == 126 ? 2 : 8);
    size = 0;
    for (const char byte : extended) size = size << 8 | static_cast<unsigned char>(byte);
  }
  std::string key;
  if (frame.masked) key = co_await peer.take(4);
  frame.payload = co_await peer.take(size);
  for (std::size_t i = 0; i < frame.payload.size() && frame.masked; ++i)
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ key[i % 4]);
  co_return frame;
}

std::string upgrade_request(std::string_view fields) {
  return "GET /socket?token=t HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         kSampleKey + "\r\n" + std::string{fields} + "\r\n";
}

std::string upgrade_answer(std::string_view request) {
  const std::string_view name = "Sec-WebSocket-Key: ";
  const auto at = request.find(name);
  const auto key = at == std::string_view::npos ? "" : request.substr(at + name.size(), 24);
  const auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string digest(20, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha1(), nullptr);
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
         crypto::base64_encode(digest) + "\r\n\r\n";
}

}  // namespace otto::net
