// Kafka's error codes (org.apache.kafka.common.protocol.Errors) and the client-side exceptions
// that a producer's or consumer's application sees. Data, never a C++ exception.
#pragma once

#include <cstdint>
#include <string_view>

namespace kafault {

enum class Error : std::uint8_t {
  none,
  // answered by brokers
  not_leader_or_follower,
  unknown_topic_or_partition,
  leader_not_available,
  request_timed_out,
  not_enough_replicas,
  not_enough_replicas_after_append,
  message_too_large,
  out_of_order_sequence_number,
  invalid_producer_epoch,
  offset_out_of_range,
  offset_not_available,
  fenced_leader_epoch,
  unknown_leader_epoch,
  coordinator_not_available,
  coordinator_load_in_progress,
  not_coordinator,
  illegal_generation,
  unknown_member_id,
  member_id_required,
  rebalance_in_progress,
  fenced_instance_id,
  broker_id_not_registered,
  duplicate_broker_registration,
  stale_broker_epoch,
  invalid_update_version,
  ineligible_replica,
  // made by clients
  network_exception,
  timeout_exception,
  commit_failed,
  record_too_large,
  buffer_exhausted,
  producer_closed,
  wakeup,
  // KIP-848, answered by brokers
  fenced_member_epoch,
  stale_member_epoch,
  unreleased_instance_id,
  // a record that a broker does not take (LogValidator)
  invalid_record,
  invalid_timestamp,
};

// RetriableException or its subclass InvalidMetadataException (clients/.../common/errors).
bool is_retriable(Error error);
// InvalidMetadataException: the client asks for fresh metadata.
bool invalidates_metadata(Error error);
// Kafka's name, e.g. "NOT_ENOUGH_REPLICAS" or "TimeoutException".
std::string_view name_of(Error error);

}  // namespace kafault
