// The settings of all topics as far as changes at run time have arrived. Until the first change
// they are those of the plan, and nothing is copied.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/operator_request.hpp"

namespace kafault {

class ChangingTopics {
 public:
  // Both outlive this; `changes` may be null where nothing ever changes.
  ChangingTopics(const std::vector<TopicConfig>* settled,
                 const std::vector<TopicConfigChange>* changes)
      : settled_(settled), changes_(changes) {}

  const TopicConfig& operator[](std::int32_t topic) const {
    return (changed_.empty() ? *settled_ : changed_)[static_cast<std::size_t>(topic)];
  }
  bool have_changed() const { return !changed_.empty(); }
  // Back to before the run.
  void reset() { changed_.clear(); }
  const TopicConfigChange& change(std::int32_t index) const {
    return (*changes_)[static_cast<std::size_t>(index)];
  }
  void apply(std::int32_t index) {
    if (changed_.empty()) changed_ = *settled_;
    change(index).apply_to(changed_[static_cast<std::size_t>(change(index).topic())]);
  }
  void hash_into(Fingerprint& print) const;

 private:
  const std::vector<TopicConfig>* settled_;
  const std::vector<TopicConfigChange>* changes_;
  std::vector<TopicConfig> changed_;
};

}  // namespace kafault
