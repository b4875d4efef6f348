// A topic that is deleted and created anew is another topic under the same name, with an id of its
// own (KIP-516), and its partitions begin with leader epoch 0 again. Here the epochs of its next
// life go on behind those of the last, so that whatever tells a leader epoch tells the topic's id.
#pragma once

#include <cstdint>

#include "sim/protocol/batch.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

inline constexpr LeaderEpoch epochs_per_life = 1 << 20;

// How many topics of this name there were before; 0 where no epoch is known.
constexpr std::int32_t life_of(LeaderEpoch epoch) {
  return epoch < 0 ? 0 : epoch / epochs_per_life;
}
// As Kafka counts it.
constexpr LeaderEpoch epoch_in_life(LeaderEpoch epoch) {
  return epoch < 0 ? epoch : epoch % epochs_per_life;
}
constexpr LeaderEpoch first_epoch_of(std::int32_t life) { return life * epochs_per_life; }
// What is left of an epoch once its client takes it for one of the topic that `current` is of: the
// number, which says nothing about that topic.
constexpr LeaderEpoch mistaken_for(LeaderEpoch epoch, LeaderEpoch current) {
  return epoch < 0 ? epoch : first_epoch_of(life_of(current)) + epoch_in_life(epoch);
}

}  // namespace kafault
