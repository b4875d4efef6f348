#include "sim/client/producer_metadata.hpp"

#include <algorithm>

namespace kafault {

void ProducerMetadata::configure(const ProducerConfig& config, std::size_t partitions,
                                 std::size_t at_first) {
  config_ = &config;
  at_first_ = at_first;
  leaders_.resize(partitions);
  clear();
}

void ProducerMetadata::clear() {
  brokers_ = {};
  partitions_ = at_first_;
  std::fill(leaders_.begin(), leaders_.end(), Known{});
  led_is_stale_ = true;
  is_known_ = is_in_progress_ = was_refreshed_ = false;
  is_requested_ = true;
  last_refresh_ = last_successful_refresh_ = {};
  failures_ = equivalent_responses_ = 0;
  schedule_update();
}

void ProducerMetadata::rebootstrap() {
  brokers_ = {};
  for (Known& leader : leaders_) leader.node = no_node;
  find_available();
  is_known_ = false;
  request_update();
}

// Metadata.timeToNextUpdate: at once if requested, else at the end of metadata.max.age.ms; but
// not before the back-off after the last attempt, which grows while the answers tell nothing new.
void ProducerMetadata::schedule_update() {
  next_update_ = is_in_progress_ ? never : Instant{};
  if (is_in_progress_ || !was_refreshed_) return;
  const Instant wanted =
      is_requested_ ? Instant{} : last_successful_refresh_ + config_->metadata_max_age;
  next_update_ = std::max(allowed_from(), wanted);
}

Instant ProducerMetadata::allowed_from() const {
  const std::int32_t in_vain = std::max({failures_, equivalent_responses_, 1});
  return last_refresh_ + drawn_backoff(*config_, in_vain - 1, jitter_);
}

// Failures as the waits that follow from them.
void ProducerMetadata::hash_into(Fingerprint& print) const {
  print.add(brokers_.bits());
  for (const Leader& leader : leaders_) {
    print.add(leader.node, leader.epoch);
  }
  print.add(is_known_, is_requested_, is_in_progress_, was_refreshed_);
  print.poll(next_update_, config_->metadata_max_age);
  if (!was_refreshed_) return;
  print.deadline(allowed_from());
  print.poll(last_successful_refresh_ + config_->metadata_max_age, config_->metadata_max_age);
  print.add(retry_backoff(*config_, failures_), retry_backoff(*config_, equivalent_responses_));
}

void ProducerMetadata::find_available() {
  for (Known& known : leaders_) {
    const bool is_available = known.node != no_node && brokers_.contains(known.node);
    known.available = is_available ? known.node : no_node;
  }
  led_is_stale_ = true;
}

void ProducerMetadata::list_led() {
  led_is_stale_ = false;
  for (FlatVector<std::uint32_t>& led : led_) led.clear();
  for (std::size_t p = 0; p < leaders_.size(); ++p) {
    if (leader(p) == no_node) continue;
    const auto node = static_cast<std::size_t>(leader(p));
    if (node >= led_.size()) led_.resize(node + 1);
    led_[node].push_back(static_cast<std::uint32_t>(p));
  }
}

void ProducerMetadata::on_failed(Instant now, Jitter jitter) {
  jitter_ = jitter;
  is_in_progress_ = false;
  was_refreshed_ = true;
  last_refresh_ = now;
  ++failures_;
  equivalent_responses_ = 0;
  schedule_update();
}

void ProducerMetadata::begin_update(BrokerSet brokers, Instant now, Jitter jitter) {
  jitter_ = jitter;
  // A periodic refresh is not the sign of a search that makes no progress.
  if (now >= last_successful_refresh_ + config_->metadata_max_age) equivalent_responses_ = 0;
  is_in_progress_ = is_requested_ = false;
  is_known_ = was_refreshed_ = true;
  brokers_ = brokers;
  find_available();
  last_refresh_ = last_successful_refresh_ = now;
  failures_ = 0;
  ++equivalent_responses_;
  schedule_update();
}

ProducerMetadata::Change ProducerMetadata::learn(std::size_t p, Leader leader) {
  Leader& known = leaders_[p];
  if (leader.epoch < known.epoch) return Change::none;
  const LeaderEpoch before = known.epoch;
  known = leader;
  partitions_ = std::max(partitions_, p + 1);
  find_available();
  // LEADER_NOT_AVAILABLE is an answer, and a reason to ask again.
  if (leader.node == no_node) request_update();
  if (leader.epoch == before) return Change::none;
  equivalent_responses_ = 0;
  schedule_update();
  return before == no_epoch ? Change::first : Change::newer;
}

void ProducerMetadata::lose_topic() {
  partitions_ = 0;
  for (Known& leader : leaders_) leader.node = no_node;
  find_available();
  request_update();
}

ProducerMetadata::Change ProducerMetadata::learn_from_error(std::size_t p, Leader leader) {
  if (leader.node == no_node || leader.epoch <= leaders_[p].epoch) return Change::none;
  static_cast<Leader&>(leaders_[p]) = leader;
  brokers_.insert(leader.node);  // the answer carries its end point
  find_available();
  return Change::newer;
}

}  // namespace kafault
