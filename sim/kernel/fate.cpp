#include "sim/kernel/fate.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/digest.hpp"

namespace kafault {

namespace {
constexpr std::size_t questions = static_cast<std::size_t>(Question::fault) + 1;
}

void SeededFate::reset(std::uint64_t seed) {
  seed_ = seed;
  std::fill(drawn_.begin(), drawn_.end(), 0U);
}

std::uint64_t SeededFate::draw(Question question, std::int32_t entity) {
  const auto stream =
      static_cast<std::size_t>(entity) * questions + static_cast<std::size_t>(question);
  if (stream >= drawn_.size()) drawn_.resize(stream + questions, 0U);
  const std::uint64_t key = mix(seed_ * 0x9e3779b97f4a7c15ULL + stream + 1);
  return mix(key + 0x9e3779b97f4a7c15ULL * ++drawn_[stream]);
}

std::size_t SeededFate::choose(Question question, std::int32_t entity, std::size_t answers) {
  KAFAULT_REQUIRE(answers >= 1);
  return static_cast<std::size_t>(
      between(question, entity, 0, static_cast<std::int64_t>(answers) - 1));
}

// Lemire's multiply-shift without rejection: the bias is below 2^-32 for the ranges used here
// (nanoseconds within minutes), far below what any count of runs could show.
std::int64_t SeededFate::between(Question question, std::int32_t entity, std::int64_t low,
                                 std::int64_t high) {
  KAFAULT_REQUIRE(low <= high);
  if (low == high) return low;
  const auto span = static_cast<std::uint64_t>(high - low) + 1;
  __extension__ using Wide = unsigned __int128;
  const auto scaled = static_cast<Wide>(draw(question, entity)) * span;
  return low + static_cast<std::int64_t>(static_cast<std::uint64_t>(scaled >> 64U));
}

std::size_t ScriptedFate::choose(Question, std::int32_t, std::size_t answers) {
  if (next_ == answers_.size()) return 0;
  const std::size_t answer = answers_[next_++];
  KAFAULT_REQUIRE(answer < answers);
  return answer;
}

}  // namespace kafault
