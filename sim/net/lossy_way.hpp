// One direction of a TCP connection over a link that loses packets. What is lost is sent again,
// what was sent behind it waits, since TCP delivers in order, and losses make the sender slower: a
// lossy link is first of all a slow one.
//
// As Linux does it: selective acknowledgements and RACK tell of a loss a round trip after the next
// packet, any packet, also of one that was sent again (RFC 8985); what is last in a row is probed
// after two round trips, if it is not alone (RFC 8985, tail loss probe); else a time-out, which
// doubles with each further loss, and a window of one packet. The time-out goes with the round trip
// as it seems (RFC 6298): long, where the only acknowledgement was lost. Losses of one round trip
// count once: seven tenths of the window are left, and it does not grow before they are repaired,
// with no more packets than arrive meanwhile (RFC 6937). It grows as CUBIC's does where that is no
// faster than Reno's (RFC 9438, 4.3), from ten packets (RFC 6928), and again after a pause.
// Tested against Linux and against the closed form of Mathis et al.
// Simplified: no delayed acknowledgements, and one that is lost delays only who has nothing else
// under way; the network's round trip does not vary. When the next message comes is not known: if
// the last is still under way as soon after this as this after that, else not before this is
// acknowledged.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/kernel/time.hpp"

namespace kafault {

class LossyWay {
 public:
  static constexpr std::uint32_t packet_bytes = 1448;  // Ethernet's 1500 less IP, TCP, timestamps
  static constexpr std::uint32_t buffer_bytes = 131'072;  // send.buffer.bytes, its default

  struct Sent {
    Instant arrives{};   // its last packet
    Instant accepted{};  // when the sender's kernel has room for all of it
  };

  // A connection that was just opened.
  void reset() {
    last_ = leaves_at_ = arrives_at_ = window_end_ = blocked_ = recovering_ = repaired_ = {};
    room_ = 0;
    measured_ = varies_ = {};
    window_ = first_window;
    threshold_ = largest_window;
    acked_ = 0;
    buffer_.clear();
  }

  // `lost`: asked once per packet, and per acknowledgement that may tell of a loss.
  template <class Lost>
  Sent send(std::uint32_t bytes, Instant now, Duration one_way, Lost&& lost) {
    const Duration round_trip = 2 * one_way;
    if (measured_ == Duration{}) measured_ = round_trip;
    if (now > arrives_at_ + first_timeout(round_trip)) window_ = std::min(window_, first_window);
    // What waits for its turn leaves in packets that are full.
    if (now >= leaves_at_) room_ = 0;
    std::uint32_t left = bytes - std::min(bytes, room_);
    room_ -= std::min(bytes, room_);
    while (left > 0) {
      const std::uint32_t here = std::min(left, packet_bytes);
      left -= here;
      room_ = packet_bytes - here;
      const Instant before = leaves_at_;
      // As many as the window holds at once, then one for each that is acknowledged.
      leaves_at_ = std::max({now, blocked_, window_end_ - round_trip});
      window_end_ = std::max(window_end_, leaves_at_) + round_trip / window_;
      const Row row = row_of(left, leaves_at_ > now, leaves_at_ < before + round_trip, now);
      const Instant got_through = deliver(leaves_at_, row, round_trip, lost);
      arrives_at_ = std::max(arrives_at_, got_through + one_way);
      if (got_through > leaves_at_) repaired_ = std::max(repaired_, got_through);
      if (leaves_at_ >= repaired_) grow();
    }
    last_ = now;
    return {arrives_at_, accept(bytes, now, arrives_at_ + one_way)};
  }

 private:
  // What surrounds a packet.
  struct Row {
    bool has_before = false;   // under way
    bool is_pushed = false;    // more waits to be sent
    std::uint32_t behind = 0;  // packets, as far as one can tell
    Duration apart{};
  };
  struct Piece {
    std::uint32_t bytes;
    Instant gone_at;  // acknowledged
  };
  static constexpr std::uint32_t first_window = 10;
  static constexpr std::uint32_t largest_window = 1000;                      // 1.4 MB under way
  static constexpr Duration least_timeout = std::chrono::milliseconds(200);  // and a round trip
  static constexpr Duration longest_timeout = std::chrono::seconds(120);
  static constexpr Duration probe_margin = std::chrono::milliseconds(2);  // TCP_TIMEOUT_MIN

  static Duration first_timeout(Duration round_trip) { return least_timeout + round_trip; }

  Row row_of(std::uint32_t left, bool waited, bool has_before, Instant now) const {
    const std::uint32_t others = window_ - 1;
    if (waited) return {has_before, true, others, {}};
    if (left > 0) return {has_before, false, std::min((left - 1) / packet_bytes + 1, others), {}};
    const Duration apart = now - last_;
    if (!has_before || apart <= Duration{}) return {has_before, false, 0, {}};
    return {has_before, false, others, apart};
  }

  // When the packet leaves for the last time.
  template <class Lost>
  Instant deliver(Instant at, Row row, Duration round_trip, Lost& lost) {
    Duration timeout = measured_ + std::max(4 * varies_, least_timeout);
    bool may_be_probed = row.has_before;
    while (lost()) {
      const Duration told = round_trip + told_after(row, timeout - round_trip, lost);
      const Duration probed = 2 * round_trip + probe_margin;
      if (told < timeout) {
        at += told;
        shrink(at);
        window_end_ += round_trip / window_;
        // One for each that arrived, less what the window shrinks by (RFC 6937); this is the first.
        row.behind = row.behind * 7 / 10;
        row.behind -= std::min(row.behind, 1U);
      } else if (may_be_probed && probed < timeout) {
        at += probed;
        shrink(at);
        row.behind = 0;
      } else {
        at += timeout;
        timeout = std::min(2 * timeout, longest_timeout);
        threshold_ = std::max(window_ * 7 / 10, 2U);
        window_ = 1;
        blocked_ = window_end_ = at;
        row.behind = 0;
      }
      may_be_probed = row.has_before = false;
    }
    // Of one that is alone nobody else tells that it arrived: its round trip seems a long one.
    const bool is_told_late = row.behind == 0 && lost();
    if (is_told_late && row.is_pushed) blocked_ = window_end_ = at + timeout;
    measure(is_told_late ? round_trip + first_timeout(round_trip) : round_trip);
    return at;
  }
  // RFC 6298.
  void measure(Duration sample) {
    varies_ += (std::max(sample - measured_, measured_ - sample) - varies_) / 4;
    measured_ += (sample - measured_) / 8;
  }
  // How long after it the first of those behind it leaves that arrives, and whose acknowledgement
  // does; no less than `limit` if none does before.
  template <class Lost>
  static Duration told_after(const Row& row, Duration limit, Lost& lost) {
    Duration after{};
    for (std::uint32_t i = 0; i < row.behind && after < limit; ++i) {
      after += row.apart;
      if (!lost() && !lost()) return after;
    }
    return limit;
  }
  // Once for all that left before the loss was known.
  void shrink(Instant known) {
    if (leaves_at_ < recovering_) return;
    recovering_ = known;
    threshold_ = window_ = std::max(window_ * 7 / 10, 2U);
  }
  // Below the threshold one packet for each that arrives, above it about half of one in a round
  // trip: 3 * (1 - 0.7) / (1 + 0.7).
  void grow() {
    if (window_ < threshold_) {
      ++window_;
    } else if (window_ < largest_window && (acked_ += 53) >= 100 * window_) {
      ++window_;
      acked_ = 0;
    }
  }
  // A message is in the buffer as soon as what is before it leaves room.
  Instant accept(std::uint32_t bytes, Instant now, Instant gone_at) {
    std::erase_if(buffer_, [&](const Piece& piece) { return piece.gone_at <= now; });
    std::uint32_t held = bytes;
    for (const Piece& piece : buffer_) held += piece.bytes;
    Instant accepted = now;
    for (const Piece& piece : buffer_) {
      if (held <= buffer_bytes) break;
      held -= piece.bytes;
      accepted = piece.gone_at;
    }
    buffer_.push_back({bytes, gone_at});
    return accepted;
  }

  Instant last_{};        // when the last message was sent
  Instant leaves_at_{};   // its last packet; until then it may be filled
  Instant arrives_at_{};  // likewise
  Instant window_end_{};  // when all that the window allows is acknowledged
  Instant blocked_{};     // nothing leaves before: a time-out
  Instant recovering_{};  // what left before belongs to a loss that counted
  Instant repaired_{};    // the window does not grow before
  Duration measured_{};   // the round trip, smoothed
  Duration varies_{};     // and by how much it does
  std::uint32_t room_ = 0;
  std::uint32_t window_ = first_window;
  std::uint32_t threshold_ = largest_window;
  std::uint32_t acked_ = 0;  // hundredths of packets since the window last grew
  std::vector<Piece> buffer_;
};

}  // namespace kafault
