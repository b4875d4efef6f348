// Everything a run leaves open is decided here and nowhere else. Answer 0 is what a kind world
// does; every other answer is a misfortune. Only cluster, net, fault and drive may include this
// file: an actor that wants jitter arms a timer with a range, and the cluster asks; clients get
// dice of their own, which the cluster casts when their process starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kafault {

// What is asked, and for whom: random streams are keyed by both, so that adding a node or a
// question does not move the dice of others.
enum class Question : std::uint8_t { latency, timer, process, chance, teardown, fault };

class Fate {
 public:
  virtual ~Fate() = default;
  // An index below `answers` (>= 1).
  virtual std::size_t choose(Question question, std::int32_t entity, std::size_t answers) = 0;
  // A value in [low, high].
  virtual std::int64_t between(Question question, std::int32_t entity, std::int64_t low,
                               std::int64_t high) = 0;
};

// Always the first answer, always the low end.
class KindFate final : public Fate {
 public:
  std::size_t choose(Question, std::int32_t, std::size_t) override { return 0; }
  std::int64_t between(Question, std::int32_t, std::int64_t low, std::int64_t) override {
    return low;
  }
};

// Counter-based dice: the n-th draw of a stream is a function of (seed, question, entity, n).
class SeededFate final : public Fate {
 public:
  explicit SeededFate(std::uint64_t seed = 1) { reset(seed); }
  void reset(std::uint64_t seed);
  std::size_t choose(Question question, std::int32_t entity, std::size_t answers) override;
  std::int64_t between(Question question, std::int32_t entity, std::int64_t low,
                       std::int64_t high) override;

 private:
  std::uint64_t draw(Question question, std::int32_t entity);

  std::uint64_t seed_ = 1;
  std::vector<std::uint32_t> drawn_;  // by entity, then question
};

// Replays a list of answers to `choose`, then is kind. `between` stays at the low end.
class ScriptedFate final : public Fate {
 public:
  explicit ScriptedFate(std::vector<std::size_t> answers) : answers_(std::move(answers)) {}
  std::size_t choose(Question question, std::int32_t entity, std::size_t answers) override;
  std::int64_t between(Question, std::int32_t, std::int64_t low, std::int64_t) override {
    return low;
  }
  bool exhausted() const { return next_ == answers_.size(); }

 private:
  std::vector<std::size_t> answers_;
  std::size_t next_ = 0;
};

}  // namespace kafault
