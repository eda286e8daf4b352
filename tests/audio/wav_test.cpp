#include "otto/audio/wav.hpp"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>

namespace otto::audio {
namespace {

const std::string kData = OTTO_SOURCE_DIR "/tests/data/";

std::string number(std::uint32_t value, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

std::string chunk(std::string_view name, const std::string& body) {
  return std::string{name} + number(static_cast<std::uint32_t>(body.size()), 4) + body + (body.size() % 2 ? "?" : "");
}

std::string riff(const std::string& chunks) {
  return "RIFF" + number(static_cast<std::uint32_t>(chunks.size()) + 4, 4) + "WAVE" + chunks;
}

std::string fmt_body(std::uint32_t code, std::uint32_t channels, std::uint32_t rate, std::uint32_t bits) {
  const std::uint32_t width = channels * bits / 8;
  return number(code, 2) + number(channels, 2) + number(rate, 4) + number(rate * width, 4) + number(width, 2) +
         number(bits, 2);
}

Result<Wav> read_bytes(const std::string& bytes) {
  const std::string path = testing::TempDir() + "otto_wav_test.wav";
  std::ofstream{path, std::ios::binary} << bytes;
  auto result = read_wav(path);
  std::remove(path.c_str());
  return result;
}

TEST(Wav, ReadsTheRecordings) {
  const auto agent = read_wav(kData + "agent-greeting-16k.wav").value();
  EXPECT_EQ(agent.format, (AudioFormat{AudioEncoding::Pcm16, 16000}));
  EXPECT_EQ(agent.data.size(), 359'704u);
  for (const auto& [name, size] :
       {std::pair{"callee-answer-8k-ulaw.wav", 63'430u}, {"voicemail-greeting-8k-ulaw.wav", 84'577u}}) {
    const auto wav = read_wav(kData + name).value();
    EXPECT_EQ(wav.format, (AudioFormat{AudioEncoding::Ulaw, 8000}));
    EXPECT_EQ(wav.data.size(), size);
  }
}

TEST(Wav, WhatIsWrittenReadsBack) {
  for (const auto format : {AudioFormat{AudioEncoding::Ulaw, 8000}, AudioFormat{AudioEncoding::Pcm16, 24000}}) {
    const Wav wav{format, {1, 2, 3, 4, 250, 6}};
    const auto bytes = format_wav(wav);
    const auto back = read_bytes(bytes).value();
    EXPECT_EQ(back.format, wav.format);
    EXPECT_EQ(back.data, wav.data);
    EXPECT_EQ(bytes.substr(4, 4), number(static_cast<std::uint32_t>(bytes.size()) - 8, 4));
  }
  EXPECT_EQ(format_wav(Wav{{}, {1, 2, 3}}).size() % 2, 0u);
}

TEST(Wav, SkipsChunksThatItDoesNotNeed) {
  const auto bytes = riff(chunk("LIST", "odd") + chunk("fmt ", fmt_body(1, 1, 8000, 16)) + chunk("bext", "xx") +
                          chunk("data", "abcd") + chunk("id3 ", "tail"));
  EXPECT_EQ(read_bytes(bytes).value().data, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd'}));
}

TEST(Wav, ReadsTheExtensibleForm) {
  const auto extensible = [](std::uint32_t code, std::uint32_t rate, std::uint32_t bits) {
    return fmt_body(0xFFFE, 1, rate, bits) + number(22, 2) + number(bits, 2) + number(4, 4) + number(code, 2) +
           std::string("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);
  };
  EXPECT_EQ(read_bytes(riff(chunk("fmt ", extensible(1, 44100, 16)) + chunk("data", "ab"))).value().format,
            (AudioFormat{AudioEncoding::Pcm16, 44100}));
  EXPECT_EQ(read_bytes(riff(chunk("fmt ", extensible(7, 8000, 8)) + chunk("data", "ab"))).value().format.encoding,
            AudioEncoding::Ulaw);
  EXPECT_FALSE(read_bytes(riff(chunk("fmt ", extensible(3, 8000, 32)) + chunk("data", "abcd"))));
}

TEST(Wav, AStreamedFileWithoutItsSizeIsReadToTheEnd) {
  const auto bytes = riff(chunk("fmt ", fmt_body(7, 1, 8000, 8))) + "data" + number(0xFFFFFFFF, 4) + "abc";
  EXPECT_EQ(read_bytes(bytes).value().data.size(), 3u);
}

TEST(Wav, RefusesOtherFormatsWithASentence) {
  for (const auto& body :
       {fmt_body(1, 2, 8000, 16), fmt_body(1, 1, 8000, 8), fmt_body(3, 1, 8000, 32), fmt_body(6, 1, 8000, 8),
        fmt_body(7, 1, 16000, 8), fmt_body(1, 1, 11025, 16), fmt_body(1, 1, 0xFFFFFFFF, 16), std::string("short")}) {
    const auto wav = read_bytes(riff(chunk("fmt ", body) + chunk("data", "abcd")));
    ASSERT_FALSE(wav);
    EXPECT_EQ(wav.error().code, Errc::InvalidInput);
    EXPECT_NE(wav.error().detail.find("must be mono"), std::string::npos);
  }
  EXPECT_FALSE(read_bytes("no wav at all"));
  EXPECT_FALSE(read_bytes(riff(chunk("data", "abcd"))));
  EXPECT_EQ(read_wav("/nonexistent.wav").error().code, Errc::NotFound);
}

TEST(Wav, ACutFileIsRefusedWhereverItIsCut) {
  const auto bytes = format_wav(Wav{{AudioEncoding::Pcm16, 16000}, {1, 2, 3, 4}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto wav = read_bytes(bytes.substr(0, size));
    ASSERT_FALSE(wav) << size;
    EXPECT_EQ(wav.error().code, Errc::InvalidInput);
  }
}

}  // namespace
}  // namespace otto::audio
