#include "sim/scenario/starter.hpp"

#include <algorithm>

#include "sim/scenario/cluster_reader.hpp"
#include "sim/scenario/json_text.hpp"
#include "sim/scenario/properties.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {
namespace {

// The producer begins when the group has long been stable, so that auto.offset.reset=latest,
// Kafka's default, leaves no record out. Each fault strikes whatever the settings are: they count
// records, not batches.
constexpr std::string_view skeleton = R"j({
  "kafault": 1,
  "title": "",
  "question": "What do my settings lose, double or reorder when one thing goes wrong?",
  "source": "",
  "kafka": "",
  "brokers": { "count": 3 },
  "topics": { "$topic": { "partitions": 1, "replication.factor": 3, "config": {} } },
  "producers": {
    "$producer": {
      "config": {},
      "sends": { "topic": "$topic", "records": 100, "every": "20ms", "start": "10s" }
    }
  },
  "groups": {
    "$group": {
      "config": {},
      "topics": ["$topic"],
      "commit": "",
      "handling": { "takes": "5ms" },
      "members": 2
    }
  },
  "matrix": [
    { "axis": "commit", "at": "/groups/$group/commit", "values": [] },
    {
      "axis": "fault",
      "patches": [
        { "name": "none", "set": { "faults": [] } },
        {
          "name": "lost ack",
          "set": {
            "faults": [
              {
                "name": "lost ack",
                "when": { "message": "ProduceResponse", "since": "10s" },
                "do": "drop_connection"
              }
            ]
          }
        },
        {
          "name": "leader crash",
          "set": {
            "faults": [
              {
                "name": "leader crash",
                "when": { "event": "RecordAcked", "nth": 50, "of": "$producer" },
                "do": "crash",
                "target": "leader($topic-0)"
              }
            ]
          }
        },
        {
          "name": "consumer crash",
          "set": {
            "faults": [
              {
                "name": "consumer crash",
                "when": { "event": "RecordProcessed", "nth": 35, "of": "$group" },
                "do": "crash",
                "for": "1s"
              }
            ]
          }
        }
      ]
    }
  ]
})j";

std::string with_names(std::string_view text, const StarterNames& names) {
  std::string out(text);
  const auto replace = [&](std::string_view from, const std::string& to) {
    for (std::size_t at = out.find(from); at != std::string::npos;
         at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  };
  replace("$producer", names.producer);
  replace("$topic", names.topic);
  replace("$group", names.group);
  return out;
}

// Whether the consumer's code commits by itself.
bool switches_auto_commit_off(const std::vector<SettingsFile>& files) {
  std::string value;
  for (const SettingsFile& file : files) {
    if (file.role != Role::consumer) continue;
    Mistakes ignored(file.name);
    for (const Property& property : parse_properties(file.text, file.name, ignored)) {
      if (property.name == "enable.auto.commit") value = property.value;
    }
  }
  return value == "false";
}

bool has_file_of(Role role, const std::vector<SettingsFile>& files) {
  return std::any_of(files.begin(), files.end(),
                     [role](const SettingsFile& file) { return file.role == role; });
}

void check_names(const StarterNames& names) {
  for (const std::string& name : {names.producer, names.topic, names.group}) {
    if (is_legal_name(name)) continue;
    throw ScenarioError({printable(in_quotes(name)) +
                         ": a name has letters, digits, '.', '_' and '-', at most 249 of them"});
  }
}

}  // namespace

Starter starter_scenario(const StarterNames& names, const std::vector<SettingsFile>& files,
                         const std::string& source) {
  check_names(names);
  const bool commits_itself = switches_auto_commit_off(files);
  Json starter = Json::parse(with_names(skeleton, names));
  starter["title"] = names.producer + " sends, " + names.group + " handles, one thing goes wrong";
  starter["source"] = source;
  starter["kafka"] = default_version;
  Json& group = starter["groups"][names.group];
  group["commit"] = commits_itself ? "sync" : "auto";
  Json matrix = std::move(starter["matrix"]);
  starter.erase("matrix");
  matrix[0]["values"] =
      commits_itself ? Json::array({"sync", "before"}) : Json::array({"auto", "sync"});
  if (!has_file_of(Role::producer, files)) {
    starter["producers"][names.producer]["config"] =
        Json::object({{"acks", "all"}, {"enable.idempotence", true}});
  }
  if (!has_file_of(Role::consumer, files))
    group["config"] = Json::object({{"auto.offset.reset", "earliest"}});
  if (!has_file_of(Role::topic, files)) {
    starter["topics"][names.topic]["config"] = Json::object({{"min.insync.replicas", 2}});
  }

  ReadOptions options;
  options.settings = files;
  const Scenario scenario = read_scenario(starter.dump(), "starter.json", options);
  Json document = Json::parse(document_of(scenario, scenario.combinations.front()));
  Json& written = document["groups"][names.group];
  // `commit` says it, and the matrix varies that.
  written["config"].erase("enable.auto.commit");
  // Two members of one name would fence each other.
  if (written["config"].contains("group.instance.id")) written["members"] = 1;
  document["matrix"] = std::move(matrix);
  return {json_text(document), scenario.warnings, scenario.accepted_outside};
}

}  // namespace kafault
