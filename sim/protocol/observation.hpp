// What oracles, stories, timelines and record-triggered faults are made of: a closed list of
// facts, each a small flat struct. An observation names ranges (producer, first, count), not
// single records, wherever records share a fate.
#pragma once

#include <cstdint>

#include "sim/protocol/error.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

// The comment says which fields are used beside `kind` and `node` (who noted it).
#define KAFAULT_OBSERVATIONS(X)                                                                   \
  /* producer's application and client */                                                         \
  X(RecordSent)         /* producer partition first count value=record of `first` */              \
  X(RecordAcked)        /* producer partition first count offset (no_offset: acks=0) */           \
  X(RecordFailed)       /* producer partition first count error */                                \
  X(BatchRetried)       /* producer partition first count error value=attempts so far */          \
  X(ProducerIdAssigned) /* producer value=producer id, epoch=producer epoch */                    \
  X(ConnectionLost)     /* value=peer: a client or broker noticed a broken connection */          \
  X(RequestTimedOut)    /* value=peer */                                                          \
  X(LeaderLearned)      /* partition count=leader value=leader epoch: by a client */              \
  /* log and replication */                                                                       \
  X(BatchAppended)         /* partition producer first count offset epoch: by the leader */       \
  X(BatchReplicated)       /* partition producer first count offset epoch: by a follower */       \
  X(BatchDeduplicated)     /* partition producer first count offset epoch */                      \
  X(BatchRefused)          /* partition producer first count error */                             \
  X(HighWatermarkAdvanced) /* partition offset epoch: at the leader */                            \
  X(LogTruncated)          /* partition offset=new end value=old end epoch */                     \
  X(LeadershipTaken)       /* partition epoch offset=log end: the broker knows that it leads */   \
  X(LeadershipLost)        /* partition epoch: the broker knows that it does not */               \
  /* controller */                                                                                \
  X(LeaderElected)  /* partition value=leader epoch=its epoch; count=1 if unclean */              \
  X(IsrChanged)     /* partition value=bits of the ISR epoch */                                   \
  X(BrokerFenced)   /* value=broker */                                                            \
  X(BrokerUnfenced) /* value=broker */                                                            \
  /* group */                                                                                     \
  X(MemberJoined)       /* group value=member id epoch=generation */                              \
  X(MemberLeft)         /* group value=member id */                                               \
  X(MemberEvicted)      /* group value=member id count=1: did not rejoin in time */               \
  X(RebalanceStarted)   /* group epoch=generation that ends */                                    \
  X(RebalanceCompleted) /* group epoch=new generation count=members */                            \
  X(PartitionAssigned)  /* group partition epoch=generation; node is the member's */              \
  X(PartitionRevoked)   /* group partition */                                                     \
  X(PartitionLost)      /* group partition: taken away without a chance to commit */              \
  X(OffsetCommitted)    /* group partition offset: applied (high watermark passed it) */          \
  X(CommitRejected)     /* group error */                                                         \
  X(CommitFailed)       /* group error: what the member's application saw */                      \
  X(OffsetReset)        /* group partition offset: by auto.offset.reset */                        \
  /* the member's application */                                                                  \
  X(RecordDelivered)   /* group partition producer first count offset: poll returned it */        \
  X(RecordProcessed)   /* group partition producer first count offset: handler returned */        \
  X(HandlerThrew)      /* group partition producer first count offset */                          \
  X(EffectApplied)     /* group partition producer first count offset value=sink */               \
  X(ApplicationClosed) /* group: the consumer was closed by its application */                    \
  /* the world */                                                                                 \
  X(FaultStruck) /* value=fault index */                                                          \
  X(FaultEnded)  /* value=fault index */                                                          \
  X(ProcessStarted)                                                                               \
  X(ProcessCrashed)                                                                               \
  X(ProcessPaused)                                                                                \
  X(ProcessResumed)                                                                               \
  X(ProcessExited) /* after a controlled shutdown or because its work ended */                    \
  /* the judgement: the final log, read after the drain, once per run */                          \
  X(LogRead) /* partition producer first count offset epoch */                                    \
  /* storage */                                                                                   \
  X(LogTailLost) /* partition offset=new end value=old end: with the page cache, or the disk */   \
  /* group, member and sink, continued */                                                         \
  X(MemberReplaced) /* group value=old member id epoch: a static member's new process */          \
  X(EffectRefused)  /* group partition producer first count offset value=sink: nothing new */     \
  /* storage, continued */                                                                        \
  X(LogStartAdvanced) /* partition offset=new start value=old start epoch: by the leader */       \
  X(LogStartedAnew)   /* partition offset=new start and end value=old end: by a follower */       \
  /* the member's application, continued: a record that it read it sends on. The fields that name \
     what it read are those of that send. */                                                      \
  X(RecordForwarded)  /* producer partition first count=1 epoch=producer value=partition          \
                         offset=send */                                                           \
  X(ReplicaDeleted)   /* partition offset=0 value=old end epoch: by a broker that is none any     \
                         more (no_epoch), or whose topic was deleted */                           \
  X(RecordsCompacted) /* partition producer first count offset epoch (no_epoch: by a follower)    \
                         value=1: tombstones whose time was over */                               \
  /* sinks, continued: what comes before or after an effect in a transaction of its own */        \
  X(SinkAsked) /* group partition producer first count offset value=sink epoch=1: it is there */  \
  X(IdStored)  /* group partition producer first count offset value=sink epoch=1: it was there */ \
  /* the judgement, continued: where a sink does not show what its effects add up to */           \
  X(EffectRead) /* group partition producer first count=1 value=sink epoch=how often it shows */  \
  /* controller, continued */                                                                     \
  X(TopicDeleted) /* partition epoch=the first of the next topic of its name */

enum class ObservationKind : std::uint8_t {
#define KAFAULT_KIND(Name) Name,
  KAFAULT_OBSERVATIONS(KAFAULT_KIND)
#undef KAFAULT_KIND
};
#define KAFAULT_ONE(Name) +1
inline constexpr int observation_kinds = 0 KAFAULT_OBSERVATIONS(KAFAULT_ONE);
#undef KAFAULT_ONE

inline constexpr const char* observation_names[] = {
#define KAFAULT_NAME(Name) #Name,
    KAFAULT_OBSERVATIONS(KAFAULT_NAME)
#undef KAFAULT_NAME
};
constexpr const char* name_of(ObservationKind kind) {
  return observation_names[static_cast<int>(kind)];
}

// What is known only after the run, and the faults themselves, name no moment of it.
constexpr bool is_moment(ObservationKind kind) {
  return kind != ObservationKind::LogRead && kind != ObservationKind::EffectRead &&
         kind != ObservationKind::FaultStruck && kind != ObservationKind::FaultEnded;
}

struct Observation {
  ObservationKind kind = ObservationKind::FaultStruck;
  Error error = Error::none;
  NodeId node = no_node;  // filled in by the cluster: the process that noted it
  PartitionId partition = no_partition;
  std::int32_t producer = -1;
  GroupIndex group = -1;
  SendNumber first = 0;
  std::uint32_t count = 0;
  std::int32_t epoch = -1;
  Offset offset = no_offset;
  std::int64_t value = 0;
  friend bool operator==(const Observation&, const Observation&) = default;
};

}  // namespace kafault
