#include "otto/twilio/recordings.hpp"

#include <charconv>

#include "otto/base/text.hpp"
#include "otto/net/http_client.hpp"
#include "otto/twilio/line_outcome.hpp"
#include "otto/twilio/sid.hpp"

#include "rest_access.hpp"

namespace otto::twilio {

namespace {

constexpr std::size_t kMaxRecording = 64 * 1024 * 1024;  // of media that knows no ranges: over an hour of two channels
constexpr milliseconds kPatience{20'000};
constexpr int kMonoOnly = 16113;  // two channels were asked for, and there is one

/// "bytes 0-99/1234" → 1234.
std::optional<std::uint64_t> total_of(std::string_view content_range) {
  const auto slash = content_range.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto text = content_range.substr(slash + 1);
  std::uint64_t total = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), total);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return total;
}

Error behind_end() { return {Errc::InvalidInput, "The range lies behind the recording's end."}; }

class Media final : public ports::Recordings {
 public:
  explicit Media(LineSettings settings)
      : account_url_{account_url_of(settings)}, authorization_{authorization_of(settings)} {}

  Task<Result<ports::SoundPart>> fetch(ports::SoundAsk ask) override {
    if (!is_sid("RE", ask.recording)) co_return Error{Errc::NotFound, "There is no recording of this call."};
    const bool wants_both = ask.format == ports::SoundFormat::Wav;
    const std::string url = account_url_ + "/Recordings/" + ask.recording;
    auto answer = co_await get(url + (wants_both ? ".wav?RequestedChannels=2" : ".mp3"), ask);
    if (answer && wants_both && answer->status == 400) {
      const auto error = parse_error_body(answer->body);
      if (error && error->code == kMonoOnly) answer = co_await get(url + ".wav", ask);
    }
    if (!answer) co_return answer.error();
    co_return part_of(std::move(*answer), ask);
  }

  Task<Result<void>> remove(std::string recording) override {
    if (!is_sid("RE", recording)) co_return Result<void>{};  // nothing of Twilio's
    net::ClientRequest request;
    request.method = "DELETE";
    request.url = account_url_ + "/Recordings/" + recording + ".json";
    request.headers.add("Authorization", authorization_);
    request.timeout = kPatience;
    auto result = co_await net::send_request(std::move(request));
    if (!result.response) co_return result.response.error();
    const int status = result.response->status;
    if (status == 204 || status == 404) co_return Result<void>{};
    co_return to_error(status, result.response->body);
  }

 private:
  /// The API may send us on to where the media lies: our credentials do not go with us.
  Task<Result<net::Response>> get(std::string url, const ports::SoundAsk& ask) {
    auto answer = co_await send(url, ask, true);
    if (!answer || (answer->status != 302 && answer->status != 307)) co_return answer;
    const std::string elsewhere{answer->headers.get("Location")};
    if (!elsewhere.starts_with("https://"))
      co_return Error{Errc::Protocol,
                      "Twilio's media is said to lie at an address that is not https; it was not followed."};
    co_return co_await send(elsewhere, ask, false);
  }

  Task<Result<net::Response>> send(std::string url, const ports::SoundAsk& ask, bool is_ours) {
    net::ClientRequest request;
    request.url = std::move(url);
    if (is_ours) request.headers.add("Authorization", authorization_);
    request.headers.add("Range", "bytes=" + std::to_string(ask.from) + "-" + std::to_string(ask.from + ask.count - 1));
    request.timeout = kPatience;
    request.max_body = kMaxRecording;
    request.public_only = !is_ours;
    auto result = co_await net::send_request(std::move(request));
    co_return std::move(result.response);
  }

  static Result<ports::SoundPart> part_of(net::Response answer, const ports::SoundAsk& ask) {
    if (answer.status == 416) return behind_end();
    if (answer.status == 404) return Error{Errc::NotFound, "The recording is not there, or not yet."};
    if (answer.status != 200 && answer.status != 206) return to_error(answer.status, answer.body);
    ports::SoundPart part;
    part.type = answer.headers.get("Content-Type");
    part.bytes = std::move(answer.body);
    if (answer.status == 206) {
      const auto total = total_of(answer.headers.get("Content-Range"));
      if (!total || part.bytes.size() > ask.count)
        return Error{Errc::ProviderUnavailable, "Twilio's answer is not the range that was asked for."};
      part.total = *total;
      return part;
    }
    part.total = part.bytes.size();
    if (ask.from >= part.total) return behind_end();
    part.bytes = part.bytes.substr(static_cast<std::size_t>(ask.from), static_cast<std::size_t>(ask.count));
    return part;
  }

  std::string account_url_, authorization_;
};

}  // namespace

std::unique_ptr<ports::Recordings> make_recordings(LineSettings settings) {
  return std::make_unique<Media>(std::move(settings));
}

}  // namespace otto::twilio
