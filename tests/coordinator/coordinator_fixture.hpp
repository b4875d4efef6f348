// A coordinator alone: the test plays its members and its broker's log.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sim/coordinator/group_coordinator.hpp"
#include "tests/support/outbox_reader.hpp"

namespace kafault::test {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() {
    layout.topics = {{"orders", 0, 2}, {"__consumer_offsets", 2, 1}};
    layout.partitions = {{0, 0, {1}}, {0, 1, {1}}, {1, 0, {1}}};
    layout.offsets_partition = 2;
    coordinator.emplace(1, &config, &layout, 1);
    coordinator->start_settled(true);
    coordinator->set_coordinator(1);
  }

  static Instant at(Duration since_start) { return Instant{since_start}; }
  static RequestHandle from(NodeId client) { return {client, Lane::coordinator, 0}; }
  const ClassicGroup& group() const { return coordinator->view(0); }

  JoinGroupResponse join(NodeId client, MemberId id, Duration now) {
    JoinGroupRequest request;
    request.group = 0;
    request.member = id;
    request.session_timeout = seconds(45);
    request.rebalance_timeout = rebalance_timeout;
    request.assignors = {Assignor::range};
    request.topics = {0};
    coordinator->on(request, from(client), at(now), bench.fresh().out);
    return bench.only<JoinGroupResponse>();
  }
  // Both steps of a first join (KIP-394); the second is parked. Returns the id.
  MemberId join_anew(NodeId client, Duration now) {
    const MemberId id = join(client, no_member, now).member;
    join(client, id, now);
    return id;
  }
  Error heartbeat(MemberId id, Duration now) {
    HeartbeatRequest request;
    request.group = 0;
    request.generation = group().generation;
    request.member = id;
    coordinator->on(request, from(10), at(now), bench.fresh().out);
    return bench.only<HeartbeatResponse>().error;
  }
  SyncGroupResponse sync(NodeId client, MemberId id, Duration now,
                         std::vector<SyncGroupRequest::Assigned> assignments = {}) {
    SyncGroupRequest request;
    request.group = 0;
    request.generation = group().generation;
    request.member = id;
    request.assignments = std::move(assignments);
    coordinator->on(request, from(client), at(now), bench.fresh().out);
    return bench.only<SyncGroupResponse>();
  }
  LeaveGroupResponse leave(MemberId id, Duration now) {
    LeaveGroupRequest request;
    request.group = 0;
    request.member = id;
    coordinator->on(request, from(10), at(now), bench.fresh().out);
    return bench.only<LeaveGroupResponse>();
  }
  void commit(MemberId id, Generation generation, std::vector<CommittedOffset> offsets,
              Duration now) {
    OffsetCommitRequest request;
    request.group = 0;
    request.generation = generation;
    request.member = id;
    request.offsets = std::move(offsets);
    coordinator->on(request, from(10), at(now), bench.fresh().out);
  }
  std::vector<CommittedOffset> fetch_offsets(Duration now) {
    OffsetFetchRequest request;
    request.group = 0;
    request.partitions = {0, 1};
    coordinator->on(request, from(10), at(now), bench.fresh().out);
    return bench.only<OffsetFetchResponse>().offsets;
  }
  void timer(Duration now) { coordinator->on_timer(0, at(now), bench.fresh().out); }

  // The broker's side: what the last event asked to append is appended.
  void append_all(Duration now, Error error = Error::none) {
    const std::vector<LocalEvent> asked = bench.locals();
    bench.fresh();
    for (const LocalEvent& append : asked) {
      LocalEvent event;
      event.kind = LocalEvent::Kind::appended;
      event.error = error;
      event.tag = append.tag;
      event.offset = error == Error::none ? ++log_end : no_offset;
      if (error == Error::none) log.push_back(append.record);
      coordinator->on_local(event, at(now), bench.out);
    }
  }
  // ... and replicated up to its end.
  void commit_log(Duration now) {
    LocalEvent event;
    event.kind = LocalEvent::Kind::committed;
    event.offset = log_end;
    coordinator->on_local(event, at(now), bench.fresh().out);
  }
  void tell(LocalEvent::Kind kind, Duration now, LeaderEpoch epoch = no_epoch) {
    LocalEvent event;
    event.kind = kind;
    event.epoch = epoch;
    coordinator->on_local(event, at(now), bench.fresh().out);
  }
  // Another broker becomes the coordinator: its log holds what was appended.
  void fail_over(LeaderEpoch epoch, Duration now) {
    coordinator.emplace(2, &config, &layout, 1);
    Offset end = 0;
    for (const std::int32_t record : log) {
      coordinator->replay(++end, bench.journal[static_cast<std::size_t>(record)]);
    }
    tell(LocalEvent::Kind::elected, now, epoch);
  }

  // Members on nodes 10, 11, ... join, are assigned a partition each, and are stable at 3 s.
  std::vector<MemberId> settle(int members) {
    std::vector<MemberId> ids;
    for (int i = 0; i < members; ++i) ids.push_back(join_anew(10 + i, {}));
    timer(seconds(3));  // the initial delay
    if (group().state == GroupState::preparing_rebalance) timer(seconds(6));
    complete(ids, seconds(3));
    return ids;
  }
  // All sync, the leader first, and the assignment is stored.
  void complete(const std::vector<MemberId>& ids, Duration now) {
    std::vector<SyncGroupRequest::Assigned> assignments;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      assignments.push_back({ids[i], static_cast<PartitionId>(i)});
    }
    for (std::size_t i = 1; i < ids.size(); ++i) sync(10 + static_cast<NodeId>(i), ids[i], now);
    sync(10, ids[0], now, assignments);
    append_all(now);
    commit_log(now);
  }

  BrokerConfig config;
  Duration rebalance_timeout = seconds(300);
  ClusterLayout layout;
  std::optional<GroupCoordinator> coordinator;
  Bench bench;
  Offset log_end = 0;
  std::vector<std::int32_t> log;  // what was appended, as indices into the journal
};

inline constexpr TimerId coordinator_timer{3, 0};

}  // namespace kafault::test
