#include "sim/protocol/outbox.hpp"

namespace kafault {

void MessageStore::give_back(MessageKind kind, std::uint32_t slot) {
  switch (kind) {
#define KAFAULT_GIVE_BACK(Message) \
  case MessageKind::Message:       \
    of<Message>().give_back(slot); \
    break;
    KAFAULT_MESSAGES(KAFAULT_GIVE_BACK)
#undef KAFAULT_GIVE_BACK
  }
}

void MessageStore::reset() {
  std::apply([](auto&... slab) { (slab.reset(), ...); }, slabs_);
}

std::uint32_t MessageStore::live() const {
  return std::apply([](const auto&... slab) { return (slab.live() + ...); }, slabs_);
}

}  // namespace kafault
