// Known ways of being wrong, for the tests of the tests: a build with KAFAULT_MUTANTS can switch
// one of them on, and some oracle, expected table or test must notice. In every other build
// `is_mutant` is a constant false and the branch is gone.
#pragma once

namespace kafault {

#define KAFAULT_MUTANT_LIST(X)                                                                  \
  X(ack_before_append)               /* the leader acknowledges and forgets to append */        \
  X(ack_all_like_leader)             /* acks=all is answered after the leader's append */       \
  X(high_watermark_too_early)        /* the high watermark follows the leader's log end */      \
  X(forgotten_truncation)            /* a follower keeps what its leader does not have */       \
  X(lost_dedup_cache)                /* every batch is fresh */                                 \
  X(min_isr_ignored)                 /* acks=all is accepted below min.insync.replicas */       \
  X(election_of_anyone)              /* an out-of-sync replica may always lead */               \
  X(isr_never_shrinks)               /* a fenced broker stays in the ISR */                     \
  X(retry_at_the_back)               /* a failed batch goes behind the others */                \
  X(no_retry)                        /* a lost answer fails the batch */                        \
  X(sequence_per_attempt)            /* a retried batch gets new sequence numbers */            \
  X(commit_without_generation_check) /* a member of the past may commit */                      \
  X(session_never_expires)           /* a dead member keeps its partitions */                   \
  X(position_before_return)          /* auto-commit commits what is still being handled */      \
  X(no_commit_on_close)              /* close() forgets the last auto-commit */                 \
  X(offsets_lost_on_failover)        /* a new coordinator does not replay its partition */      \
  X(given_before_released)           /* a partition has its next owner before it is free */     \
  X(expiry_despite_members)          /* offsets expire by their age, whoever is in the group */ \
  X(dead_letter_taken_for_sent)      /* a dead letter that failed counts as published */        \
  X(condition_forgotten_in_sink)     /* an older offset overwrites the sink's newer one */

// Those that show only when two things go wrong in one run.
#define KAFAULT_DEEP_MUTANT_LIST(X)                                                              \
  X(truncation_to_high_watermark) /* a follower asks nobody where to cut */                      \
  X(restart_truncates_to_zero)    /* a broker that starts has lost its high watermark */         \
  X(isr_grows_unchecked)          /* a follower joins the ISR wherever it is */                  \
  X(commits_below_min_isr)        /* the high watermark moves below min.insync.replicas */       \
  X(elr_never_emptied)            /* who left the ISR early stays eligible */                    \
  X(isr_may_be_empty)             /* without ELR the last member of the ISR leaves it as well */ \
  X(restart_forgets_producers)    /* a broker that starts knows no producer */                   \
  X(new_sequence_at_second_retry) /* the producer takes it for another batch */                  \
  X(second_retry_at_the_back)     /* a batch that failed twice goes behind the others */         \
  X(lost_commit_not_repeated)     /* commitSync takes a lost connection for success */

// Those that nobody may notice: work that is left out, since it would find nothing, is done.
#define KAFAULT_SHORTCUT_LIST(X) X(every_round_taken) /* a consumer looks once more */

enum class Mutant {
  none,
#define KAFAULT_MUTANT(name) name,
  KAFAULT_MUTANT_LIST(KAFAULT_MUTANT) KAFAULT_DEEP_MUTANT_LIST(KAFAULT_MUTANT)
      KAFAULT_SHORTCUT_LIST(KAFAULT_MUTANT)
#undef KAFAULT_MUTANT
};

#ifdef KAFAULT_MUTANTS
inline Mutant active_mutant = Mutant::none;
inline bool is_mutant(Mutant mutant) { return active_mutant == mutant; }
#else
constexpr bool is_mutant(Mutant) { return false; }
#endif

}  // namespace kafault
