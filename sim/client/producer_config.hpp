// Settings of Kafka's Java producer (org.apache.kafka.clients.producer.ProducerConfig, 4.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "sim/client/client_config.hpp"
#include "sim/client/client_profile.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/ids.hpp"
#include "sim/protocol/setting.hpp"
#include "sim/protocol/version_profile.hpp"

namespace kafault {

enum class CompressionType : std::uint8_t { none, gzip, snappy, lz4, zstd };
template <>
struct Spellings<CompressionType> {
  static constexpr std::array<Spelling<CompressionType>, 5> all{
      {{"none", CompressionType::none},
       {"gzip", CompressionType::gzip},
       {"snappy", CompressionType::snappy},
       {"lz4", CompressionType::lz4},
       {"zstd", CompressionType::zstd}}};
};

struct ProducerConfig : ClientConfig {
  Acks acks = Acks::all;
  bool enable_idempotence = true;
  std::int32_t retries = 2147483647;
  std::int32_t max_in_flight = 5;
  Duration linger = std::chrono::milliseconds(5);
  std::int32_t batch_size = 16384;
  std::int64_t buffer_memory = 33554432;
  Duration max_block = std::chrono::seconds(60);
  std::int32_t max_request_size = 1048576;
  Duration delivery_timeout = std::chrono::seconds(120);
  CompressionType compression = CompressionType::none;
  ClientProfile client = ClientProfile::java;

  // The only list of producer settings.
  template <class Self, class Field>
  static void describe(Self& self, Field&& field) {
    constexpr std::int64_t int_max = 2147483647;
    field("acks", self.acks, "which replicas must have a batch before it is acknowledged", any);
    field("enable.idempotence", self.enable_idempotence,
          "the broker recognises retried batches by producer id and sequence (KIP-98)", any);
    field("retries", self.retries, "attempts after the first", within(0, int_max));
    field("max.in.flight.requests.per.connection", self.max_in_flight,
          "unanswered requests per broker; 1 keeps order without idempotence", within(1, int_max));
    field("linger.ms", self.linger, "how long a batch waits for more records", at_least(0));
    field("batch.size", self.batch_size, "bytes at which a batch is full", within(0, int_max));
    field("buffer.memory", self.buffer_memory, "bytes of unsent records", at_least(0));
    field("max.block.ms", self.max_block, "how long send() waits for metadata or memory",
          at_least(0));
    field("max.request.size", self.max_request_size, "bytes of one request", within(0, int_max));
    field("compression.type", self.compression,
          "whether batches are compressed, where sends.compressed_size says to what", any);
    describe_network(self, field, [&] {
      field("delivery.timeout.ms", self.delivery_timeout,
            "from send() to success or failure, retries included (KIP-91)", within(0, int_max));
    });
  }
};

// The defaults of that client where they differ from the Java client's (librdkafka's
// CONFIGURATION.md); what it calls otherwise goes by Kafka's name.
void adopt_client(ProducerConfig& config, ClientProfile client);

// ProducerConfig.postProcessAndValidateIdempotenceConfigs and
// KafkaProducer.configureDeliveryTimeout: `explicit_settings` are those that the user wrote.
// Applies what Kafka overrides silently (idempotence gives way, delivery.timeout.ms is raised);
// returns the ConfigException's message if the client refuses to start.
std::optional<std::string> post_process(ProducerConfig& config,
                                        const std::set<std::string>& explicit_settings,
                                        const VersionProfile& version);

}  // namespace kafault
