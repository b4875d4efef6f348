// What one actor caused, for tests that drive it without a cluster.
#pragma once

#include <vector>

#include "sim/protocol/outbox.hpp"

namespace kafault::test {

// A message store, a journal and an outbox: all that an actor needs to be driven alone.
struct Bench {
  MessageStore messages;
  GroupJournal journal;
  Outbox out{messages, journal};

  // The messages of one kind in the outbox, in order.
  template <class Message>
  std::vector<Message> all() {
    std::vector<Message> found;
    for (const Effect& effect : out.effects()) {
      const bool is_message =
          effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::reply;
      if (is_message && effect.message == kind_of<Message>) {
        found.push_back(messages.of<Message>()[effect.slot]);
      }
    }
    return found;
  }
  // The only one; an empty one if there are none or several, so that a test fails on its fields.
  template <class Message>
  Message only() {
    const std::vector<Message> found = all<Message>();
    return found.size() == 1 ? found.front() : Message{};
  }
  // To whom answers of one kind went, in order.
  template <class Message>
  std::vector<NodeId> receivers() {
    std::vector<NodeId> found;
    for (const Effect& effect : out.effects()) {
      if (effect.kind == Effect::Kind::reply && effect.message == kind_of<Message>) {
        found.push_back(effect.to);
      }
    }
    return found;
  }
  std::vector<Observation> notes(ObservationKind kind) {
    std::vector<Observation> found;
    for (const Effect& effect : out.effects()) {
      if (effect.kind != Effect::Kind::note) continue;
      const Observation& note = out.note_at(effect.slot);
      if (note.kind == kind) found.push_back(note);
    }
    return found;
  }
  std::vector<LocalEvent> locals() {
    std::vector<LocalEvent> found;
    for (const Effect& effect : out.effects()) {
      if (effect.kind == Effect::Kind::local) found.push_back(out.local_at(effect.slot));
    }
    return found;
  }
  int count(Effect::Kind kind) {
    int found = 0;
    for (const Effect& effect : out.effects()) found += effect.kind == kind ? 1 : 0;
    return found;
  }
  // How far off a timer was armed last; `forever` if it was not.
  Duration armed(TimerId timer) {
    Duration after = forever;
    for (const Effect& effect : out.effects()) {
      if (effect.kind == Effect::Kind::arm && effect.timer == timer) after = effect.after;
    }
    return after;
  }
  // And at the latest, if chance has a part in it.
  Duration armed_up_to(TimerId timer) {
    Duration up_to = forever;
    for (const Effect& effect : out.effects()) {
      if (effect.kind == Effect::Kind::arm && effect.timer == timer) up_to = effect.up_to;
    }
    return up_to;
  }
  Bench& fresh() {
    out.clear();
    return *this;
  }
};

}  // namespace kafault::test
