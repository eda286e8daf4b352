#include "otto/audio/converter.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>
#include <new>

#include "otto/audio/g711.hpp"

#include "tests/audio/signals.hpp"

namespace {
std::size_t allocations = 0;
}

// Counts for the whole test program; the other forms of new end here.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace otto::audio {
namespace {

template <class F>
void for_each_pair(F&& f) {
  for (const auto from : all_formats()) {
    for (const auto to : all_formats()) f(from, to);
  }
}

std::string name(AudioFormat from, AudioFormat to) { return to_string(from) + " to " + to_string(to); }

Bytes silence(AudioFormat format, std::size_t samples) {
  return Bytes(samples * width_of(format), format == kUlaw ? kUlawSilence : 0);
}

/// From one byte to a second, small pieces as likely as large ones.
std::size_t random_size(std::mt19937& random, AudioFormat format) {
  const auto second = static_cast<double>(format.sample_rate) * static_cast<double>(width_of(format));
  return static_cast<std::size_t>(std::pow(second, std::uniform_real_distribution{0.0, 1.0}(random)));
}

Bytes convert_in_pieces(AudioFormat from, AudioFormat to, std::span<const std::uint8_t> input, std::mt19937& random) {
  Converter converter{from, to};
  Bytes out;
  while (!input.empty()) {
    const auto piece = input.first(std::min(random_size(random, from), input.size()));
    const auto part = converter.convert(piece);
    out.insert(out.end(), part.begin(), part.end());
    input = input.subspan(piece.size());
    if (random() % 8 == 0) {
      EXPECT_TRUE(converter.convert({}).empty());
    }
  }
  return out;
}

TEST(Converter, AMinuteInPiecesIsTheMinuteInOnePiece) {
  std::mt19937 random{7};
  for_each_pair([&](AudioFormat from, AudioFormat to) {
    const bool at_the_line = from.sample_rate == 8000 || to.sample_rate == 8000;  // the others are the sandbox's
    const std::size_t samples = static_cast<std::size_t>(from.sample_rate) * (at_the_line ? 60 : 3);
    const Bytes input = noise(samples * width_of(from) + 1, 11);
    ASSERT_TRUE(convert_in_pieces(from, to, input, random) == convert(from, to, input)) << name(from, to);
  });
}

TEST(Converter, EveryCutOfAShortStreamGivesTheSame) {
  for_each_pair([&](AudioFormat from, AudioFormat to) {
    const Bytes input = noise(301, 5);
    const Bytes expected = convert(from, to, input);
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      Converter converter{from, to};
      const auto first = converter.convert(std::span{input}.first(cut));
      Bytes got{first.begin(), first.end()};
      const auto second = converter.convert(std::span{input}.subspan(cut));
      got.insert(got.end(), second.begin(), second.end());
      ASSERT_TRUE(got == expected) << name(from, to) << " cut at " << cut;
    }
  });
}

TEST(Converter, NothingIsHeldBack) {
  std::mt19937 random{9};
  for_each_pair([&](AudioFormat from, AudioFormat to) {
    Converter converter{from, to};
    std::size_t in = 0, out = 0;
    for (int i = 0; i < 200; ++i) {
      const std::size_t count = random() % 700;
      in += count;
      out += converter.convert(silence(from, count)).size();
      const auto numerator = in * static_cast<std::size_t>(to.sample_rate);
      const auto rate = static_cast<std::size_t>(from.sample_rate);
      ASSERT_EQ(out, (numerator + rate - 1) / rate * width_of(to)) << name(from, to);
    }
  });
}

TEST(Converter, SilenceStaysSilence) {
  for_each_pair([](AudioFormat from, AudioFormat to) {
    const Bytes out = convert(from, to, silence(from, 4000));
    ASSERT_EQ(out, silence(to, out.size() / width_of(to))) << name(from, to);
  });
}

TEST(Converter, AConstantStaysTheSame) {
  for (const int from : {8000, 16000, 22050, 24000, 44100, 48000}) {
    for (const int to : {8000, 16000, 22050, 24000, 44100, 48000}) {
      for (const double value : {1.0, -1.0, 3.0, 1000.0, -12'345.0, 32'767.0, -32'768.0}) {
        const auto out = convert(from, to, std::vector<double>(static_cast<std::size_t>(from) / 50, value));
        for (std::size_t i = static_cast<std::size_t>(to) / 200; i < out.size(); ++i) {
          ASSERT_EQ(out[i], value) << from << " to " << to << " at " << i;
        }
      }
    }
  }
}

TEST(Converter, FullScaleIsLimitedInsteadOfWrapped) {
  for (const int rate : {16000, 22050, 24000, 44100, 48000}) {
    for (const auto [from, to] : {std::pair{8000, rate}, std::pair{rate, 8000}}) {
      std::vector<double> square;
      for (int i = 0; i < from; ++i) square.push_back(i * 400 / from % 2 ? 32'767 : -32'768);
      const auto out = convert(from, to, square);
      // Between two jumps, 2.5 ms apart, the signal stays on its side.
      for (std::size_t i = 0; i < out.size(); ++i) {
        const double at = std::fmod((static_cast<double>(i) / to - 0.0015) * 400, 2);
        if (at > 0.2 && at < 0.8) ASSERT_LT(out[i], -25'000) << from << " to " << to << " at " << i;
        if (at > 1.2 && at < 1.8) ASSERT_GT(out[i], 25'000) << from << " to " << to << " at " << i;
      }
    }
  }
}

/// So every figure that holds for 16 bits holds for the line, but for µ-law's own noise.
TEST(Converter, UlawIsConvertedAsItsSamplesAre) {
  const Bytes codes = noise(8000, 2);
  for (const auto format : all_formats()) {
    if (format == kUlaw) continue;
    const Bytes samples = convert(kUlaw, pcm(8000), codes);
    EXPECT_TRUE(convert(kUlaw, format, codes) == convert(pcm(8000), format, samples)) << to_string(format);

    const Bytes agent = noise(static_cast<std::size_t>(format.sample_rate), 4);
    const Bytes line = convert(pcm(8000), kUlaw, convert(format, pcm(8000), agent));
    EXPECT_TRUE(convert(format, kUlaw, agent) == line) << to_string(format);
  }
}

TEST(Converter, EqualFormatsPassThroughByteForByte) {
  for (const auto format : all_formats()) {
    Converter converter{format, format};
    const Bytes odd = noise(161, 8);
    const auto out = converter.convert(odd);
    EXPECT_TRUE(converter.pass_through());
    EXPECT_EQ(out.data(), odd.data());
    EXPECT_EQ(out.size(), odd.size());
  }
  EXPECT_FALSE((Converter{kUlaw, pcm(8000)}).pass_through());
}

TEST(Converter, ResetForgetsTheFilterItsPhaseAndTheHalfSample) {
  const Bytes odd = noise(331, 6);
  for_each_pair([&](AudioFormat from, AudioFormat to) {
    Converter used{from, to};
    used.convert(odd);
    used.reset();
    const auto out = used.convert(odd);
    ASSERT_EQ(Bytes(out.begin(), out.end()), convert(from, to, odd)) << name(from, to);
  });
}

TEST(Converter, AfterTheFirstFrameNothingIsAllocated) {
  for_each_pair([](AudioFormat from, AudioFormat to) {
    Converter converter{from, to};
    const Bytes frame = noise(static_cast<std::size_t>(from.sample_rate) / 50 * width_of(from), 1);
    converter.convert(frame);

    const std::size_t before = allocations;
    for (int i = 0; i < 50; ++i) converter.convert(frame);
    const std::size_t after = allocations;

    EXPECT_EQ(after, before) << name(from, to);
  });
}

TEST(Converter, AFrameCostsLessThanTenMicroseconds) {
#ifndef NDEBUG
  GTEST_SKIP() << "only an optimized build's cost says anything";
#endif
  for (const auto format : all_formats()) {
    for (const auto& [from, to] : {std::pair{format, kUlaw}, std::pair{kUlaw, format}}) {
      Converter converter{from, to};
      const Bytes frame = noise(static_cast<std::size_t>(from.sample_rate) / 50 * width_of(from), 1);
      double least = 1;
      for (int i = 0; i < 20; ++i) {
        const auto start = std::clock();
        for (int k = 0; k < 50; ++k) converter.convert(frame);
        least = std::min(least, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / 50);
      }
      EXPECT_LT(least, 10e-6) << name(from, to);
    }
  }
}

}  // namespace
}  // namespace otto::audio
