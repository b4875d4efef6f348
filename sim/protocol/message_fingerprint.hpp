// What messages, batches and records say to the future, for the fingerprint of a world. Numbers
// that were handed out are renamed, the journal's indices replaced by what they stand for.
#pragma once

#include <span>

#include "sim/kernel/fingerprint.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

template <class... Words>
void add_all(Fingerprint& print, Words... words) {
  print.add(words...);
}

// Incarnations count per node; the number alone would mix them up.
inline void hash_incarnation(Fingerprint& print, NodeId node, std::uint32_t incarnation) {
  print.renamed(Fingerprint::Family::incarnation,
                std::int64_t{incarnation} * (BrokerSet::max_broker + 1) + node);
}

inline void hash_member(Fingerprint& print, MemberId id) {
  print.renamed(Fingerprint::Family::member, id);
}

// Which connection it is the network knows: there is one per client and lane, and whoever waits on
// a former one is answered into the void.
inline void hash_into(Fingerprint& print, const RequestHandle& handle) {
  add_all(print, handle.client, handle.lane);
}

// Without the group record that it may hold.
void hash_into(Fingerprint& print, const Batch& batch);
void hash_into(Fingerprint& print, const GroupRecord& record);
void hash_into(Fingerprint& print, const MetadataRecord& record);

#define KAFAULT_HASH(Message) void hash_into(Fingerprint& print, const Message& message);
KAFAULT_MESSAGES(KAFAULT_HASH)
#undef KAFAULT_HASH

// With the group record that it may hold.
void hash_into(Fingerprint& print, const Batch& batch, const GroupJournal& journal);
void hash_into(Fingerprint& print, const FetchResponse& message, const GroupJournal& journal);
template <class Message>
void hash_into(Fingerprint& print, const Message& message, const GroupJournal&) {
  hash_into(print, message);
}

// Assignors deal partitions in the order of member ids, which renaming hides: how many of them are
// smaller says it again.
template <class Members>
void hash_order(Fingerprint& print, const Members& members, MemberId id) {
  std::uint32_t smaller = 0;
  for (const auto& member : members) smaller += member.id < id ? 1U : 0U;
  print.add(smaller);
}

}  // namespace kafault
