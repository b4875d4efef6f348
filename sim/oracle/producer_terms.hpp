// What a producer asked Kafka for, as far as a law depends on it.
#pragma once

namespace kafault {

struct ProducerTerms {
  bool acks_all = false;
  bool is_idempotent = false;
  bool relays_outbox = false;  // what it passes over counts as acked
};

}  // namespace kafault
