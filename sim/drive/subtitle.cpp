#include "sim/drive/subtitle.hpp"

#include <algorithm>
#include <set>

namespace kafault {
namespace {

// "1" if all have the same, "1-3" if they differ.
template <class Get>
std::string span_of(const std::vector<Combination>& combinations, Get&& get) {
  std::set<std::int64_t> values;
  for (const Combination& combination : combinations) get(combination.plan, values);
  if (values.empty()) return "";
  std::string text = std::to_string(*values.begin());
  if (values.size() > 1) text += "-" + std::to_string(*values.rbegin());
  return text;
}

std::string counted(const std::string& span, const char* noun) {
  return span + " " + noun + (span == "1" ? "" : "s");
}

// Producers are Java clients, and so are consumers that are not said to be others.
std::string clients_of(const std::vector<Combination>& combinations) {
  std::set<ClientProfile> others;
  for (const Combination& combination : combinations) {
    for (const GroupPlan& group : combination.plan.groups) {
      if (!group.members.empty()) others.insert(group.members.front().config.client);
    }
  }
  others.erase(ClientProfile::java);
  std::string text = "Java clients";
  for (const ClientProfile client : others) text += ", " + std::string(spell(client));
  return text;
}

}  // namespace

std::string subtitle_of(const Scenario& scenario, std::int64_t most_records) {
  if (scenario.combinations.empty()) return "";
  const auto& all = scenario.combinations;
  std::set<std::string> versions;
  for (const Combination& combination : all) {
    versions.insert(std::string(combination.plan.version.name));
  }
  std::string text = "Kafka ";
  for (const std::string& version : versions)
    text += (&version == &*versions.begin() ? "" : ", ") + version;
  const auto brokers = [](const ClusterPlan& p, auto& v) { v.insert(p.layout.brokers); };
  text += " · " + counted(span_of(all, brokers), "broker") + ", RF " +
          span_of(all, [](const ClusterPlan& p, auto& v) {
            for (const PartitionLayout& part : p.layout.partitions) {
              if (part.topic + 1 < static_cast<std::int32_t>(p.layout.topics.size())) {
                v.insert(static_cast<std::int64_t>(part.replicas.size()));
              }
            }
          });
  text += ", min ISR " + span_of(all, [](const ClusterPlan& p, auto& v) {
            for (std::size_t t = 0; t + 1 < p.topics.size(); ++t) {
              v.insert(p.topics[t].min_insync_replicas);
            }
          });
  const auto records = [&](const ClusterPlan& p, auto& v) {
    std::int64_t sum = 0;
    for (const ProducerPlan& producer : p.producers) {
      sum += std::min(producer.sends.records, most_records);
    }
    v.insert(sum);
  };
  return text + " · " + counted(span_of(all, records), "record") + " · " + clients_of(all);
}

}  // namespace kafault
