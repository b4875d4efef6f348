// Counterexamples made smaller: one simplification after the other, as long as the promise breaks.
#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "sim/drive/counterexample.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using Document = nlohmann::ordered_json;

std::optional<std::int64_t> number_at(const Document& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

// Replicas on brokers that are no more; a partition that has none left goes to the first.
void keep_brokers(Document& document, std::int64_t count) {
  document["brokers"]["count"] = count;
  const auto topics = document.find("topics");
  if (topics == document.end()) return;
  for (Document& topic : *topics) {
    const auto lower = [count](Document& object, const char* key) {
      const std::optional<std::int64_t> number = number_at(object, key);
      if (number && *number > count) object[key] = count;
    };
    lower(topic, "replication.factor");
    if (topic.contains("config")) lower(topic["config"], "min.insync.replicas");
    if (!topic.contains("assignment")) continue;
    for (Document& replicas : topic["assignment"]) {
      Document left = Document::array();
      for (const Document& broker : replicas) {
        if (broker.is_number_integer() && broker.get<std::int64_t>() <= count) {
          left.push_back(broker);
        }
      }
      if (left.empty()) left.push_back(1);
      replicas = std::move(left);
    }
  }
}

std::optional<Duration> duration_in(const Document& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return parse_duration(found->get<std::string>()).value;
}

class Shrinking {
 public:
  Shrinking(const Counterexample& found, Promise promise)
      : best_(found), document_(Document::parse(found.document)), promise_(promise) {}

  Counterexample run() {
    while (drop_a_fault() || strike_earlier() || send_less() || join_less() ||
           run_fewer_brokers() || last_shorter()) {
    }
    round_times();
    return best_;
  }

 private:
  bool keeps(const Document& candidate) {
    const std::string text = candidate.dump();
    const std::optional<OrdinaryRun> run = play(text);
    if (!run || (run->broken >> static_cast<unsigned>(promise_) & 1U) == 0) return false;
    best_ = {text, run->digest, run->broken};
    document_ = candidate;
    return true;
  }

  // The first of the values below the present one with which the promise is still broken: the small
  // ones one by one, then by halves.
  bool lower(std::int64_t present, std::int64_t least,
             const std::function<void(Document&, std::int64_t)>& set) {
    constexpr std::int64_t small = 20;
    std::vector<std::int64_t> values;
    for (std::int64_t value = least; value < std::min(present, least + small); ++value) {
      values.push_back(value);
    }
    for (std::int64_t value = least + small; value < present; value += (present - value + 1) / 2) {
      values.push_back(value);
    }
    return std::any_of(values.begin(), values.end(), [&](std::int64_t value) {
      Document candidate = document_;
      set(candidate, value);
      return keeps(candidate);
    });
  }

  bool drop_a_fault() {
    for (std::size_t i = document_["faults"].size(); i-- > 0;) {
      Document candidate = document_;
      candidate["faults"].erase(i);
      if (keeps(candidate)) return true;
    }
    return false;
  }

  bool strike_earlier() {
    for (std::size_t i = 0; i < document_["faults"].size(); ++i) {
      const std::optional<std::int64_t> nth = number_at(document_["faults"][i]["when"], "nth");
      const auto set = [i](Document& candidate, std::int64_t value) {
        candidate["faults"][i]["when"]["nth"] = value;
      };
      if (nth && lower(*nth, 1, set)) return true;
      if (strike_earlier_than_at(i)) return true;
    }
    return false;
  }

  bool strike_earlier_than_at(std::size_t fault) {
    const std::optional<Duration> present = duration_in(document_["faults"][fault]["when"], "at");
    if (!present) return false;
    constexpr Duration grain = std::chrono::milliseconds(1);
    for (const int part : {16, 8, 4, 2}) {
      const Duration earlier = *present / part / grain * grain;
      if (earlier < grain) continue;
      Document candidate = document_;
      candidate["faults"][fault]["when"]["at"] = text_of(earlier);
      if (keeps(candidate)) return true;
    }
    return false;
  }

  bool send_less() {
    for (const auto& [name, producer] : document_["producers"].items()) {
      if (!producer.contains("sends")) continue;
      const std::optional<std::int64_t> records = number_at(producer["sends"], "records");
      const auto set = [&name = name](Document& candidate, std::int64_t value) {
        candidate["producers"][name]["sends"]["records"] = value;
      };
      if (records && lower(*records, 1, set)) return true;
    }
    return false;
  }

  bool join_less() {
    if (!document_.contains("groups")) return false;
    for (const auto& [name, group] : document_["groups"].items()) {
      if (group.contains("members") && group["members"].is_array() && group["members"].size() > 1) {
        Document candidate = document_;
        Document& list = candidate["groups"][name]["members"];
        list.erase(list.size() - 1);
        if (keeps(candidate)) return true;
      }
      const std::optional<std::int64_t> members = number_at(group, "members");
      const auto set = [&name = name](Document& candidate, std::int64_t value) {
        candidate["groups"][name]["members"] = value;
      };
      if (members && lower(*members, 1, set)) return true;
    }
    return false;
  }

  bool run_fewer_brokers() {
    if (!document_.contains("brokers")) return false;
    const std::optional<std::int64_t> count = number_at(document_["brokers"], "count");
    return count && lower(*count, 1, keep_brokers);
  }

  // Round numbers only: what is left is to be read.
  bool last_shorter() {
    static constexpr std::array<Duration, 6> durations{
        std::chrono::milliseconds(100), std::chrono::seconds(1),  std::chrono::seconds(2),
        std::chrono::seconds(5),        std::chrono::seconds(10), std::chrono::seconds(30)};
    for (std::size_t i = 0; i < document_["faults"].size(); ++i) {
      for (const char* key : {"for", "by"}) {
        const std::optional<Duration> present = duration_in(document_["faults"][i], key);
        for (const Duration shorter : durations) {
          if (!present || shorter >= *present) break;
          Document candidate = document_;
          candidate["faults"][i][key] = text_of(shorter);
          if (keeps(candidate)) return true;
        }
      }
    }
    return false;
  }

  // The roundest times that do.
  void round_times() {
    static constexpr std::array<Duration, 6> grains{
        std::chrono::seconds(1),        std::chrono::milliseconds(100),
        std::chrono::milliseconds(10),  std::chrono::milliseconds(1),
        std::chrono::microseconds(100), std::chrono::microseconds(10)};
    for (std::size_t i = 0; i < document_["faults"].size(); ++i) {
      const std::optional<Duration> present = duration_in(document_["faults"][i]["when"], "at");
      for (const Duration grain : grains) {
        if (!present) break;
        Document candidate = document_;
        candidate["faults"][i]["when"]["at"] =
            text_of((*present + grain - Duration{1}) / grain * grain);
        if (keeps(candidate)) break;
      }
    }
  }

  Counterexample best_;
  Document document_;
  Promise promise_;
};

}  // namespace

Counterexample shrink(const Counterexample& found, Promise promise) {
  return Shrinking(found, promise).run();
}

}  // namespace kafault
