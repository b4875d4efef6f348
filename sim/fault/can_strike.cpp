// Whether a fault can strike at all under a plan. Known from the settings alone, so that a row
// says "nothing to strike" instead of "inconclusive" where there was never anything to wait for.
#include <algorithm>

#include "sim/fault/engine.hpp"

namespace kafault {

namespace {

bool commits(const ApplicationPlan& application, const ConsumerConfig& config) {
  const bool by_itself =
      application.commit != CommitStrategy::none && application.commit != CommitStrategy::sink;
  return by_itself || config.enable_auto_commit || application.on_revoke == OnRevoke::commit;
}

bool any_group_commits(const ClusterPlan& plan) {
  return std::any_of(plan.groups.begin(), plan.groups.end(), [](const GroupPlan& group) {
    return std::any_of(group.members.begin(), group.members.end(), [&](const MemberPlan& member) {
      return commits(group.application, member.config);
    });
  });
}

bool any_group_uses(GroupProtocol protocol, const ClusterPlan& plan) {
  return std::any_of(plan.groups.begin(), plan.groups.end(), [&](const GroupPlan& group) {
    return std::any_of(group.members.begin(), group.members.end(), [&](const MemberPlan& member) {
      return member.config.group_protocol == protocol;
    });
  });
}

bool message_exists(MessageKind kind, const ClusterPlan& plan) {
  const auto any_producer = [&](auto&& has) {
    return std::any_of(plan.producers.begin(), plan.producers.end(), has);
  };
  switch (kind) {
    case MessageKind::ProduceResponse:
      return any_producer([](const ProducerPlan& p) { return p.config.acks != Acks::none; });
    case MessageKind::InitProducerIdRequest:
    case MessageKind::InitProducerIdResponse:
      return any_producer([](const ProducerPlan& p) { return p.config.enable_idempotence; });
    case MessageKind::OffsetCommitRequest:
    case MessageKind::OffsetCommitResponse:
      return any_group_commits(plan);
    case MessageKind::JoinGroupRequest:
    case MessageKind::JoinGroupResponse:
    case MessageKind::SyncGroupRequest:
    case MessageKind::SyncGroupResponse:
    case MessageKind::HeartbeatRequest:
    case MessageKind::HeartbeatResponse:
    case MessageKind::LeaveGroupRequest:
    case MessageKind::LeaveGroupResponse:
      return any_group_uses(GroupProtocol::classic, plan);
    case MessageKind::ConsumerGroupHeartbeatRequest:
    case MessageKind::ConsumerGroupHeartbeatResponse:
      return any_group_uses(GroupProtocol::consumer, plan);
    case MessageKind::FindCoordinatorRequest:
    case MessageKind::FindCoordinatorResponse:
    case MessageKind::OffsetFetchRequest:
    case MessageKind::OffsetFetchResponse:
      return !plan.groups.empty();
    default:
      return true;
  }
}

bool event_exists(ObservationKind kind, const ClusterPlan& plan) {
  switch (kind) {
    case ObservationKind::OffsetCommitted:
      return any_group_commits(plan);
    case ObservationKind::RecordDelivered:
    case ObservationKind::RecordProcessed:
    case ObservationKind::EffectApplied:
    case ObservationKind::EffectRefused:
    case ObservationKind::SinkAsked:
    case ObservationKind::IdStored:
    case ObservationKind::MemberJoined:
    case ObservationKind::RebalanceStarted:
    case ObservationKind::RebalanceCompleted:
      return !plan.groups.empty();
    case ObservationKind::BatchDeduplicated:
    case ObservationKind::ProducerIdAssigned:
      return message_exists(MessageKind::InitProducerIdRequest, plan);
    default:
      return true;
  }
}

}  // namespace

bool can_strike(const FaultPlan& fault, const ClusterPlan& plan) {
  if (strikes_messages(fault.action) || fault.when.kind == Trigger::Kind::message) {
    return message_exists(fault.when.message, plan);
  }
  if (strikes_handling(fault.action) || strikes_sinks(fault.action)) return !plan.groups.empty();
  if (fault.when.kind == Trigger::Kind::event) return event_exists(fault.when.event, plan);
  return true;
}

}  // namespace kafault
