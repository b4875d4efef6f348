// The names of the settings that Kafka has: a setting that the model does not use is accepted if it
// stands here, and a mistake if it does not. From the ConfigDefs of 4.1.0 (ProducerConfig,
// ConsumerConfig, LogConfig, AbstractKafkaConfig) and what 2.8 to 3.9 had beside them; internal
// ones left out.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kafault {

enum class Role : std::uint8_t { producer, consumer, topic, broker };
constexpr std::string_view name_of(Role role) {
  switch (role) {
    case Role::producer:
      return "producer";
    case Role::consumer:
      return "consumer";
    case Role::topic:
      return "topic";
    case Role::broker:
      return "broker";
  }
  return "?";
}

bool is_kafka_setting(Role role, std::string_view name);
// What a plug-in finds in the same file (serializers, config providers, authorizers): Kafka hands
// all of a file's settings to them and does not know their names itself.
bool is_plugin_setting(Role role, std::string_view name);
// Whether the value may be one that nobody else should read: Kafka's settings of the type PASSWORD
// and whatever is named like one. Never printed.
bool is_secret(std::string_view name);
std::vector<std::string_view> kafka_settings(Role role);

}  // namespace kafault
