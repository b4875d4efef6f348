// A small world around members: brokers that answer from logs which the test fills, one
// coordinator that knows the classic protocol, a constant latency, and faults at notes. Enough to
// let members of a group live; the real brokers and coordinators have their own tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/client/member.hpp"
#include "tests/client/fake_group.hpp"
#include "tests/client/fake_logs.hpp"

namespace kafault::testing_member {

using namespace std::chrono_literals;

struct Noted {
  Instant at;
  std::size_t member;
  Observation what;
};

class MemberWorld {
 public:
  static constexpr Duration latency = 500us;

  explicit MemberWorld(std::int32_t partitions = 1) {
    layout_.brokers = 3;
    layout_.topics.push_back({"orders", 0, partitions});
    layout_.topics.push_back({"__consumer_offsets", partitions, 1});
    for (std::int32_t i = 0; i <= partitions; ++i) {
      layout_.partitions.push_back({i == partitions ? 1 : 0, i == partitions ? 0 : i, {1, 2, 3}});
    }
    layout_.offsets_partition = partitions;
    brokers.logs.resize(layout_.partitions.size());
    config.session_timeout = 6s;
    config.heartbeat_interval = 500ms;
    config.auto_offset_reset = OffsetReset::earliest;
    config.max_poll_records = 10;
    config.enable_auto_commit = false;
  }

  // ---- what a test sets before it adds members
  ConsumerConfig config;
  ApplicationPlan application;
  VersionProfile version;
  std::int32_t sinks = 1;
  FakeLogs brokers;
  NodeId coordinator = 2;
  std::map<PartitionId, CommittedOffset> committed;
  // Called at each note, right when it is carried out; true: the member crashes there.
  std::function<bool(std::size_t, const Observation&)> crash_at;
  std::function<void(std::size_t, const Observation&)> at_note;
  // Called for each answer before it is sent; true: the connection breaks instead.
  std::function<bool(std::size_t, MessageKind)> drop_answer;
  std::function<void(OffsetCommitResponse&)> on_commit_answer;
  // Called with each event at a member, to carry it out: a test may measure around it.
  std::function<void(const std::function<void()>&)> around;
  std::set<NodeId> down;
  std::vector<Noted> notes;
  std::vector<OffsetCommitRequest> commits;

  std::size_t add_member() {
    auto& seat = seats_.emplace_back();
    seat.config = config;
    seat.application = application;
    const auto node = static_cast<NodeId>(10 + seats_.size() - 1);
    seat.members.emplace_back(node, 0, &seat.config, &seat.application, sinks, &topics_, &layout_,
                              &version);
    return seats_.size() - 1;
  }
  void start(std::size_t m) {
    member(m).start(now_, out_);
    carry_out(m);
  }
  void crash(std::size_t m) {
    ++seats_[m].incarnation;
    member(m).crash();
    seats_[m].open.clear();
    seats_[m].timers.clear();
    seats_[m].held.clear();
  }
  void shut_down(std::size_t m) {
    member(m).shut_down(now_, out_);
    carry_out(m);
  }
  void unsubscribe(std::size_t m) {
    member(m).unsubscribe(now_, out_);
    carry_out(m);
  }
  void subscribe_again(std::size_t m) {
    member(m).subscribe_again(now_, out_);
    carry_out(m);
  }
  void pause(std::size_t m) { seats_[m].paused = true; }
  void resume(std::size_t m) {
    Seat& seat = seats_[m];
    seat.paused = false;
    std::deque<std::function<void()>> held;
    held.swap(seat.held);
    for (auto& event : held) event();
  }
  void break_connection(std::size_t m, NodeId broker, Lane lane) {
    if (seats_[m].open.erase({broker, lane}) == 0) return;
    to_member(m, 0ms,
              [this, m, broker, lane] { member(m).on_disconnected(broker, lane, now_, out_); });
  }
  Member& member(std::size_t m) { return seats_[m].members.front(); }
  Instant now() const { return now_; }

  void run_for(Duration time) { run_until(now_ + time); }
  // Runs until `done`, at most an hour.
  void run_while(const std::function<bool()>& goes_on) {
    const Instant limit = now_ + 1h;
    while (goes_on() && step(limit)) {
    }
  }
  void run_until(Instant end) {
    while (step(end)) {
    }
    now_ = end;
  }
  void at(Duration after, std::function<void()> what) { schedule(after, std::move(what)); }

  // ---- what tests look at
  std::int64_t count(ObservationKind kind) const {
    std::int64_t sum = 0;
    for (const Noted& n : notes) {
      if (n.what.kind == kind) sum += n.what.count == 0 ? 1 : n.what.count;
    }
    return sum;
  }
  std::int64_t processed_by(std::size_t m) const {
    std::int64_t sum = 0;
    for (const Noted& n : notes) {
      if (n.member == m && n.what.kind == ObservationKind::RecordProcessed) sum += n.what.count;
    }
    return sum;
  }
  // How often each record's handler returned, by (partition, offset).
  std::map<std::pair<PartitionId, Offset>, int> handlings() const {
    std::map<std::pair<PartitionId, Offset>, int> times;
    for (const Noted& n : notes) {
      if (n.what.kind != ObservationKind::RecordProcessed) continue;
      for (std::uint32_t i = 0; i < n.what.count; ++i)
        ++times[{n.what.partition, n.what.offset + i}];
    }
    return times;
  }
  std::int64_t reprocessed() const {
    std::int64_t sum = 0;
    for (const auto& [record, times] : handlings()) sum += times - 1;
    return sum;
  }
  std::int64_t never_processed() const {
    std::int64_t in_log = 0;
    for (std::size_t i = 0; i + 1 < brokers.logs.size(); ++i) in_log += brokers.logs[i].end();
    return in_log - static_cast<std::int64_t>(handlings().size());
  }
  Offset committed_of(PartitionId partition) const {
    const auto at = committed.find(partition);
    return at == committed.end() ? no_offset : at->second.offset;
  }

 private:
  struct Event {
    Instant due;
    std::uint64_t serial;
    std::function<void()> what;
  };
  struct Seat {
    ConsumerConfig config;
    ApplicationPlan application;
    std::deque<Member> members;
    std::uint32_t incarnation = 0;
    bool paused = false;
    std::set<std::pair<NodeId, Lane>> open;
    std::map<std::uint8_t, std::uint64_t> timers;  // serial of the valid deadline
    std::deque<std::function<void()>> held;
  };

  void schedule(Duration after, std::function<void()> what) {
    events_.push_back({now_ + after, serial_++, std::move(what)});
  }
  bool step(Instant limit) {
    const auto next = std::min_element(events_.begin(), events_.end(), [](auto& a, auto& b) {
      return std::pair(a.due, a.serial) < std::pair(b.due, b.serial);
    });
    if (next == events_.end() || next->due > limit) return false;
    const Event event = std::move(*next);
    events_.erase(next);
    now_ = event.due;
    event.what();
    return true;
  }
  // An event at a member: dropped if it has crashed since, held while it is paused.
  void to_member(std::size_t m, Duration after, std::function<void()> what) {
    schedule(after, [this, m, incarnation = seats_[m].incarnation, what = std::move(what)] {
      if (seats_[m].incarnation != incarnation) return;
      auto act = [this, m, what] {
        if (around) {
          around(what);
        } else {
          what();
        }
        carry_out(m);
      };
      if (seats_[m].paused) {
        seats_[m].held.push_back(act);
      } else {
        act();
      }
    });
  }

  void carry_out(std::size_t m) {
    const std::vector<Effect> effects(out_.effects().begin(), out_.effects().end());
    std::vector<Observation> seen;
    for (const Effect& e : effects) {
      if (e.kind == Effect::Kind::note) seen.push_back(out_.note_at(e.slot));
    }
    out_.clear();
    std::size_t next_note = 0;
    for (const Effect& e : effects) {
      switch (e.kind) {
        case Effect::Kind::note:
          notes.push_back({now_, m, seen[next_note]});
          if (at_note) at_note(m, seen[next_note]);
          if (crash_at && crash_at(m, seen[next_note])) return crash(m);
          ++next_note;
          break;
        case Effect::Kind::connect:
          connect(m, e.to, e.lane);
          break;
        case Effect::Kind::disconnect:
          seats_[m].open.erase({e.to, e.lane});
          break;
        case Effect::Kind::arm:
          arm(m, e.timer.index, e.after);
          break;
        case Effect::Kind::disarm:
          seats_[m].timers.erase(e.timer.index);
          break;
        case Effect::Kind::exit:
          ++seats_[m].incarnation;
          seats_[m].open.clear();
          seats_[m].timers.clear();
          break;
        case Effect::Kind::send:
          send(m, e);
          break;
        default:
          break;
      }
    }
  }
  void arm(std::size_t m, std::uint8_t index, Duration after) {
    const std::uint64_t serial = serial_;
    seats_[m].timers[index] = serial;
    to_member(m, after, [this, m, index, serial] {
      if (seats_[m].timers[index] != serial) return;
      member(m).on_timer(index, now_, out_);
    });
  }
  void connect(std::size_t m, NodeId broker, Lane lane) {
    to_member(m, 2 * latency, [this, m, broker, lane] {
      if (down.contains(broker)) return member(m).on_disconnected(broker, lane, now_, out_);
      seats_[m].open.insert({broker, lane});
      member(m).on_connected(broker, lane, now_, out_);
    });
  }

  template <class Request>
  void serve_later(std::size_t m, const Effect& e) {
    const Request request = store_.of<Request>()[e.slot];
    store_.give_back(e.message, e.slot);
    schedule(latency,
             [this, m, request, broker = e.to, lane = e.lane, incarnation = seats_[m].incarnation] {
               if (seats_[m].incarnation != incarnation || !seats_[m].open.contains({broker, lane}))
                 return;
               serve(m, broker, lane, request);
             });
  }
  template <class Response>
  void answer(std::size_t m, NodeId broker, Lane lane, const Response& response) {
    if (drop_answer && drop_answer(m, kind_of<Response>)) return break_connection(m, broker, lane);
    to_member(m, latency, [this, m, broker, lane, response] {
      if (!seats_[m].open.contains({broker, lane})) return;
      member(m).on(response, broker, lane, now_, out_);
    });
  }
  void send(std::size_t m, const Effect& e) {
    switch (e.message) {
      case MessageKind::ApiVersionsRequest:
        return serve_later<ApiVersionsRequest>(m, e);
      case MessageKind::MetadataRequest:
        return serve_later<MetadataRequest>(m, e);
      case MessageKind::FindCoordinatorRequest:
        return serve_later<FindCoordinatorRequest>(m, e);
      case MessageKind::JoinGroupRequest:
        return serve_later<JoinGroupRequest>(m, e);
      case MessageKind::SyncGroupRequest:
        return serve_later<SyncGroupRequest>(m, e);
      case MessageKind::HeartbeatRequest:
        return serve_later<HeartbeatRequest>(m, e);
      case MessageKind::LeaveGroupRequest:
        return serve_later<LeaveGroupRequest>(m, e);
      case MessageKind::OffsetCommitRequest:
        return serve_later<OffsetCommitRequest>(m, e);
      case MessageKind::OffsetFetchRequest:
        return serve_later<OffsetFetchRequest>(m, e);
      case MessageKind::ListOffsetsRequest:
        return serve_later<ListOffsetsRequest>(m, e);
      case MessageKind::OffsetsForLeaderEpochRequest:
        return serve_later<OffsetsForLeaderEpochRequest>(m, e);
      case MessageKind::FetchRequest:
        return serve_later<FetchRequest>(m, e);
      default:
        contract_broken("a consumer's request", __FILE__, __LINE__);
    }
  }

  // ---- brokers
  void serve(std::size_t m, NodeId b, Lane lane, const ApiVersionsRequest&) {
    answer(m, b, lane, ApiVersionsResponse{});
  }
  void serve(std::size_t m, NodeId b, Lane lane, const MetadataRequest&) {
    MetadataResponse r;
    for (NodeId node = 1; node <= 3; ++node) {
      if (!down.contains(node)) r.brokers.insert(node);
    }
    for (std::size_t i = 0; i < brokers.logs.size(); ++i) {
      r.partitions.push_back(
          {static_cast<PartitionId>(i), brokers.logs[i].leader, brokers.logs[i].epoch});
    }
    answer(m, b, lane, r);
  }
  void serve(std::size_t m, NodeId b, Lane lane, const ListOffsetsRequest& request) {
    ListOffsetsResponse r;
    for (const auto& e : request.entries) {
      const auto& log = brokers.logs[static_cast<std::size_t>(e.partition)];
      Offset offset = log.end();
      if (e.which == ListOffsetsRequest::Which::earliest) offset = 0;
      if (e.which == ListOffsetsRequest::Which::since) offset = log.first_since(e.since);
      r.entries.push_back({e.partition, Error::none, offset, log.epoch});
    }
    answer(m, b, lane, r);
  }
  void serve(std::size_t m, NodeId b, Lane lane, const OffsetsForLeaderEpochRequest& request) {
    OffsetsForLeaderEpochResponse r;
    for (const auto& e : request.entries) {
      const auto& log = brokers.logs[static_cast<std::size_t>(e.partition)];
      const auto end = log.ends_of_epochs.find(e.leader_epoch);
      r.entries.push_back({e.partition, Error::none, e.leader_epoch,
                           end == log.ends_of_epochs.end() ? log.end() : end->second});
    }
    answer(m, b, lane, r);
  }
  void serve(std::size_t m, NodeId b, Lane lane, const FetchRequest& request) {
    fetch(m, b, lane, request, request.max_wait);
  }
  void fetch(std::size_t m, NodeId b, Lane lane, const FetchRequest& request, Duration patience) {
    FetchResponse r;
    bool has_news = patience <= Duration{};
    for (const auto& e : request.entries) {
      const auto& log = brokers.logs[static_cast<std::size_t>(e.partition)];
      FetchResponse::Entry entry{};
      entry.partition = e.partition;
      entry.error = judge_fetch(e, log, b);
      entry.diverging_epoch = no_epoch;
      entry.current_leader = no_node;
      entry.first_batch = static_cast<std::uint32_t>(r.batches.size());
      if (entry.error == Error::none) {
        for (const Batch& batch : log.batches) {
          if (batch.end_offset() > e.fetch_offset) r.batches.push_back(batch);
        }
      }
      entry.batch_count = static_cast<std::uint32_t>(r.batches.size()) - entry.first_batch;
      has_news = has_news || entry.error != Error::none || entry.batch_count > 0;
      r.entries.push_back(entry);
    }
    if (has_news) return answer(m, b, lane, r);
    schedule(10ms, [this, m, b, lane, request, patience, incarnation = seats_[m].incarnation] {
      if (seats_[m].incarnation == incarnation) fetch(m, b, lane, request, patience - 10ms);
    });
  }
  static Error judge_fetch(const FetchRequest::Entry& e, const FakeLogs::Log& log, NodeId b) {
    if (log.leader != b) return Error::not_leader_or_follower;
    if (e.current_leader_epoch != no_epoch && e.current_leader_epoch < log.epoch) {
      return Error::fenced_leader_epoch;
    }
    return e.fetch_offset > log.end() ? Error::offset_out_of_range : Error::none;
  }

  // ---- the coordinator
  void serve(std::size_t m, NodeId b, Lane lane, const FindCoordinatorRequest&) {
    answer(m, b, lane, FindCoordinatorResponse{Error::none, coordinator});
  }
  void serve(std::size_t m, NodeId b, Lane lane, const JoinGroupRequest& request) {
    if (b != coordinator) {
      JoinGroupResponse r;
      r.error = Error::not_coordinator;
      return answer(m, b, lane, r);
    }
    const MemberId joined = group_.join(m, request, now_);
    if (request.member == no_member) watch(joined, request.session_timeout);
    answer_parked();
  }
  void serve(std::size_t m, NodeId, Lane, const SyncGroupRequest& request) {
    group_.sync(m, request, now_);
    answer_parked();
  }
  void serve(std::size_t m, NodeId b, Lane lane, const HeartbeatRequest& request) {
    HeartbeatResponse r;
    r.error = b == coordinator ? group_.judge(request.member, request.generation, now_)
                               : Error::not_coordinator;
    if (r.error == Error::none && group_.is_rebalancing()) r.error = Error::rebalance_in_progress;
    answer(m, b, lane, r);
  }
  void serve(std::size_t m, NodeId b, Lane lane, const LeaveGroupRequest& request) {
    group_.evict(request.member);
    answer(m, b, lane, LeaveGroupResponse{});
    answer_parked();
  }
  void serve(std::size_t m, NodeId b, Lane lane, const OffsetCommitRequest& request) {
    OffsetCommitResponse r;
    r.error = b == coordinator ? group_.judge(request.member, request.generation, now_)
                               : Error::not_coordinator;
    if (on_commit_answer) on_commit_answer(r);
    if (r.error == Error::none) {
      commits.push_back(request);
      for (const CommittedOffset& o : request.offsets) committed[o.partition] = o;
    }
    answer(m, b, lane, r);
  }
  void serve(std::size_t m, NodeId b, Lane lane, const OffsetFetchRequest& request) {
    OffsetFetchResponse r;
    for (const PartitionId p : request.partitions) {
      const auto at = committed.find(p);
      r.offsets.push_back(at == committed.end() ? CommittedOffset{p, no_offset, no_epoch}
                                                : at->second);
    }
    answer(m, b, lane, r);
  }
  void answer_parked() {
    for (const auto& [m, r] : group_.take_join_answers()) {
      answer(m, coordinator, Lane::coordinator, r);
    }
    for (const auto& [m, r] : group_.take_sync_answers()) {
      answer(m, coordinator, Lane::coordinator, r);
    }
  }
  void watch(MemberId id, Duration session) {
    schedule(100ms, [this, id, session] {
      // A coordinator that takes over restarts every member's session.
      const bool is_down = down.contains(coordinator);
      if (!group_.expire(id, session, now_, is_down)) return answer_parked();
      watch(id, session);
    });
  }

  ClusterLayout layout_;
  std::vector<std::int32_t> topics_{0};
  MessageStore store_;
  GroupJournal journal_;
  Outbox out_{store_, journal_};
  std::deque<Seat> seats_;
  Instant now_{};
  std::uint64_t serial_ = 0;
  std::vector<Event> events_;

  FakeGroup group_;
};

}  // namespace kafault::testing_member
