#include "sim/protocol/error.hpp"

#include "sim/kernel/contract.hpp"

namespace kafault {

bool is_retriable(Error error) {
  switch (error) {
    case Error::not_leader_or_follower:
    case Error::unknown_topic_or_partition:
    case Error::leader_not_available:
    case Error::request_timed_out:
    case Error::not_enough_replicas:
    case Error::not_enough_replicas_after_append:
    case Error::offset_not_available:
    case Error::fenced_leader_epoch:
    case Error::unknown_leader_epoch:
    case Error::coordinator_not_available:
    case Error::coordinator_load_in_progress:
    case Error::not_coordinator:
    case Error::network_exception:
      return true;
    default:
      return false;
  }
}

bool invalidates_metadata(Error error) {
  switch (error) {
    case Error::not_leader_or_follower:
    case Error::unknown_topic_or_partition:
    case Error::leader_not_available:
    case Error::fenced_leader_epoch:
    case Error::unknown_leader_epoch:
    case Error::network_exception:
      return true;
    default:
      return false;
  }
}

std::string_view name_of(Error error) {
  switch (error) {
    case Error::none:
      return "NONE";
    case Error::not_leader_or_follower:
      return "NOT_LEADER_OR_FOLLOWER";
    case Error::unknown_topic_or_partition:
      return "UNKNOWN_TOPIC_OR_PARTITION";
    case Error::leader_not_available:
      return "LEADER_NOT_AVAILABLE";
    case Error::request_timed_out:
      return "REQUEST_TIMED_OUT";
    case Error::not_enough_replicas:
      return "NOT_ENOUGH_REPLICAS";
    case Error::not_enough_replicas_after_append:
      return "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
    case Error::message_too_large:
      return "MESSAGE_TOO_LARGE";
    case Error::out_of_order_sequence_number:
      return "OUT_OF_ORDER_SEQUENCE_NUMBER";
    case Error::invalid_producer_epoch:
      return "INVALID_PRODUCER_EPOCH";
    case Error::offset_out_of_range:
      return "OFFSET_OUT_OF_RANGE";
    case Error::offset_not_available:
      return "OFFSET_NOT_AVAILABLE";
    case Error::fenced_leader_epoch:
      return "FENCED_LEADER_EPOCH";
    case Error::unknown_leader_epoch:
      return "UNKNOWN_LEADER_EPOCH";
    case Error::coordinator_not_available:
      return "COORDINATOR_NOT_AVAILABLE";
    case Error::coordinator_load_in_progress:
      return "COORDINATOR_LOAD_IN_PROGRESS";
    case Error::not_coordinator:
      return "NOT_COORDINATOR";
    case Error::illegal_generation:
      return "ILLEGAL_GENERATION";
    case Error::unknown_member_id:
      return "UNKNOWN_MEMBER_ID";
    case Error::member_id_required:
      return "MEMBER_ID_REQUIRED";
    case Error::rebalance_in_progress:
      return "REBALANCE_IN_PROGRESS";
    case Error::fenced_instance_id:
      return "FENCED_INSTANCE_ID";
    case Error::fenced_member_epoch:
      return "FENCED_MEMBER_EPOCH";
    case Error::stale_member_epoch:
      return "STALE_MEMBER_EPOCH";
    case Error::unreleased_instance_id:
      return "UNRELEASED_INSTANCE_ID";
    case Error::broker_id_not_registered:
      return "BROKER_ID_NOT_REGISTERED";
    case Error::duplicate_broker_registration:
      return "DUPLICATE_BROKER_REGISTRATION";
    case Error::stale_broker_epoch:
      return "STALE_BROKER_EPOCH";
    case Error::invalid_update_version:
      return "INVALID_UPDATE_VERSION";
    case Error::ineligible_replica:
      return "INELIGIBLE_REPLICA";
    case Error::network_exception:
      return "NETWORK_EXCEPTION";
    case Error::timeout_exception:
      return "TimeoutException";
    case Error::commit_failed:
      return "CommitFailedException";
    case Error::record_too_large:
      return "RecordTooLargeException";
    case Error::buffer_exhausted:
      return "BufferExhaustedException";
    case Error::producer_closed:
      return "KafkaException: producer closed";
    case Error::wakeup:
      return "WakeupException";
    case Error::invalid_record:
      return "INVALID_RECORD";
    case Error::invalid_timestamp:
      return "INVALID_TIMESTAMP";
  }
  contract_broken("a known error", __FILE__, __LINE__);
}

}  // namespace kafault
