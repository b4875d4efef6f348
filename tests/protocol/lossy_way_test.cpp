// What TCP makes of lost packets, against the closed form of Padhye, Firoiu, Towsley and Kurose
// ("Modeling TCP Throughput: A Simple Model and its Empirical Validation", SIGCOMM 1998, eq. 30).
#include "sim/net/lossy_way.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/kernel/fate.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

constexpr auto never_lost = [] { return false; };

// Packets per second that a sender which always has something to send gets through.
double packets_per_second(double loss, Duration one_way) {
  constexpr int packets = 200'000;
  constexpr std::int64_t million = 1'000'000;
  SeededFate fate(1);
  const auto is_lost = [&] {
    return fate.between(Question::latency, 0, 1, million) >
           million - static_cast<std::int64_t>(loss * million);
  };
  LossyWay way;
  LossyWay::Sent last;
  for (int i = 0; i < packets; ++i) {
    last = way.send(LossyWay::packet_bytes, last.accepted, one_way, is_lost);
  }
  return packets / std::chrono::duration<double>(last.arrives - Instant{}).count();
}

// With an acknowledgement for each packet (b = 1).
double closed_form(double loss, double round_trip, double timeout) {
  const double by_duplicates = round_trip * std::sqrt(2 * loss / 3);
  const double by_timeouts =
      timeout * std::min(1.0, 3 * std::sqrt(3 * loss / 8)) * loss * (1 + 32 * loss * loss);
  return 1 / (by_duplicates + by_timeouts);
}

TEST(LossyWay, SendsAsManyPacketsAsTheClosedFormSays) {
  for (const double loss : {0.01, 0.02, 0.05, 0.1, 0.15}) {
    const double seen = packets_per_second(loss, 15ms);
    // Where hardly any packet is under way, the loss of an acknowledgement counts, too.
    const double either_way = 1 - (1 - loss) * (1 - loss);
    EXPECT_GT(seen, closed_form(either_way, 0.030, 0.230) / 1.3) << loss;
    EXPECT_LT(seen, closed_form(loss, 0.030, 0.230) * 1.6) << loss;
  }
}

TEST(LossyWay, WithoutALossIsOnlyLate) {
  LossyWay way;
  const LossyWay::Sent sent = way.send(100, Instant{1s}, 15ms, never_lost);

  EXPECT_EQ(sent.arrives, Instant{1015ms});
  EXPECT_EQ(sent.accepted, Instant{1s});
}

TEST(LossyWay, NobodyTellsOfTheLossOfALonePacketBeforeItsTimeOut) {
  LossyWay way;
  int losses = 3;
  const auto is_lost = [&] { return losses-- > 0; };

  const LossyWay::Sent sent = way.send(100, Instant{1s}, 15ms, is_lost);

  EXPECT_EQ(sent.arrives, Instant{1s} + 230ms + 460ms + 920ms + 15ms);
}

TEST(LossyWay, ThoseBehindItTellOfALossAfterARoundTrip) {
  LossyWay with;
  LossyWay without;
  bool is_first = true;
  const auto is_lost = [&] { return std::exchange(is_first, false); };

  const Instant late = with.send(5 * LossyWay::packet_bytes, Instant{1s}, 15ms, is_lost).arrives;
  const Instant early =
      without.send(5 * LossyWay::packet_bytes, Instant{1s}, 15ms, never_lost).arrives;

  // A round trip, and half the window for four more packets: five or six a round trip, then ten.
  EXPECT_GT(late - early, 30ms);
  EXPECT_LT(late - early, 60ms);
}

TEST(LossyWay, TakesNoMoreThanItsBufferHolds) {
  LossyWay way;
  Instant accepted{1s};
  std::uint32_t sent = 0;
  while (accepted == Instant{1s}) {
    accepted = way.send(10'000, Instant{1s}, 15ms, never_lost).accepted;
    sent += 10'000;
  }

  EXPECT_GT(sent, LossyWay::buffer_bytes);
  EXPECT_LE(sent, LossyWay::buffer_bytes + 10'000);
  EXPECT_LT(accepted, Instant{1200ms});
}

TEST(LossyWay, AnotherConnectionKnowsNothingOfIt) {
  LossyWay way;
  static_cast<void>(way.send(1'000'000, Instant{1s}, 15ms, never_lost));
  way.reset();

  EXPECT_EQ(way.send(100, Instant{1s}, 15ms, never_lost).arrives, Instant{1015ms});
}

}  // namespace
}  // namespace kafault
