#include "sim/client/consumer_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

TEST(ConsumerConfig, AcceptsItsDefaults) {
  ConsumerConfig config;

  EXPECT_EQ(post_process(config, {}, {}), std::nullopt);
}

TEST(ConsumerConfig, RefusesAHeartbeatThatIsNotBelowTheSessionTimeout) {
  ConsumerConfig config;
  config.session_timeout = config.heartbeat_interval;

  EXPECT_THAT(post_process(config, {}, {}), Optional(HasSubstr("session timeout")));
}

TEST(ConsumerConfig, RefusesAnAssignorTwiceAndNoneAtAll) {
  ConsumerConfig config;
  config.partition_assignment_strategy = {Assignor::range, Assignor::roundrobin, Assignor::range};
  EXPECT_THAT(post_process(config, {}, {}), Optional(HasSubstr("more than one assignor")));

  config.partition_assignment_strategy.clear();
  EXPECT_THAT(post_process(config, {}, {}), Optional(HasSubstr("at least one")));
}

// KIP-1106.
TEST(ConsumerConfig, ResetsByDurationSinceKafka4AndInJavaOnly) {
  ConsumerConfig config;
  config.auto_offset_reset = {OffsetReset::by_duration, 1h};
  VersionProfile older;
  older.reset_by_duration = false;

  EXPECT_EQ(post_process(config, {}, {}), std::nullopt);
  EXPECT_THAT(post_process(config, {}, older), Optional(HasSubstr("latest, earliest, none")));
  config.client = ClientProfile::librdkafka;
  EXPECT_THAT(post_process(config, {}, {}), Optional(HasSubstr("latest, earliest, none")));
}

// rd_kafka_conf_finalize; under KIP-848 the session is the broker's.
TEST(ConsumerConfig, WantsPollsNoRarerThanSessionsOfLibrdkafkasClassicProtocol) {
  ConsumerConfig config;
  config.max_poll_interval = 7s;
  EXPECT_EQ(post_process(config, {}, {}), std::nullopt);

  config.client = ClientProfile::librdkafka;
  EXPECT_THAT(post_process(config, {}, {}), Optional(HasSubstr("`session.timeout.ms`")));
  config.group_protocol = GroupProtocol::consumer;
  EXPECT_EQ(post_process(config, {}, {}), std::nullopt);
}

TEST(ConsumerConfig, KeepsTheReconnectBackoffConstantIfOnlyItsStartIsSet) {
  ConsumerConfig config;
  config.reconnect_backoff = 10ms;
  ConsumerConfig both = config;

  EXPECT_EQ(post_process(config, {"reconnect.backoff.ms"}, {}), std::nullopt);
  EXPECT_EQ(post_process(both, {"reconnect.backoff.ms", "reconnect.backoff.max.ms"}, {}),
            std::nullopt);

  EXPECT_EQ(config.reconnect_backoff_max, Duration(10ms));
  EXPECT_EQ(both.reconnect_backoff_max, Duration(1s));
}

}  // namespace
}  // namespace kafault
