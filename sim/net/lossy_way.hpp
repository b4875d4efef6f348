// One direction of a TCP connection over a link that loses packets. What is lost is sent again,
// what was sent behind it waits, since TCP delivers in order, and each loss makes the sender
// slower: a lossy link is first of all a slow one.
//
// Reno, as in Padhye, Firoiu, Towsley and Kurose, "Modeling TCP Throughput" (SIGCOMM 1998), whose
// closed form it is tested against: where at least three packets follow, a loss is known after a
// round trip and halves the window; else after a time-out that doubles with each further loss, and
// the window is one packet. Linux: time-outs of 200 ms and a round trip at least, a first window of
// ten packets (RFC 6928), slow start again after a pause.
// Simplified: packets leave evenly over a round trip, no selective acknowledgements, no delayed
// ones. A lost acknowledgement counts where no other follows: with less than three packets under
// way.
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
    free_at_ = leaves_at_ = arrives_at_ = {};
    room_ = 0;
    window_ = first_window;
    threshold_ = largest_window;
    acked_ = 0;
    buffer_.clear();
  }

  // `lost`: asked once per packet and acknowledgement.
  template <class Lost>
  Sent send(std::uint32_t bytes, Instant now, Duration one_way, Lost&& lost) {
    const Duration round_trip = 2 * one_way;
    if (now > free_at_ + first_timeout(round_trip)) window_ = std::min(window_, first_window);
    const bool is_busy = free_at_ > now;  // as much is behind it, as far as one can tell
    free_at_ = std::max(free_at_, now);
    // What waits for its turn leaves in packets that are full.
    if (now >= leaves_at_) room_ = 0;
    std::uint32_t left = bytes - std::min(bytes, room_);
    room_ -= std::min(bytes, room_);
    while (left > 0) {
      const std::uint32_t here = std::min(left, packet_bytes);
      leaves_at_ = free_at_;
      left -= here;
      room_ = packet_bytes - here;
      const bool is_followed = is_busy || left >= (enough_to_tell - 1) * packet_bytes;
      deliver(is_followed, round_trip, lost);
      arrives_at_ = free_at_ + one_way;
      free_at_ += round_trip / window_;
      grow();
    }
    return {arrives_at_, accept(bytes, now, free_at_ + round_trip)};
  }

 private:
  struct Piece {
    std::uint32_t bytes;
    Instant gone_at;  // acknowledged
  };
  static constexpr std::uint32_t first_window = 10;
  static constexpr std::uint32_t largest_window = 1000;  // 1.4 MB under way
  static constexpr std::uint32_t enough_to_tell = 4;     // a lost one and three duplicates
  static constexpr Duration longest_timeout = std::chrono::seconds(120);

  static Duration first_timeout(Duration round_trip) {
    return std::chrono::milliseconds(200) + round_trip;
  }
  // Moves the moment at which the packet leaves to that at which it leaves for the last time.
  template <class Lost>
  void deliver(bool is_followed, Duration round_trip, Lost& lost) {
    Duration timeout = first_timeout(round_trip);
    for (bool is_again = false; lost() || (window_ < enough_to_tell && lost()); is_again = true) {
      threshold_ = std::max(window_ / 2, 2U);
      if (is_followed && !is_again && window_ >= enough_to_tell) {
        free_at_ += round_trip;
        window_ = threshold_;
      } else {
        free_at_ += timeout;
        timeout = std::min(2 * timeout, longest_timeout);
        window_ = 1;
      }
    }
  }
  void grow() {
    if (window_ < threshold_) {
      ++window_;
    } else if (window_ < largest_window && ++acked_ >= window_) {
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

  Instant free_at_{};     // when the next packet may leave
  Instant leaves_at_{};   // the last one; until then it may be filled
  Instant arrives_at_{};  // likewise
  std::uint32_t room_ = 0;
  std::uint32_t window_ = first_window;
  std::uint32_t threshold_ = largest_window;
  std::uint32_t acked_ = 0;  // since the window last grew, beyond the threshold
  std::vector<Piece> buffer_;
};

}  // namespace kafault
