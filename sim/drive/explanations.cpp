#include "sim/drive/explanations.hpp"

#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

const ProducerPlan& producer(const Evidence& e) {
  return e.plan->producers[static_cast<std::size_t>(e.producer)];
}
const GroupPlan& group(const Evidence& e) {
  return e.plan->groups[static_cast<std::size_t>(e.group)];
}
const PartitionLayout& partition(const Evidence& e) {
  return e.plan->layout.partitions[static_cast<std::size_t>(e.partition)];
}
const TopicConfig& topic(const Evidence& e) {
  return e.plan->topics[static_cast<std::size_t>(partition(e).topic)];
}
const ConsumerConfig& consumer(const Evidence& e) { return group(e).members.front().config; }

bool in_log(const Evidence& e, StoryKind kind) { return e.kind == kind && e.stage == Stage::log; }
bool at_group(const Evidence& e, StoryKind kind) {
  return e.kind == kind && e.stage != Stage::log && e.group >= 0 && !group(e).members.empty();
}
bool commits(const Evidence& e, CommitStrategy strategy) {
  return group(e).application.commit == strategy;
}
bool commits_by_itself(const Evidence& e) { return consumer(e).enable_auto_commit; }

Duration expiration(const Evidence& e) { return e.plan->brokers.front().producer_id_expiration; }
Duration age(const Evidence& e) { return -producer(e).sends.timestamp_shift; }
std::string lag(const Evidence& e) { return text_of(e.plan->brokers.front().replica_lag_time_max); }

struct Entry {
  bool (*fits)(const Evidence&);
  std::string (*why)(const Evidence&);
  std::string (*prevents)(const Evidence&);
};

using Text = std::string;
constexpr const char* several_copies =
    "acks=all with min.insync.replicas of 2 or more and a replication factor above that.";
constexpr const char* a_sink_that_knows =
    "nothing in Kafka alone. A sink that refuses or rewrites what it has (unique_id, upsert); "
    "smaller batches between commits make it rarer.";

// The first that fits is told. What is more special comes first.
const Entry all_reasons[] = {
    // ---- acknowledged, and not in the final log
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.tail_lost && partition(e).replicas.size() == 1;
     },
     [](const Evidence&) {
       return Text(
           "the only replica had it in its page cache: no acks asks for the disk (fsync), and with "
           "the power, or with the disk, the only copy was gone.");
     },
     [](const Evidence&) {
       return Text(
           "several replicas on machines that do not fail together; flush.messages=1 against loss "
           "of power alone.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.tail_lost && producer(e).config.acks == Acks::all &&
              !topic(e).unclean_leader_election_enable;
     },
     [](const Evidence&) {
       return Text(
           "acks=all asks the page caches of the in-sync replicas, not their disks. One that lost "
           "what it had came back and led, as the last member of the ISR or as the last known "
           "leader, and the others cut their logs to fit its.");
     },
     [](const Evidence&) {
       return Text(
           "eligible leader replicas (KIP-966) with min.insync.replicas of 2 or more: who did not "
           "stop in order does not lead while another has everything. When all fail together: "
           "replicas on machines that do not, or flush.messages=1.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.truncated && e.leader_was_deposed;
     },
     [](const Evidence& e) {
       return "acks=" + Text(spell(producer(e).config.acks)) +
              " asks one broker, and that one did not know yet that another had been elected: "
              "what it appends from then on is truncated when it learns of it.";
     },
     [](const Evidence&) { return Text("acks=all: a deposed leader cannot complete a commit."); }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.truncated && e.unclean_election;
     },
     [](const Evidence&) {
       return Text(
           "an unclean election: no in-sync replica was left, and one that did not have the record "
           "was made leader. The others then cut their logs to fit its.");
     },
     [](const Evidence&) {
       return Text(
           "unclean.leader.election.enable=false, and nobody who asks for one by hand: the "
           "partition waits instead.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.truncated && producer(e).config.acks == Acks::leader;
     },
     [](const Evidence& e) {
       return "acks=1 asks one broker. The ISR only promises to be less than "
              "replica.lag.time.max.ms (" +
              lag(e) + ") behind.";
     },
     [](const Evidence&) { return Text(several_copies); }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.truncated && producer(e).config.acks == Acks::none;
     },
     [](const Evidence& e) {
       return "acks=0 asks nobody, and its leader was the only one that had the record. The ISR "
              "only promises to be less than replica.lag.time.max.ms (" +
              lag(e) + ") behind.";
     },
     [](const Evidence&) { return Text(several_copies); }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && producer(e).config.acks == Acks::none;
     },
     [](const Evidence&) {
       return Text(
           "acks=0 counts a record as sent when its bytes are handed to the socket: nobody tells "
           "the client that they were never written.");
     },
     [](const Evidence&) {
       return Text("acks=1 or all: the client hears of it and tries again.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::lost) && e.truncated && topic(e).min_insync_replicas < 2;
     },
     [](const Evidence&) {
       return Text(
           "acks=all asks the replicas that are in sync, and min.insync.replicas=1 lets that be "
           "the "
           "leader alone.");
     },
     [](const Evidence&) {
       return Text("min.insync.replicas=2: with one copy left the write is refused.");
     }},
    // ---- more than once in the final log
    {[](const Evidence& e) {
       return in_log(e, StoryKind::twice) && e.sent_again && e.producer_restarted;
     },
     [](const Evidence&) {
       return Text(
           "the producer's process died and its application sent again what it had not seen "
           "acknowledged: to the broker these are new records of a new producer.");
     },
     [](const Evidence&) {
       return Text("no setting: an id in the record and a sink that knows it (unique_id, upsert).");
     }},
    {[](const Evidence& e) { return in_log(e, StoryKind::twice) && e.sent_again; },
     [](const Evidence&) {
       return Text(
           "the application sent it again after an error. Idempotence recognises the client's "
           "retries, not a second send(): to the broker that is a new record.");
     },
     [](const Evidence&) {
       return Text(
           "leave retries to the client (delivery.timeout.ms long enough); an id in the record and "
           "a sink that knows it.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::twice) && !producer(e).config.enable_idempotence &&
              !e.acks_unheard && e.retried;
     },
     [](const Evidence&) {
       return Text(
           "the batch was appended, and then the broker answered with an error all the same. The "
           "client tried again, and without idempotence the broker cannot know the batch.");
     },
     [](const Evidence&) {
       return Text("enable.idempotence=true (with acks=all): the retry is recognised.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::twice) && !producer(e).config.enable_idempotence;
     },
     [](const Evidence&) {
       return Text(
           "the batch was appended and the client did not hear of it. It tried again, and without "
           "idempotence the broker cannot know the batch.");
     },
     [](const Evidence&) {
       return Text("enable.idempotence=true (with acks=all): the retry is recognised.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::twice) && producer(e).config.enable_idempotence &&
              expiration(e) - age(e) < BrokerConfig{}.producer_id_expiration;
     },
     [](const Evidence& e) {
       return "the broker had forgotten the producer, whose newest timestamp was older than "
              "producer.id.expiration.ms (" +
              text_of(expiration(e)) + "): of a producer that it does not know it takes any batch.";
     },
     [](const Evidence& e) {
       if (age(e) > Duration{}) return Text("message.timestamp.type=LogAppendTime.");
       return Text("producer.id.expiration.ms longer than delivery.timeout.ms.");
     }},
    {[](const Evidence& e) {
       return in_log(e, StoryKind::twice) && producer(e).config.enable_idempotence;
     },
     [](const Evidence&) {
       return Text(
           "the client began a new epoch (KIP-360), since another batch failed for good or the "
           "broker had lost count of them, and gave what was unanswered new sequences. The broker "
           "knows it by its old ones.");
     },
     [](const Evidence&) {
       return Text(
           "max.in.flight.requests.per.connection=1; several replicas, if it was a restart of the "
           "only one.");
     }},
    // ---- out of order
    {[](const Evidence& e) {
       return e.kind == StoryKind::reordered && !e.sent_again &&
              !producer(e).config.enable_idempotence && producer(e).config.max_in_flight > 1;
     },
     [](const Evidence&) {
       return Text(
           "a batch failed and was put back to be sent again, while the ones behind it were on "
           "their way already: with more than one request in flight they pass it.");
     },
     [](const Evidence&) {
       return Text("enable.idempotence=true, or max.in.flight.requests.per.connection=1.");
     }},
    {[](const Evidence& e) { return e.kind == StoryKind::reordered && e.sent_again; },
     [](const Evidence&) {
       return Text("the application sent it again, behind what it had sent meanwhile.");
     },
     [](const Evidence&) {
       return Text(
           "wait for each outcome before the next send(), or leave retries to an idempotent "
           "client.");
     }},
    // ---- handled, and not in the final log
    {[](const Evidence& e) { return e.kind == StoryKind::ghost; },
     [](const Evidence&) {
       return Text(
           "the group read it while it was committed by the replicas that were in sync then; a "
           "leader without it came after them, and the log was cut.");
     },
     [](const Evidence&) {
       return Text("unclean.leader.election.enable=false and min.insync.replicas of 2 or more.");
     }},
    // ---- in the final log, and never handled
    {[](const Evidence& e) { return at_group(e, StoryKind::lost) && e.committed_past_end; },
     [](const Evidence&) {
       return Text(
           "the group had committed offsets that a truncation removed: the records that took their "
           "place lie below its position, so it never reads them.");
     },
     [](const Evidence&) { return Text("what prevents the truncation: ") + several_copies; }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && e.reset &&
              consumer(e).auto_offset_reset == OffsetReset::latest;
     },
     [](const Evidence&) {
       return Text(
           "the group had no committed offset for its partition, and auto.offset.reset=latest "
           "begins behind what is there.");
     },
     [](const Evidence&) { return Text("auto.offset.reset=earliest."); }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && commits(e, CommitStrategy::before);
     },
     [](const Evidence&) {
       return Text(
           "commit=before commits what poll() returned and handles it afterwards: whoever takes "
           "over begins behind it.");
     },
     [](const Evidence&) { return Text("commit after handling (commit=sync)."); }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && commits(e, CommitStrategy::worker_highest);
     },
     [](const Evidence&) {
       return Text(
           "another worker finished a record behind it first, and the application committed the "
           "highest finished offset.");
     },
     [](const Evidence&) {
       return Text("commit only the contiguous finished prefix (commit=worker_ordered).");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && uses_workers(group(e).application.commit);
     },
     [](const Evidence&) {
       return Text(
           "it was committed when it was handed to a worker thread, not when that had handled it.");
     },
     [](const Evidence&) {
       return Text("commit only the contiguous finished prefix (commit=worker_ordered).");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && commits(e, CommitStrategy::each_record_position);
     },
     [](const Evidence&) {
       return Text(
           "commitSync() without arguments commits the consumer's position: the end of what poll() "
           "returned, not of what was handled.");
     },
     [](const Evidence&) {
       return Text("commitSync() of the record's own offset + 1 (commit=each_record).");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && (e.threw || e.other_threw) &&
              group(e).application.on_exception == OnException::skip;
     },
     [](const Evidence&) {
       return Text("its handler threw, and the application goes on with the next record.");
     },
     [](const Evidence&) {
       return Text("on_exception=retry or seek, or a topic for what could not be handled.");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && e.closed_after_throwing && commits_by_itself(e);
     },
     [](const Evidence&) {
       return Text(
           "a handler threw and the loop ended in close(), which with enable.auto.commit=true "
           "commits the position: all that poll() returned, handled or not.");
     },
     [](const Evidence&) {
       return Text("enable.auto.commit=false and commitSync() after handling (commit=sync).");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && commits(e, CommitStrategy::off_by_one_high);
     },
     [](const Evidence&) {
       return Text(
           "the committed offset is the next one to be read, and the application added one too "
           "many: whoever takes over begins behind it.");
     },
     [](const Evidence&) { return Text("commitSync() of the last record's offset + 1."); }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && e.committed_before_handling &&
              commits_in_background(consumer(e).client);
     },
     [](const Evidence&) {
       return Text(
           "it was stored when it was handed over, and a background thread committed it while its "
           "handler still ran.");
     },
     [](const Evidence&) {
       return Text("enable.auto.offset.store=false and storing it after handling (commit=stored).");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::lost) && e.stage == Stage::effect && e.effect_refused;
     },
     [](const Evidence&) {
       return Text("its sink took it for a record that it has already: they share a key.");
     },
     [](const Evidence&) {
       return Text("a key of the record's own: an id made by the producer (unique_id).");
     }},
    {[](const Evidence& e) { return at_group(e, StoryKind::lost) && e.committed_before_handling; },
     [](const Evidence&) {
       return Text(
           "its offset was committed before its handler had returned, and whoever takes over "
           "begins behind it.");
     },
     [](const Evidence&) { return Text("commit after handling (commit=sync)."); }},
    // ---- handled more than once
    {[](const Evidence& e) {
       return at_group(e, StoryKind::twice) && e.stage == Stage::effect && e.threw;
     },
     [](const Evidence&) {
       return Text("the handler had written its effect before it threw, and was called again.");
     },
     [](const Evidence&) { return Text(a_sink_that_knows); }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::twice) && commits(e, CommitStrategy::none);
     },
     [](const Evidence&) {
       return Text("commit=none: whoever takes over begins where auto.offset.reset says.");
     },
     [](const Evidence&) { return Text("commit after handling (commit=sync)."); }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.replaced; },
     [](const Evidence&) {
       return Text(
           "a second process came with the same group.instance.id and took over what the first had "
           "in hand; the first goes on until it is fenced, and its commit is refused.");
     },
     [](const Evidence&) {
       return Text(
           "end the first process before the second starts; a sink that knows the record, for the "
           "rest.");
     }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.evicted_for_polling; },
     [](const Evidence& e) {
       return "its member did not poll for max.poll.interval.ms (" +
              text_of(consumer(e).max_poll_interval) +
              ") and lost its partitions while it went on handling; its commit is refused.";
     },
     [](const Evidence&) {
       return Text(
           "max.poll.interval.ms longer than the slowest batch takes, or fewer max.poll.records; a "
           "sink that knows the record, for the rest.");
     }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.evicted && !e.member_died; },
     [](const Evidence& e) {
       return "its member was not heard of for session.timeout.ms (" +
              text_of(consumer(e).session_timeout) +
              ") and lost its partitions before a commit covered what it had handled.";
     },
     [](const Evidence&) {
       return Text(
           "session.timeout.ms longer than the longest pause; a sink that knows the record, for "
           "the rest.");
     }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::twice) && e.reset &&
              consumer(e).auto_offset_reset == OffsetReset::earliest;
     },
     [](const Evidence&) {
       return Text(
           "nothing was committed for its partition that still holds, and "
           "auto.offset.reset=earliest begins from the start.");
     },
     [](const Evidence&) { return Text(a_sink_that_knows); }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.member_died; },
     [](const Evidence&) {
       return Text(
           "its member had handled it and ended before a commit covered it: whoever takes over "
           "begins at the last committed offset.");
     },
     [](const Evidence&) { return Text(a_sink_that_knows); }},
    {[](const Evidence& e) {
       return at_group(e, StoryKind::twice) && e.moved &&
              group(e).application.on_revoke != OnRevoke::commit;
     },
     [](const Evidence&) {
       return Text(
           "a rebalance took its partition away between the handling and the commit: whoever gets "
           "it begins at the last committed offset.");
     },
     [](const Evidence&) {
       return Text("commit what was handled when partitions are revoked (on_revoke=commit).");
     }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.commit_refused; },
     [](const Evidence&) {
       return Text("the commit that would have covered it was refused after it was handled.");
     },
     [](const Evidence&) { return Text(a_sink_that_knows); }},
    {[](const Evidence& e) { return at_group(e, StoryKind::twice) && e.other_threw; },
     [](const Evidence&) {
       return Text(
           "a handler behind it threw before a commit covered it, and the group begins again at "
           "the last committed offset.");
     },
     [](const Evidence&) {
       return Text("commit after each record (commit=each_record), or ") + a_sink_that_knows;
     }},
    // ---- the application was told
    {[](const Evidence& e) {
       return e.kind == StoryKind::given_up &&
              (e.failure == Error::record_too_large || e.failure == Error::message_too_large);
     },
     [](const Evidence& e) {
       return Text(e.failure == Error::record_too_large ? "the client" : "the broker") +
              " does not take a record of this size; the application was told.";
     },
     [](const Evidence&) {
       return Text("max.request.size and max.message.bytes above the largest record.");
     }},
    {[](const Evidence& e) { return e.kind == StoryKind::given_up && e.failed; },
     [](const Evidence& e) {
       return "the application was told (" + Text(name_of(e.failure)) +
              "): that is a refusal, not a loss.";
     },
     [](const Evidence& e) {
       return Text(e.failure == Error::producer_closed
                       ? "close() with more time, or without a timeout."
                       : "a longer delivery.timeout.ms, or an application that sends it again.");
     }},
    {[](const Evidence& e) { return e.kind == StoryKind::given_up && e.stage == Stage::log; },
     [](const Evidence&) {
       return Text("its producer's process ended before the record was decided.");
     },
     [](const Evidence&) {
       return Text("close() or flush() before the end; on_restart=replay after a crash.");
     }},
};

}  // namespace

Explanation explain(const Evidence& evidence) {
  for (const auto of_a_kind : {explain_published, explain_outbox, explain_sink, explain_rare}) {
    const Explanation found = of_a_kind(evidence);
    if (!found.why.empty()) return found;
  }
  for (const Entry& entry : all_reasons) {
    if (entry.fits(evidence)) return {entry.why(evidence), entry.prevents(evidence)};
  }
  return {};
}

}  // namespace kafault
