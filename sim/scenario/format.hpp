// The keys of a scenario file that are our own, each described once: the reader refuses what does
// not stand here, and the reference and the schema are made of it. Kafka's settings describe
// themselves (`describe` in each config struct).
#pragma once

#include <span>
#include <string_view>

namespace kafault {

struct Key {
  std::string_view name;
  std::string_view takes;
  std::string_view fallback;  // what holds when it is absent; "" where it must be there
  std::string_view doc;
};

struct ObjectFormat {
  std::string_view is;       // "a producer's sends"
  std::string_view pointer;  // "/producers/NAME/sends"
  std::span<const Key> keys;
  std::span<const std::string_view> later;  // keys of the format that the model does not know yet
};

extern const ObjectFormat scenario_format;
extern const ObjectFormat network_format;
extern const ObjectFormat brokers_format;
extern const ObjectFormat disk_format;
extern const ObjectFormat topic_format;
extern const ObjectFormat producer_format;
extern const ObjectFormat producer_client_format;
extern const ObjectFormat sends_format;
extern const ObjectFormat outbox_format;
extern const ObjectFormat group_format;
extern const ObjectFormat publishes_format;
extern const ObjectFormat group_client_format;
extern const ObjectFormat member_format;
extern const ObjectFormat handling_format;
extern const ObjectFormat commit_format;
extern const ObjectFormat on_exception_format;
extern const ObjectFormat sink_format;
extern const ObjectFormat fault_format;
extern const ObjectFormat when_format;
extern const ObjectFormat axis_format;
extern const ObjectFormat patch_format;

// All of them, in the order of the reference.
std::span<const ObjectFormat* const> object_formats();

}  // namespace kafault
