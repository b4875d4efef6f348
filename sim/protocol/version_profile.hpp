// What a Kafka version does differently, as named switches. The only place that knows them: an
// actor asks for the switch, never for a version's number.
#pragma once

#include <string_view>

namespace kafault {

// Brokers and each client have a profile of their own: they may be of different versions.
struct VersionProfile {
  std::string_view name = "4.1";

  bool leader_epoch_truncation = true;
  bool common_epoch_search = true;
  bool leader_epoch_fencing = true;
  bool fenced_stay_out_of_isr = true;
  bool broker_epoch_fencing = true;
  bool isr_shrink_bumps_leader_epoch = false;
  bool strict_min_isr = true;
  bool cap_min_isr_at_replication_factor = true;
  bool unclean_election_honoured = true;
  bool zookeeper = false;
  bool periodic_fencing = true;
  bool unclean_registration_leaves_isr = true;
  bool eligible_leader_replicas = true;
  bool first_sequence_checked = false;
  bool leader_in_answers = true;
  bool default_idempotence_applies = true;
  bool in_flight_conflict_throws = true;
  bool exponential_backoff = true;
  bool truncation_detected = true;
  bool consumer_group_protocol = true;
  bool auto_commit_before_collecting = true;
  bool topics_told_apart = true;
  bool reset_by_duration = true;
  bool flush_awaits_pieces = false;
  bool pending_revocation_stops_poll = true;
  bool epoch_checkpoint_synced = true;
  bool buffers_kept_until_sent = false;

  // The only list of switches: name, value, what holds when it is on, where it comes from. Reader,
  // report, `kafault versions` and docs/ walk it.
  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    field("leader_epoch_truncation", self.leader_epoch_truncation,
          "a follower cuts its log where it leaves its leader's, found by leader epochs; else at "
          "its own high watermark",
          "KIP-101, 0.11");
    field("common_epoch_search", self.common_epoch_search,
          "where the leader has not the follower's last epoch they look for one that both have; "
          "else the follower asks once, and the end of what it asked for is where the next begins",
          "KIP-279, 2.0");
    field("leader_epoch_fencing", self.leader_epoch_fencing,
          "a follower's fetch tells which leader epoch it knows, and one of another epoch is "
          "refused",
          "KIP-320, 2.1");
    field("truncation_detected", self.truncation_detected,
          "a consumer notices by leader epochs that the log before its position was cut",
          "KIP-320, 2.3");
    field("fenced_stay_out_of_isr", self.fenced_stay_out_of_isr,
          "a broker that is fenced or shuts down cannot join an ISR", "KIP-841, 3.3");
    field("broker_epoch_fencing", self.broker_epoch_fencing,
          "what a broker fetched before it restarted does not bring it into an ISR",
          "KIP-903, 3.5");
    field("isr_shrink_bumps_leader_epoch", self.isr_shrink_bumps_leader_epoch,
          "when a replica leaves the ISR the leader goes on in a new epoch, and every fetcher "
          "starts anew",
          "until 3.5; KAFKA-15021");
    field("strict_min_isr", self.strict_min_isr,
          "the high watermark stands still while the ISR is below min.insync.replicas",
          "KAFKA-15583, 3.7");
    field("cap_min_isr_at_replication_factor", self.cap_min_isr_at_replication_factor,
          "min.insync.replicas above the replication factor counts as the replication factor",
          "KIP-966, 3.7");
    field("leader_in_answers", self.leader_in_answers,
          "an answer that says NOT_LEADER names the leader, and a retry to it does not back off",
          "KIP-951, KAFKA-15415, 3.7");
    field("exponential_backoff", self.exponential_backoff,
          "retry.backoff.ms doubles with every failure, up to retry.backoff.max.ms",
          "KIP-580, 3.7");
    field("unclean_election_honoured", self.unclean_election_honoured,
          "the controller heeds unclean.leader.election.enable",
          "ZooKeeper; KRaft since 3.9, KAFKA-12670");
    field(
        "zookeeper", self.zookeeper,
        "the controller is a broker, and another one when its session with ZooKeeper has expired; "
        "sessions go on while there is none",
        "until 3.9; KIP-500, KIP-631");
    field("periodic_fencing", self.periodic_fencing,
          "the controller looks for stale brokers eight times per session, so that one is fenced "
          "up to 12.5 % late",
          "4.0, QuorumController");
    field("unclean_registration_leaves_isr", self.unclean_registration_leaves_isr,
          "a broker that registers after an unclean stop leaves every ISR", "KAFKA-18106, 4.0");
    field("eligible_leader_replicas", self.eligible_leader_replicas,
          "replicas that left the ISR with all that is committed may be elected when it is empty",
          "KIP-966, a new cluster's default since 4.1");
    field("default_idempotence_applies", self.default_idempotence_applies,
          "the default of enable.idempotence counts; else it is on only where it is written, and "
          "then brings acks=all",
          "KIP-679; ignored in 3.0.0 and 3.1.0, KAFKA-13598");
    field("in_flight_conflict_throws", self.in_flight_conflict_throws,
          "more than five requests in flight are refused even where idempotence is on by default",
          "KAFKA-17927, 4.0");
    field(
        "consumer_group_protocol", self.consumer_group_protocol,
        "group.protocol=consumer may be set: the coordinator assigns partitions and moves them one "
        "by one",
        "KIP-848, 4.0; a preview since 3.7");
    field(
        "auto_commit_before_collecting", self.auto_commit_before_collecting,
        "under group.protocol=consumer poll() collects records once an auto-commit that is due has "
        "been made; else the background thread may commit what poll() is about to return",
        "KAFKA-18641, 4.0");
    field("topics_told_apart", self.topics_told_apart,
          "a client takes a topic that was created anew under the same name for another one; else "
          "it believes no leader whose epoch is below the last one that it knew",
          "KAFKA-12257, KAFKA-13488, 3.2; KIP-516");
    field("reset_by_duration", self.reset_by_duration,
          "auto.offset.reset may be by_duration: begin with what is so old", "KIP-1106, 4.0");
    field("flush_awaits_pieces", self.flush_awaits_pieces,
          "flush() waits for the pieces of a batch that was split meanwhile, too",
          "KAFKA-19479, 4.1.1");
    field("pending_revocation_stops_poll", self.pending_revocation_stops_poll,
          "an eager member returns nothing more while its auto-commit before a rebalance is on its "
          "way",
          "KAFKA-14196; not in the clients 3.2.1 and 3.2.2");
    field(
        "epoch_checkpoint_synced", self.epoch_checkpoint_synced,
        "a broker's file of leader epochs is on disk before anybody relies on it; else power that "
        "is lost soon after a truncation or deletion leaves it empty",
        "KAFKA-16541, 3.8; only 3.7 has it not, KAFKA-15046");
    field("buffers_kept_until_sent", self.buffers_kept_until_sent,
          "a producer uses the buffer of a batch that expired in flight again when its request has "
          "been written; else the next batch may be sent in its place",
          "KAFKA-19012, CVE-2026-35554; 3.9.2, 4.0.2, 4.1.2");
    field("first_sequence_checked", self.first_sequence_checked,
          "a partition that was never written to takes only a producer's first batch",
          "KAFKA-15591, 4.5");
  }
};

}  // namespace kafault
