// What TCP makes of lost packets, against a real one and against the closed form of Mathis, Semke,
// Mahdavi and Ott ("The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm", 1997).
#include "sim/net/lossy_way.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/kernel/fate.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

constexpr Duration one_way = 15ms;
constexpr auto never_lost = [] { return false; };

// One packet in so many millions is lost.
class Dice {
 public:
  explicit Dice(double loss, std::uint64_t seed = 1)
      : fate_(seed), loss_(std::llround(loss * million)) {}
  bool operator()() { return fate_.between(Question::latency, 0, 1, million) <= loss_; }

 private:
  static constexpr std::int64_t million = 1'000'000;
  SeededFate fate_;
  std::int64_t loss_;
};

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// Bytes per second that a sender which always has something to send gets through.
double bytes_per_second(double loss) {
  constexpr int packets = 200'000;
  Dice dice(loss);
  LossyWay way;
  LossyWay::Sent last;
  for (int i = 0; i < packets; ++i) {
    last = way.send(LossyWay::packet_bytes, last.accepted, one_way, dice);
  }
  return packets * double{LossyWay::packet_bytes} / seconds(last.arrives - Instant{});
}

// How long a small message takes in the mean, in milliseconds, if one is sent every 10 ms.
double delay_of_messages(double loss) {
  constexpr int connections = 8;
  constexpr int messages = 50'000;
  Duration all{};
  for (int connection = 1; connection <= connections; ++connection) {
    Dice dice(loss, static_cast<std::uint64_t>(connection));
    LossyWay way;
    for (int i = 0; i < messages; ++i) {
      const Instant now = Instant{} + i * 10ms;
      all += way.send(170, now, one_way, dice).arrives - now;
    }
  }
  return 1000 * seconds(all) / connections / messages;
}

// How long a request and its answer take, likewise, if each request waits for the last answer.
double delay_of_requests(double loss) {
  constexpr int requests = 20'000;
  Dice dice(loss);
  LossyWay there;
  LossyWay back;
  Instant now{};
  for (int i = 0; i < requests; ++i) {
    now = back.send(60, there.send(170, now, one_way, dice).arrives, one_way, dice).arrives;
  }
  return 1000 * seconds(now - Instant{}) / requests;
}

// Linux 6.18 with CUBIC: two network namespaces joined by a program that delays each packet by 15
// ms and drops it, either way, with this chance. Means of three connections of each kind for 40 s.
struct Linux {
  double loss;
  double bytes_per_second;
  double messages;  // ms
  double requests;  // ms
};
constexpr Linux linux_is[] = {{0.01, 519'000, 16.3, 35.3}, {0.02, 350'000, 18.1, 41.7},
                              {0.05, 178'000, 26.1, 56.1}, {0.10, 57'000, 101, 93.1},
                              {0.15, 37'000, 774, 152},    {0.20, 9'500, 2'712, 282}};

TEST(LossyWay, AnswersARequestAsLateAsLinux) {
  for (const Linux& real : linux_is) {
    EXPECT_NEAR(delay_of_requests(real.loss) / real.requests, 1, 0.15) << real.loss;
  }
}

// Where every seventh packet is lost the means of Linux hang on its few worst pauses.
TEST(LossyWay, IsAsLateAsLinux) {
  for (const Linux& real : linux_is) {
    const double least = real.loss <= 0.1 ? 0.8 : 0.4;
    EXPECT_GT(delay_of_messages(real.loss) / real.messages, least) << real.loss;
    EXPECT_LT(delay_of_messages(real.loss) / real.messages, 1.2) << real.loss;
  }
}

// A little faster, up to three times where hardly anything gets through.
TEST(LossyWay, IsAsSlowAsLinux) {
  for (const Linux& real : linux_is) {
    const double most = real.loss <= 0.05 ? 1.15 : real.loss <= 0.15 ? 2 : 3.5;
    EXPECT_GT(bytes_per_second(real.loss) / real.bytes_per_second, 1) << real.loss;
    EXPECT_LT(bytes_per_second(real.loss) / real.bytes_per_second, most) << real.loss;
  }
}

TEST(LossyWay, SendsAsManyPacketsAsTheClosedFormSays) {
  for (const double loss : {0.002, 0.005, 0.01, 0.02}) {
    const double per_round_trip = std::sqrt(3 / (2 * loss));
    const double closed_form = per_round_trip * LossyWay::packet_bytes / 0.030;
    EXPECT_NEAR(bytes_per_second(loss) / closed_form, 1, 0.15) << loss;
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

  EXPECT_EQ(late - early, 30ms);
}

// What is last is probed after two round trips, if something else is under way.
TEST(LossyWay, ALostTailIsProbed) {
  LossyWay way;
  static_cast<void>(way.send(100, Instant{1s}, 15ms, never_lost));
  bool is_first = true;
  const auto is_lost = [&] { return std::exchange(is_first, false); };

  EXPECT_EQ(way.send(100, Instant{1s}, 15ms, is_lost).arrives, Instant{1s} + 62ms + 15ms);
}

TEST(LossyWay, LossesOfOneRoundTripCountOnce) {
  const auto later = [](int losses) {
    LossyWay way;
    const auto is_lost = [&] { return losses-- > 0 && losses % 2 == 1; };
    static_cast<void>(way.send(8 * LossyWay::packet_bytes, Instant{1s}, 15ms, is_lost));
    return way.send(30 * LossyWay::packet_bytes, Instant{1100ms}, 15ms, never_lost).arrives;
  };

  EXPECT_GT(later(2), later(0));
  EXPECT_EQ(later(2), later(8));
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
