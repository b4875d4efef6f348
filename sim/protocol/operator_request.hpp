// What an operator asks of the controller while the cluster runs (kafka-configs,
// kafka-leader-election, kafka-reassign-partitions, kafka-topics --alter, --delete, --create). What
// is asked is known before the run, and named by its index in it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

// New values of some of a topic's settings (IncrementalAlterConfigs).
class TopicConfigChange {
 public:
  TopicConfigChange() = default;
  explicit TopicConfigChange(std::int32_t topic) : topic_(topic) {}

  std::int32_t topic() const { return topic_; }
  // The setting of that name gets its value from `source`; nothing if topics have none.
  void take(std::string_view name, const TopicConfig& source) {
    std::uint32_t bit = 1;
    TopicConfig::describe(source, [&](std::string_view field, const auto&, auto, auto) {
      if (field == name) written_ |= bit;
      bit <<= 1U;
    });
    copy(source, values_, written_);
  }
  bool is_empty() const { return written_ == 0; }
  bool writes(std::string_view name) const {
    bool found = false;
    std::uint32_t bit = 1;
    TopicConfig::describe(values_, [&](std::string_view field, const auto&, auto, auto) {
      if (field == name) found = (written_ & bit) != 0;
      bit <<= 1U;
    });
    return found;
  }
  void apply_to(TopicConfig& config) const { copy(values_, config, written_); }
  const TopicConfig& values() const { return values_; }

 private:
  // Walks both in the order of `describe`, a bit of `which` for each setting.
  static void copy(const TopicConfig& from, TopicConfig& to, std::uint32_t which) {
    std::array<const void*, 32> source{};
    std::size_t count = 0;
    TopicConfig::describe(from, [&](auto, const auto& value, auto, auto) {
      KAFAULT_REQUIRE(count < source.size());
      source[count++] = &value;
    });
    std::size_t at = 0;
    TopicConfig::describe(to, [&](auto, auto& value, auto, auto) {
      using Value = std::remove_reference_t<decltype(value)>;
      if ((which >> at & 1U) != 0) value = *static_cast<const Value*>(source[at]);
      ++at;
    });
  }

  std::int32_t topic_ = -1;
  TopicConfig values_;
  std::uint32_t written_ = 0;
};

struct OperatorRequest {
  enum class Kind : std::uint8_t {
    change_config,
    elect_preferred,
    elect_unclean,
    reassign,
    cancel_reassignment,
    add_partitions,
    delete_topic,
    create_topic
  };
  Kind kind = Kind::change_config;
  std::int32_t change = -1;              // change_config: index among the changes of the plan
  PartitionId partition = no_partition;  // most others; add_partitions: its topic's last afterwards
  std::int32_t topic = -1;               // delete_topic, create_topic
  ReplicaList replicas{};                // reassign: the new ones
};

// Where an operator puts the offsets of a group without members (kafka-consumer-groups
// --reset-offsets --to-earliest, --to-latest, --to-offset, --shift-by).
struct OffsetsReset {
  enum class To : std::uint8_t { earliest, latest, offset, shift };
  To to = To::latest;
  std::int64_t value = 0;  // offset, shift
};

}  // namespace kafault
