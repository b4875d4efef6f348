// Where every distinct world was seen first: an open-addressing table from 64-bit fingerprints to
// places on paths. It is cut into shards that grow by themselves, a quarter at a time: a table that
// doubles is half empty on average, and needs room for both copies while it grows. Linear probing;
// a world's slot is its share of the table, so that growing reads and writes in order.
//
// What the set answers depends on who asks first; which fingerprints it holds does not.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace kafault {

// A moment of a path: so many steps after the path's start.
struct PathPlace {
  std::uint32_t path = 0;
  std::uint32_t step = 0;
  friend bool operator==(const PathPlace&, const PathPlace&) = default;
};

class VisitedSet {
 public:
  // With `shared`, several threads may announce and claim at the same time.
  explicit VisitedSet(bool shared = false) : shared_(shared) {}

  // A world was struck into being, and waits to be looked into; true if it is new.
  bool announce(std::uint64_t fingerprint) {
    return visit(fingerprint, [](Entry&, bool is_new) { return is_new; });
  }
  // A path has come to a world; true if it is the first to do so. If the world has only been
  // announced, whoever waits for it finds it claimed.
  bool claim(std::uint64_t fingerprint, PathPlace place) {
    return visit(fingerprint, [place](Entry& entry, bool) {
      if (entry.place.path != waiting) return false;
      entry.place = place;
      return true;
    });
  }
  // The place that claimed it. Not to be asked while others write.
  std::optional<PathPlace> find(std::uint64_t fingerprint) const {
    const Shard& shard = shards_[shard_of(fingerprint)];
    if (shard.entries.empty()) return std::nullopt;
    const Entry& entry = shard.entries[slot_of(shard.entries, fingerprint)];
    if (entry.place.path == vacant || entry.place.path == waiting) return std::nullopt;
    return entry.place;
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) sum += shard.used;
    return sum;
  }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t vacant = UINT32_MAX;
  static constexpr std::uint32_t waiting = UINT32_MAX - 1;

  struct Entry {
    std::uint64_t fingerprint = 0;
    PathPlace place{vacant, 0};
  };
  static_assert(sizeof(Entry) == 16);

  struct alignas(64) Shard {
    std::mutex mutex;
    std::vector<Entry> entries;
    std::size_t used = 0;
    std::size_t room = 0;  // entries that may be used before it grows
  };
  static constexpr std::size_t shard_count = 256;

  static std::size_t shard_of(std::uint64_t fingerprint) { return fingerprint % shard_count; }

  // The entry of this fingerprint, or the vacant one where it would be.
  static std::size_t slot_of(const std::vector<Entry>& entries, std::uint64_t fingerprint) {
    std::size_t slot = ((fingerprint >> 32U) * entries.size()) >> 32U;
    while (entries[slot].place.path != vacant && entries[slot].fingerprint != fingerprint) {
      if (++slot == entries.size()) slot = 0;
    }
    return slot;
  }

  template <class Decide>
  bool visit(std::uint64_t fingerprint, Decide decide) {
    Shard& shard = shards_[shard_of(fingerprint)];
    const auto lock = shared_ ? std::unique_lock(shard.mutex) : std::unique_lock<std::mutex>();
    if (shard.used == shard.room) grow(shard);
    Entry& entry = shard.entries[slot_of(shard.entries, fingerprint)];
    const bool is_new = entry.place.path == vacant;
    if (is_new) {
      entry = {fingerprint, {waiting, 0}};
      ++shard.used;
    }
    return decide(entry, is_new);
  }

  void grow(Shard& shard) {
    std::vector<Entry> larger(shard.entries.size() + shard.entries.size() / 4 + 16);
    note_bytes(static_cast<std::int64_t>(larger.size() * sizeof(Entry)));
    for (const Entry& entry : shard.entries) {
      if (entry.place.path != vacant) larger[slot_of(larger, entry.fingerprint)] = entry;
    }
    shard.entries.swap(larger);
    shard.room = shard.entries.size() * 17 / 20;
    note_bytes(-static_cast<std::int64_t>(larger.size() * sizeof(Entry)));
  }

  void note_bytes(std::int64_t more) {
    const std::uint64_t change = static_cast<std::uint64_t>(more);  // wraps around when negative
    const std::uint64_t now = bytes_.fetch_add(change, std::memory_order_relaxed) + change;
    std::uint64_t peak = peak_.load(std::memory_order_relaxed);
    while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
  }

  bool shared_;
  std::array<Shard, shard_count> shards_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> peak_{0};
};

}  // namespace kafault
