#include "sim/client/producer_config.hpp"

#include <gtest/gtest.h>

namespace kafault {
namespace {

using namespace std::chrono_literals;

// The defaults, but for what `change` sets.
template <class Change>
ProducerConfig with(Change&& change) {
  ProducerConfig config;
  change(config);
  return config;
}

std::optional<std::string> refusal(ProducerConfig config, const std::set<std::string>& explicitly,
                                   VersionProfile version = {}) {
  return post_process(config, explicitly, version);
}

// CONFIGURATION.md and rd_kafka_conf_finalize.
TEST(ProducerConfigOfLibrdkafka, IsNotIdempotentAndHasNoLimitInFlightUnlessItIs) {
  const auto librdkafka = [](auto&& change) {
    ProducerConfig config;
    adopt_client(config, ClientProfile::librdkafka);
    change(config);
    return config;
  };
  ProducerConfig config = librdkafka([](auto&) {});
  EXPECT_EQ(post_process(config, {}, {}), std::nullopt);
  EXPECT_FALSE(config.enable_idempotence);
  EXPECT_EQ(config.max_in_flight, 1000000);
  EXPECT_EQ(config.delivery_timeout, Duration(5min));

  config = librdkafka([](auto& c) { c.enable_idempotence = true; });
  EXPECT_EQ(post_process(config, {"enable.idempotence"}, {}), std::nullopt);
  EXPECT_EQ(config.max_in_flight, 5);

  EXPECT_EQ(refusal(librdkafka([](auto& c) {
                      c.enable_idempotence = true;
                      c.max_in_flight = 6;
                    }),
                    {"max.in.flight.requests.per.connection"}),
            "`max.in.flight` must be set <= 5 when `enable.idempotence` is true");
  EXPECT_EQ(refusal(librdkafka([](auto& c) {
                      c.enable_idempotence = true;
                      c.acks = Acks::leader;
                    }),
                    {"acks"}),
            "`acks` must be set to `all` when `enable.idempotence` is true");
}

// What the constructor of KafkaProducer 4.1 says; measured.
TEST(ProducerConfigConflict, AcksOneRefusesExplicitIdempotence) {
  EXPECT_EQ(refusal(with([](auto& c) { c.acks = Acks::leader; }), {"acks", "enable.idempotence"}),
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
            "guarantee idempotence.");
}

TEST(ProducerConfigConflict, AcksZeroRefusesExplicitIdempotence) {
  EXPECT_EQ(refusal(with([](auto& c) { c.acks = Acks::none; }), {"acks", "enable.idempotence"}),
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
            "guarantee idempotence.");
}

TEST(ProducerConfigConflict, NoRetriesRefuseExplicitIdempotence) {
  EXPECT_EQ(refusal(with([](auto& c) { c.retries = 0; }), {"retries", "enable.idempotence"}),
            "Must set retries to non-zero when using the idempotent producer.");
}

TEST(ProducerConfigConflict, SixInFlightRefuseExplicitIdempotence) {
  EXPECT_EQ(refusal(with([](auto& c) { c.max_in_flight = 6; }),
                    {"max.in.flight.requests.per.connection", "enable.idempotence"}),
            "To use the idempotent producer, max.in.flight.requests.per.connection must be set to "
            "at most 5. Current value is 6.");
}

TEST(ProducerConfigConflict, DefaultIdempotenceGivesWayToAcksAndRetries) {
  ProducerConfig acks_one = with([](auto& c) { c.acks = Acks::leader; });
  ProducerConfig no_retries = with([](auto& c) { c.retries = 0; });

  EXPECT_EQ(post_process(acks_one, {"acks"}, {}), std::nullopt);
  EXPECT_EQ(post_process(no_retries, {"retries"}, {}), std::nullopt);

  EXPECT_FALSE(acks_one.enable_idempotence);
  EXPECT_FALSE(no_retries.enable_idempotence);
}

TEST(ProducerConfigConflict, SixInFlightAreRefusedSinceFourAndSilentBefore) {
  ProducerConfig config = with([](auto& c) { c.max_in_flight = 6; });
  const std::set<std::string> explicitly{"max.in.flight.requests.per.connection"};
  VersionProfile old;
  old.in_flight_conflict_throws = false;

  EXPECT_EQ(refusal(config, explicitly),
            "To use the idempotent producer, max.in.flight.requests.per.connection must be set to "
            "at most 5. Current value is 6.");
  EXPECT_EQ(post_process(config, explicitly, old), std::nullopt);
  EXPECT_FALSE(config.enable_idempotence);
}

TEST(ProducerConfigConflict, InFlightIsCheckedBeforeAcksDisableIdempotence) {
  EXPECT_NE(refusal(with([](auto& c) {
                      c.acks = Acks::leader;
                      c.max_in_flight = 10;
                    }),
                    {"acks", "max.in.flight.requests.per.connection"}),
            std::nullopt);
}

TEST(ProducerConfigConflict, ExplicitDeliveryTimeoutMustCoverLingerAndRequest) {
  ProducerConfig config;
  config.linger = 5ms;
  config.request_timeout = config.delivery_timeout = 1s;

  EXPECT_EQ(refusal(config, {"linger.ms", "request.timeout.ms", "delivery.timeout.ms"}),
            "delivery.timeout.ms should be equal to or larger than linger.ms + "
            "request.timeout.ms");
}

TEST(ProducerConfigConflict, DefaultDeliveryTimeoutIsRaised) {
  ProducerConfig config = with([](auto& c) { c.linger = 5ms, c.request_timeout = 200s; });

  EXPECT_EQ(post_process(config, {"request.timeout.ms"}, {}), std::nullopt);

  EXPECT_EQ(config.delivery_timeout, 200005ms);
}

TEST(ProducerConfigConflict, TransactionsNeedIdempotence) {
  EXPECT_EQ(refusal(with([](auto& c) { c.enable_idempotence = false; }),
                    {"transactional.id", "enable.idempotence"}),
            "Cannot set a transactional.id without also enabling idempotence.");
}

TEST(ProducerConfig, ReconnectBackoffAloneIsAlsoItsMaximum) {
  ProducerConfig config = with([](auto& c) { c.reconnect_backoff = 5s; });

  post_process(config, {"reconnect.backoff.ms"}, {});

  EXPECT_EQ(config.reconnect_backoff_max, 5s);
}

}  // namespace
}  // namespace kafault
