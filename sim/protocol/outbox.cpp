#include "sim/protocol/outbox.hpp"

namespace kafault {

MessageStore& MessageStore::operator=(const MessageStore& other) {
  if (this == &other) return *this;
  slots_ = other.slots_;
#define KAFAULT_COPY(Message) \
  of<Message>().copy(other.of<Message>(), slots_of(kind_of<Message>).used());
  KAFAULT_MESSAGES(KAFAULT_COPY)
#undef KAFAULT_COPY
  return *this;
}

void MessageStore::reset() {
  for (Slots& slots : slots_) slots.reset();
}

std::uint32_t MessageStore::live() const {
  std::uint32_t live = 0;
  for (const Slots& slots : slots_) live += slots.live();
  return live;
}

}  // namespace kafault
