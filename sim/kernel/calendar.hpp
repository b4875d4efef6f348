// The pending future, in the order it will happen. Events due at the same instant happen in the
// order in which they were scheduled, so equal fates give equal runs. Knows no Kafka: an event is
// any trivially copyable value with a member `Instant due`.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/time.hpp"

namespace kafault {

template <class Event>
concept Schedulable = std::is_trivially_copyable_v<Event> && requires(const Event& event) {
  { event.due } -> std::convertible_to<Instant>;
};

// A monotone radix heap with a sorted front.
//
//     now                  front_end
//      |  front               |  buckets, by the highest digit in which due differs from base
//      [sorted | gap | sorted)[ level 0 | level 1 | level 2 | ...
//
// What is due before `front_end` lies sorted in the front, where it is popped. Everything later
// lies unsorted in a bucket; an event moves at most once per digit towards the front. When few are
// pending, all of them are in the front: a sorted array beats every tree and heap there. It has a
// gap where the last event was inserted, because the next one mostly belongs there too: behind the
// messages that are on their way, before the timers that wait for what they guard against. Order
// within a bucket is the order of scheduling and every step is stable, hence first in, first out at
// equal times without a serial number. Time never runs backwards, which is what makes this cheap:
// an event due before now() breaks the contract.
template <class Event>
class Calendar {
  static_assert(Schedulable<Event>, "an event is a plain value with a member `Instant due`");

 public:
  Calendar() = default;
  Calendar(const Calendar& other) { *this = other; }
  ~Calendar() = default;
  // Copies what is pending: a few hundred bytes when that is little.
  Calendar& operator=(const Calendar& other) {
    if (this == &other) return *this;
    now_ = other.now_;
    size_ = other.size_;
    rest();
    reserve_front(other.in_front());
    gap_ = std::copy(other.head_, other.gap_, gap_);
    gap_ = std::copy(other.behind_, other.end_, gap_);
    front_end_ = other.front_end_;
    base_ = other.base_;
    if (other.used_levels_ == 0) return *this;
    used_levels_ = other.used_levels_;
    used_ = other.used_;
    buckets_ = other.buckets_;
    chunks_ = other.chunks_;
    free_ = other.free_;
    fresh_ = other.fresh_;
    return *this;
  }

  Instant now() const { return now_; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void schedule(const Event& event) { schedule_at(event.due) = event; }

  // An event due at `due`, to be filled in at once where it lies. One that is put together
  // elsewhere, field by field, and copied in wider words keeps a processor waiting until all fields
  // are written.
  [[gnu::always_inline]] Event& schedule_at(Instant due) {
    KAFAULT_REQUIRE(due >= now_);
    const bool is_simple = ++size_ <= front_limit && ticks(due) < front_end_ && gap_ < behind_;
    Event& event = is_simple ? insert_in_front(due) : schedule_with_care(due);
    event.due = due;
    return event;
  }

  // Takes the earliest event out and moves now() to it.
  Event pop() { return pop_in_place(); }

  // Likewise, without a copy: it stays where it lay until something is scheduled.
  const Event& pop_in_place() {
    const Event& event = next();
    KAFAULT_REQUIRE(event.due >= now_);
    ++head_;
    now_ = event.due;
    if (--size_ == 0) rest();
    return event;
  }

  // The event that pop() would take, of a calendar that is not empty.
  const Event& next() {
    if (head_ == gap_) fill_head();
    return *head_;
  }

  // What is pending, in the order in which it comes; events of the far future (when many are
  // pending) by bucket.
  void for_each_pending(auto&& visit) const {
    std::for_each(head_, gap_, visit);
    std::for_each(behind_, end_, visit);
    for (Digits levels_left = used_levels_; levels_left != 0; levels_left &= levels_left - 1) {
      const auto level = static_cast<std::size_t>(std::countr_zero(levels_left));
      for (Digits left = used_[level]; left != 0; left &= left - 1) {
        for_each(buckets_[level * fan_out + static_cast<std::size_t>(std::countr_zero(left))],
                 visit);
      }
    }
  }

  // When the next event is due; `never` if there is none. Does not move now(), so that events
  // before it may still be scheduled.
  Instant next_due() const {
    if (head_ < gap_) return head_->due;
    if (behind_ < end_) return behind_->due;
    return size_ == 0 ? never : earliest_in_buckets();
  }

  // Back to the beginning of time. Keeps the memory; costs the same however much was pending.
  void clear() {
    now_ = Instant{};
    size_ = 0;
    rest();
  }

 private:
  using Ticks = std::uint64_t;
  using Index = std::uint32_t;
  using Digits = std::uint64_t;  // a set of digits, one bit each

  static constexpr unsigned digit_bits = 6;
  static constexpr unsigned fan_out = 1U << digit_bits;
  static constexpr unsigned levels = (64 + digit_bits - 1) / digit_bits;
  static constexpr std::size_t front_size = 16;   // more than this is not worth sorting at once
  static constexpr std::size_t front_limit = 48;  // more than this is not worth inserting into
  static constexpr std::size_t few = 32;          // so many are not worth a bucket
  static constexpr std::size_t chunk_size = 8;
  static constexpr Index none = ~Index{0};
  static constexpr Ticks end_of_time = ~Ticks{0};

  struct Chunk {
    std::array<Event, chunk_size> events;
    Index next;
  };

  // A list of chunks, all full but the last. Meaningful only while its bit in `used_` is set, so
  // that clearing the calendar need not touch it.
  struct Bucket {
    Index first;
    Index last;
    std::size_t count;
  };

  static Ticks ticks(Instant due) { return static_cast<Ticks>(due.time_since_epoch().count()); }
  static Ticks ticks(const Event& event) { return ticks(event.due); }

  [[gnu::noinline]] Instant earliest_in_buckets() const {
    const Bucket& bucket = buckets_[lowest_bucket()];
    Instant earliest = chunks_[bucket.first].events[0].due;
    for_each(bucket, [&](const Event& event) { earliest = std::min(earliest, event.due); });
    return earliest;
  }

  // Nothing is pending: whatever comes next starts in the front.
  void rest() {
    empty_front();
    front_end_ = end_of_time;
    base_ = static_cast<Ticks>(now_.time_since_epoch().count());
    used_levels_ = 0;
    used_ = {};
    free_ = none;
    fresh_ = 0;
  }

  std::size_t in_front() const {
    return static_cast<std::size_t>((gap_ - head_) + (end_ - behind_));
  }
  void empty_front() {
    head_ = gap_ = front_.data();
    behind_ = end_ = front_.data() + front_.size();
  }
  // Room for `count` in a front that is empty.
  void reserve_front(std::size_t count) {
    if (front_.size() < count) front_.resize(std::max(2 * front_limit, 2 * count));
    empty_front();
  }

  // The earliest event comes to the head.
  [[gnu::noinline]] void fill_head() {
    KAFAULT_REQUIRE(size_ > 0);
    if (behind_ == end_) return draw();
    *gap_++ = *behind_++;
  }

  // Into a bucket, or into a front that has no room or should not grow.
  [[gnu::noinline]] Event& schedule_with_care(Instant due) {
    if (ticks(due) < front_end_ && has_become_long(due)) spill();
    if (ticks(due) >= front_end_) return place(ticks(due));
    if (gap_ == behind_) widen_gap();
    return insert_in_front(due);
  }

  // Behind everything that is due no later: moves the gap there.
  [[gnu::always_inline]] Event& insert_in_front(Instant due) {
    Event* before = gap_;
    Event* behind = behind_;
    while (before > head_ && before[-1].due > due) *--behind = *--before;
    while (behind < end_ && behind->due <= due) *before++ = *behind++;
    gap_ = before + 1;
    behind_ = behind;
    return *before;
  }

  // There is no gap left. What was popped has left room before the head; if that is little, there
  // shall be more.
  void widen_gap() {
    Event* const front = front_.data();
    if (head_ - front > (end_ - front) / 4) {
      gap_ = std::copy(head_, gap_, front);
      head_ = front;
      return;
    }
    const auto popped = head_ - front;
    const auto before = gap_ - front;
    const auto after = end_ - behind_;
    front_.resize(std::max(2 * front_limit, 2 * front_.size()));
    empty_front();
    head_ += popped;
    gap_ += before;
    behind_ = std::copy_backward(gap_, gap_ + after, end_);
  }

  // Appending is cheap, however long it is.
  bool has_become_long(Instant due) const {
    if (in_front() < front_limit) return false;
    return (behind_ < end_ ? end_[-1] : gap_[-1]).due > due;
  }

  // The front has become too long to insert into: all but its first few go back into buckets. What
  // is due before base_ has no place in them.
  void spill() {
    gap_ = std::copy(behind_, end_, gap_);
    behind_ = end_;
    const Ticks cut = std::max(ticks(head_[front_limit / 2]), base_);
    Event* const last = gap_;
    Event* keep = std::lower_bound(
        head_, last, cut, [](const Event& event, Ticks due) { return ticks(event) < due; });
    if (keep == last) return;
    front_end_ = ticks(*keep);
    gap_ = keep;
    for (; keep != last; ++keep) place(ticks(*keep)) = *keep;
  }

  // The end of the bucket for what is due then.
  Event& place(Ticks due) {
    KAFAULT_REQUIRE(due >= base_);
    const auto highest_bit = static_cast<unsigned>(std::bit_width((due ^ base_) | 1U)) - 1;
    const unsigned level = highest_bit / digit_bits;
    const auto digit = static_cast<unsigned>(due >> (level * digit_bits)) & (fan_out - 1);
    Bucket& bucket = buckets_[level * fan_out + digit];
    const Digits bit = Digits{1} << digit;
    if ((used_[level] & bit) == 0) {
      used_[level] |= bit;
      used_levels_ |= std::uint32_t{1} << level;
      bucket.first = bucket.last = take_chunk();
      bucket.count = 0;
    } else if (bucket.count % chunk_size == 0) {
      const Index chunk = take_chunk();
      chunks_[bucket.last].next = chunk;
      bucket.last = chunk;
    }
    return chunks_[bucket.last].events[bucket.count++ % chunk_size];
  }

  unsigned lowest_bucket() const {
    const auto level = static_cast<unsigned>(std::countr_zero(used_levels_));
    return level * fan_out + static_cast<unsigned>(std::countr_zero(used_[level]));
  }

  // Fills the empty front: from the lowest bucket, or, when few are pending, from all of them.
  // What is scheduled later and is due before base_ belongs to the front.
  void draw() {
    empty_front();
    do {
      draw_lowest();
    } while (used_levels_ != 0 && size_ <= few);
    if (used_levels_ != 0) return;
    front_end_ = end_of_time;
    base_ = static_cast<Ticks>(now_.time_since_epoch().count());
  }

  // Appends the lowest bucket to the front, after breaking up buckets that are too full.
  void draw_lowest() {
    for (;;) {
      const unsigned lowest = lowest_bucket();
      const unsigned level = lowest / fan_out;
      const unsigned shift = level * digit_bits;
      const Bucket bucket = buckets_[lowest];
      base_ = ticks(chunks_[bucket.first].events[0]) >> shift << shift;
      used_[level] &= ~(Digits{1} << (lowest % fan_out));
      if (used_[level] == 0) used_levels_ &= ~(std::uint32_t{1} << level);

      if (level == 0 || bucket.count <= front_size) {
        front_end_ = base_ + (Ticks{1} << shift);
        append_to_front(bucket, level == 0);
        chunks_[bucket.last].next = free_;  // the whole list at once
        free_ = bucket.first;
        return;
      }
      break_up(bucket);
    }
  }

  void append_to_front(const Bucket& bucket, bool all_due_at_once) {
    const auto from = gap_ - front_.data();
    const std::size_t needed = static_cast<std::size_t>(from) + bucket.count;
    if (front_.size() < needed) front_.resize(2 * needed);
    empty_front();
    Event* to = front_.data() + from;
    gap_ = to + bucket.count;
    if (all_due_at_once) {
      for_each(bucket, [&](const Event& event) { *to++ = event; });
      return;
    }
    // Comparing all pairs takes more steps than sorting, but none that a processor mispredicts. Of
    // two that are due at once, the earlier scheduled one has the lower rank.
    std::array<Ticks, front_size> due;
    std::array<Index, front_size> rank;
    Index count = 0;
    for_each(bucket, [&](const Event& event) {
      const Ticks mine = ticks(event);
      Index behind = 0;
      for (Index i = 0; i < count; ++i) {
        const Index later = due[i] > mine ? 1 : 0;
        rank[i] += later;
        behind += 1 - later;
      }
      due[count] = mine;
      rank[count] = behind;
      ++count;
    });
    const Index* next = rank.data();
    for_each(bucket, [&](const Event& event) { to[*next++] = event; });
  }

  void break_up(const Bucket& bucket) {
    std::size_t left = bucket.count;
    for (Index at = bucket.first; left > 0;) {
      const std::size_t count = std::min(left, chunk_size);
      for (std::size_t i = 0; i < count; ++i) {
        const Event event = chunks_[at].events[i];  // a copy: place() may move the chunks
        place(ticks(event)) = event;
      }
      left -= count;
      const Index next = chunks_[at].next;
      give_back(at);
      at = next;
    }
  }

  void for_each(const Bucket& bucket, auto&& visit) const {
    std::size_t left = bucket.count;
    for (Index at = bucket.first; left > 0; at = chunks_[at].next) {
      const Chunk& chunk = chunks_[at];
      const std::size_t count = std::min(left, chunk_size);
      for (std::size_t i = 0; i < count; ++i) visit(chunk.events[i]);
      left -= count;
    }
  }

  void give_back(Index chunk) {
    chunks_[chunk].next = free_;
    free_ = chunk;
  }

  Index take_chunk() {
    if (free_ != none) {
      const Index chunk = free_;
      free_ = chunks_[chunk].next;
      return chunk;
    }
    if (fresh_ == chunks_.size()) chunks_.resize(std::max<std::size_t>(64, 2 * chunks_.size()));
    return fresh_++;
  }

  Instant now_{};
  std::size_t size_ = 0;

  std::vector<Event> front_;  // sorted from head_ to gap_, and on from behind_ to the end
  Event* head_ = nullptr;
  Event* gap_ = nullptr;
  Event* behind_ = nullptr;
  Event* end_ = nullptr;
  Ticks front_end_ = end_of_time;  // everything due earlier is in the front

  Ticks base_ = 0;  // not later than anything in a bucket
  std::uint32_t used_levels_ = 0;
  std::array<Digits, levels> used_{};  // per level the digits that have a bucket
  // Far from what is used at every event, which else would lie far apart.
  std::vector<Bucket> buckets_ = std::vector<Bucket>(std::size_t{levels} * fan_out);
  std::vector<Chunk> chunks_;
  Index free_ = none;  // chunks that were given back, linked by `next`
  Index fresh_ = 0;    // chunks from here on were not used since clear()
};

}  // namespace kafault
