// The reference of the scenario format, made of the descriptions that the reader itself uses.
#include <algorithm>

#include "sim/client/consumer_config.hpp"
#include "sim/client/producer_config.hpp"
#include "sim/oracle/columns.hpp"
#include "sim/protocol/broker_config.hpp"
#include "sim/scenario/expectations_reader.hpp"
#include "sim/scenario/format.hpp"
#include "sim/scenario/kafka_settings.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/setting_text.hpp"
#include "sim/scenario/targets.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {

std::string text_of_range(Range range, std::string_view unit) {
  constexpr std::int64_t int_max = 2147483647;
  const bool has_low = range.low > INT32_MIN;
  const bool has_high = range.high < int_max;
  const std::string number = "number" + std::string(unit.empty() ? "" : " of milliseconds");
  if (has_low && has_high) {
    return with_separators(range.low) + " to " + with_separators(range.high) + std::string(unit);
  }
  if (has_low) return with_separators(range.low) + std::string(unit) + " or more";
  return number;
}

namespace {

// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string capital(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string codes(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + code(word);
  return text;
}

std::string object_table(const ObjectFormat& format) {
  std::string text = "### " + capital(format.is) + ": " +
                     code(format.pointer.empty() ? "/" : format.pointer) + "\n\n";
  text += "| key | takes | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Key& key : format.keys) {
    text += "| " + code(key.name) + " | " + cell(key.takes) + " | " + cell(key.fallback) + " | " +
            cell(key.doc) + " |\n";
  }
  if (!format.later.empty()) {
    text += "\nNot modelled yet: " + codes({format.later.begin(), format.later.end()}) + ".\n";
  }
  return text + "\n";
}

template <class Config>
std::string settings_table() {
  std::string text = "| setting | takes | default | meaning |\n| --- | --- | --- | --- |\n";
  const Config config;
  Config::describe(
      config, [&](std::string_view name, const auto& value, std::string_view doc, Range range) {
        text += "| " + code(name) + " | " + cell(accepted_text(value, range)) + " | " +
                code(kafka_text(value)) + " | " + cell(doc) + " |\n";
      });
  return text + "\n";
}

std::string switches_table() {
  std::string text = "| switch | on | source |\n| --- | --- | --- |\n";
  const VersionProfile profile;
  VersionProfile::describe(
      profile, [&](std::string_view name, bool, std::string_view doc, std::string_view source) {
        text += "| " + code(name) + " | " + cell(doc) + " | " + cell(source) + " |\n";
      });
  return text + "\n";
}

template <class Enum>
std::vector<std::string_view> all_words() {
  std::vector<std::string_view> words;
  for (const auto& spelling : Spellings<Enum>::all) words.push_back(spelling.text);
  return words;
}

std::string sinks_table() {
  std::string text = "## Sinks\n\n| sink | what it stands for |\n| --- | --- |\n";
  for (const auto& sink : Spellings<SinkKind>::all) {
    text += "| " + code(sink.text) + " | " + cell(meaning_of(sink.value)) + " |\n";
  }
  return text + "\n";
}

std::string words_section() {
  std::vector<std::string_view> messages(std::begin(message_names), std::end(message_names));
  std::vector<std::string_view> events;
  for (int kind = 0; kind < observation_kinds; ++kind) {
    if (is_moment(static_cast<ObservationKind>(kind))) events.push_back(observation_names[kind]);
  }
  std::vector<std::string_view> columns = result_columns();
  std::string text = "## Words\n\n";
  text += "- Versions: " + codes(known_versions()) +
          ". What they differ in: [versions.md](versions.md).\n";
  text += "- Commit strategies: " + codes(all_words<CommitStrategy>()) + ".\n";
  text += "- Sinks: " + codes(all_words<SinkKind>()) + ", [see above](#sinks).\n";
  text += "- Actions of faults: " + codes(all_words<Action>()) + ".\n";
  text += "- Targets: " + codes(examples_of(all_kinds)) +
          ", `rack(a)` for all brokers of a rack, or the bare name of a producer, a group or a "
          "member.\n";
  text += "- Messages: " + codes(messages) + ".\n";
  text += "- Events: " + codes(events) + ".\n";
  text += "- Verdicts: " + codes(verdict_names()) + ".\n";
  text += "- Columns, which no axis may be named after: " + codes(columns) + ".\n";
  return text;
}

}  // namespace

std::string settings_reference() {
  std::string text = "## Keys of a scenario\n\n";
  for (const ObjectFormat* format : object_formats()) text += object_table(*format);
  text +=
      "### An expectation: `/expect/N`\n\n"
      "`where` (axes and their values), `flow`, `verdict`, and any column that counts: a number, "
      "or a text like `\">= 1\"`, `\"<= 3\"`, `\"1..5\"`.\n\n";
  text +=
      "### Switches: `/switches`\n\n"
      "By default as the version has them: see [versions.md](versions.md).\n\n" +
      switches_table();
  text +=
      "## Kafka's settings\n\n"
      "Defaults of 4.1. A setting that Kafka has and that is not listed here is accepted, and "
      "reported as having no effect.\n\n";
  text += "### Producers: `/producers/NAME/config`\n\n" + settings_table<ProducerConfig>();
  text += "### Consumers: `/groups/NAME/config`\n\n" + settings_table<ConsumerConfig>();
  text += "### Brokers: `/brokers/config`\n\n" + settings_table<BrokerConfig>() +
          "The defaults of all topics stand here too, by the names that Kafka's brokers give "
          "them:\n\n" +
          settings_table<TopicDefaults>();
  text += "### Topics: `/topics/NAME/config`\n\n" + settings_table<TopicConfig>();
  return text + sinks_table() + words_section();
}

std::string versions_reference() {
  std::string text =
      "# Kafka versions\n\n"
      "What the model knows of each. Made by `kafault docs versions`; do not edit.\n\n"
      "`\"kafka\": \"3.6\"` in a scenario names the version of controller and brokers, and of "
      "every "
      "client\nthat names none of its own with `\"client\": { \"version\": \"4.1\" }`. A version "
      "is a row "
      "of defaults and\nswitches; `\"switches\": { \"eligible_leader_replicas\": false }` turns "
      "single ones. "
      "`kafault run FILE\n--vary /kafka=2.8,4.1` shows what an upgrade changes; `kafault versions "
      "2.8 4.1` "
      "says why it might.\n\n"
      "2.8 stands for a cluster with ZooKeeper: its controller is a broker, its sessions and "
      "elections are\nZooKeeper's. All later ones stand for KRaft. 3.0.1 stands for 3.0.1 to 3.2 "
      "without 3.1.0, which is as\n3.0.0; the others for every version until the next. A later "
      "cluster with ZooKeeper is its version with\nthe switches `zookeeper` and "
      "`unclean_election_honoured` on, `broker.session.timeout.ms` 18000 and\n"
      "`broker.heartbeat.interval.ms` 6000; clients 3.2.1 and 3.2.2 are 3.0.1 with\n"
      "`pending_revocation_stops_poll` off.\n\n";
  const std::vector<std::string_view> versions = known_versions();
  text += "| |";
  for (const std::string_view version : versions) text += " " + std::string(version) + " |";
  text += "\n| --- |";
  for (std::size_t i = 0; i < versions.size(); ++i) text += " --- |";
  text += "\n";
  const std::vector<VersionLine> lines = version_table();
  for (const VersionLine& line : lines) {
    text += "| " + code(line.name) + " |";
    for (const std::string& value : line.values) text += " " + value + " |";
    text += "\n";
  }
  text += "\n## Switches\n\n" + switches_table();
  text += "## Defaults\n\n| setting | of | meaning | source |\n| --- | --- | --- | --- |\n";
  for (const VersionLine& line : lines) {
    if (line.kind == "switch") continue;
    text += "| " + code(line.name) + " | " + std::string(line.kind) + " | " + cell(line.doc) +
            " | " + cell(line.source) + " |\n";
  }
  return text;
}

}  // namespace kafault
