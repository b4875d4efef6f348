#include "sim/scenario/trigger_reader.hpp"

#include <array>
#include <initializer_list>

#include "sim/scenario/targets.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t most_nth = 1'000'000'000'000;

// The keys of `when` but these do not go with the form.
void refuse_all_but(const Cursor& when, std::string_view form,
                    std::initializer_list<std::string_view> keys) {
  for (const Key& known : when_format.keys) {
    if (std::find(keys.begin(), keys.end(), known.name) != keys.end()) continue;
    if (const auto cursor = when.find(known.name)) {
      cursor->mistake_at_key("does not go with " + in_quotes(form));
    }
  }
}

class TriggerReader {
 public:
  TriggerReader(const Cursor& fault, Action action, const ClusterPlan& plan)
      : fault_(fault), action_(action), plan_(plan) {}

  ReadTrigger read() {
    const std::optional<Cursor> when = fault_.find("when");
    if (!when) {
      fault_.mistake("\"when\" is missing: what makes the fault strike");
      return result_;
    }
    if (when->json().is_string()) {
      read_anywhere(*when);
      return result_;
    }
    for (const std::string_view key : {"message"sv, "to"sv, "on"sv}) {
      if (key == "to" && takes_to(action_)) continue;
      if (const auto cursor = fault_.find(key)) {
        cursor->mistake_at_key(
            "stands here only with \"when\": \"anywhere\"; else inside \"when\"");
      }
    }
    if (!check_object(*when, when_format)) return result_;
    if (when->find("chance")) {
      read_chance(*when);
    } else if (when->find("message")) {
      read_message(*when);
    } else if (when->find("event")) {
      read_event(*when);
    } else if (when->find("at")) {
      read_time(*when);
    } else {
      when->mistake("says no moment: it has one of at, message, event, chance");
    }
    return result_;
  }

 private:
  void read_anywhere(const Cursor& when) {
    constexpr std::array words{"anywhere"sv};
    if (!word_at(when, words)) return;
    result_.trigger.kind = Trigger::Kind::anywhere;
    if (strikes_messages(action_)) {
      read_message_filters(fault_);
    } else {
      for (const std::string_view key : {"message"sv, "to"sv, "on"sv}) {
        if (key == "to" && takes_to(action_)) continue;
        if (const auto cursor = fault_.find(key)) {
          cursor->mistake_at_key("is for faults that strike messages");
        }
      }
    }
  }

  void read_time(const Cursor& when) {
    result_.trigger.kind = Trigger::Kind::at;
    refuse_all_but(when, "at", {"at"});
    read_duration(when, "at", result_.trigger.at);
    if (strikes_messages(action_) || strikes_handling(action_)) {
      when.mistake("\"" + std::string(spell(action_)) + "\" strikes " +
                   (strikes_messages(action_) ? "a message: name it, and count \"since\" a time"
                                              : "the handling of a record: name an \"event\""));
    }
  }

  void read_message(const Cursor& when) {
    result_.trigger.kind = Trigger::Kind::message;
    refuse_all_but(when, "message", {"message", "on", "nth", "from", "to", "since"});
    read_message_filters(when);
    read_integer(when, "nth", result_.trigger.nth, 1, most_nth);
    read_duration(when, "since", result_.trigger.since);
    if (strikes_handling(action_)) refuse_for_handling(when);
  }

  void read_event(const Cursor& when) {
    result_.trigger.kind = Trigger::Kind::event;
    refuse_all_but(when, "event", {"event", "nth", "of", "since"});
    const std::optional<Cursor> event = when.find("event");
    const std::optional<std::size_t> kind = word_at(*event, event_names());
    if (kind) result_.trigger.event = static_cast<ObservationKind>(*kind);
    if (kind && !is_moment(result_.trigger.event)) {
      event->mistake(shown(event->json()) + " cannot make a fault strike; `after` names a fault");
    }
    read_integer(when, "nth", result_.trigger.nth, 1, most_nth);
    read_duration(when, "since", result_.trigger.since);
    read_filter(when, "of", applications, result_.trigger.of);
    if (strikes_handling(action_) && kind &&
        result_.trigger.event != ObservationKind::RecordDelivered) {
      refuse_for_handling(*event);
    }
    if (strikes_messages(action_)) {
      when.mistake("\"" + std::string(spell(action_)) + "\" strikes a message: name one");
    }
  }

  void read_chance(const Cursor& when) {
    result_.trigger.kind = Trigger::Kind::chance;
    const std::optional<Cursor> cursor = when.find("chance");
    const std::optional<std::string> text = text_at(*cursor);
    if (text) {
      const Parsed<Chance> chance = parse_chance(*text);
      if (chance.value) {
        result_.trigger.chance_numerator = chance.value->numerator;
        result_.trigger.chance_denominator = chance.value->denominator;
      } else {
        cursor->mistake(in_quotes(*text) + " " + chance.mistake);
      }
    }
    if (strikes_messages(action_)) {
      refuse_all_but(when, "chance", {"chance", "message", "on", "from", "to", "since"});
      read_message_filters(when);
    } else {
      refuse_all_but(when, "chance", {"chance", "since"});
    }
    read_duration(when, "since", result_.trigger.since);
    if (strikes_handling(action_)) refuse_for_handling(when);
  }

  void refuse_for_handling(const Cursor& cursor) {
    cursor.mistake("\"" + std::string(spell(action_)) +
                   "\" is triggered by the event \"RecordDelivered\": polled, handler not begun");
  }

  // message, on, from, to.
  void read_message_filters(const Cursor& object) {
    const std::optional<Cursor> message = object.find("message");
    if (!message) {
      object.mistake("\"message\" is missing: which message it strikes");
    } else if (const auto kind = word_at(*message, message_kinds_by_name())) {
      result_.trigger.message = static_cast<MessageKind>(*kind);
    }
    if (const auto on = object.find("on")) {
      constexpr std::array words{"sent"sv, "received"sv};
      const std::optional<std::size_t> word = word_at(*on, words);
      if (word) result_.trigger.on_received = *word == 1;
    }
    read_filter(object, "from", correspondents, result_.trigger.from);
    read_filter(object, "to", correspondents, result_.trigger.to);
  }

  void read_filter(const Cursor& object, std::string_view key, TargetKinds allowed, Target& out) {
    const std::optional<Cursor> cursor = object.find(key);
    if (!cursor) return;
    const ReadTarget read = read_target(*cursor, plan_, allowed);
    if (read.target) out = *read.target;
    if (read.is_missing) result_.is_missing = true;
  }

  static std::vector<std::string_view> event_names() {
    return {std::begin(observation_names), std::end(observation_names)};
  }
  static std::vector<std::string_view> message_kinds_by_name() {
    return {std::begin(message_names), std::end(message_names)};
  }

  const Cursor& fault_;
  const Action action_;
  const ClusterPlan& plan_;
  ReadTrigger result_;
};

}  // namespace

ReadTrigger read_trigger(const Cursor& fault, Action action, const ClusterPlan& plan) {
  return TriggerReader(fault, action, plan).read();
}

}  // namespace kafault
