// WebSocket frames as bytes.
#include "net/ws_frame.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto bytes = fuzz::text_of(data, size);
  net::FrameHeader header;
  if (net::read_frame_header(bytes, header) != net::HeaderRead::Complete) return 0;
  fuzz::require(header.size <= size && header.size <= net::kMaxFrameHeader, "a header lies within its bytes");
  if (net::is_control(header.opcode))
    fuzz::require(header.fin && header.length <= net::kMaxControlPayload, "a control frame is short and whole");
  std::string payload{bytes.substr(header.size, std::min<std::uint64_t>(header.length, size - header.size))};
  net::CloseFrame close;
  std::ignore = net::read_close(payload, close);
  std::string frame;
  net::append_frame(frame, header.opcode, payload, header.masked ? &header.key : nullptr);
  net::FrameHeader again;
  if (net::is_control(header.opcode) && payload.size() > net::kMaxControlPayload) return 0;
  fuzz::require(net::read_frame_header(frame, again) == net::HeaderRead::Complete && again.length == payload.size(),
                "a frame that was written can be read");
  std::string back = frame.substr(again.size);
  if (again.masked) net::apply_mask(back.data(), back.size(), again.key);
  fuzz::require(back == payload, "a mask taken twice is none");
  return 0;
}
