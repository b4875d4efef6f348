// One record's life in at most a screen: what happened to it, what the world did to those who had
// it, why that could go wrong, and which setting closes it. Told from a trace alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/cluster/plan.hpp"
#include "sim/drive/lives.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/oracle/counts.hpp"
#include "sim/oracle/trace.hpp"

namespace kafault {

// What the user wants to hear of; by default the worst thing that happened, of its first record.
struct StoryWish {
  std::optional<StoryKind> kind = std::nullopt;
  std::optional<std::int64_t> record = std::nullopt;
};

struct StoryLine {
  // How much the story would miss it: `own` is about the record itself.
  enum class Weight : std::uint8_t { own, must, should, may };
  Instant at{};
  std::string who;   // "shop", "broker 1", "FAULT", "..."
  std::string what;  // "appends it at offset 31"
  Weight weight = Weight::own;
  // For diagrams: who, and to whom it speaks; no_node: it only does something.
  NodeId node = no_node;
  NodeId to = no_node;
  std::string arrow;  // words on the arrow: "Produce", "ack"
};

struct Story {
  StoryKind kind = StoryKind::ordinary;
  Stage stage = Stage::log;
  RecordName record;
  std::int64_t befallen = 0;  // how many records it happened to
  std::string headline;
  std::vector<StoryLine> lines;
  std::string why;       // empty: nothing is broken, or nothing on the list fits
  std::string prevents;  // likewise
};

// What a story is told from. `flows` as flows_of(plan).
struct StorySource {
  const ClusterPlan& plan;
  const std::vector<FaultPlan>& faults;
  const std::vector<Flow>& flows;
  const Trace& trace;
};

// Nothing if no record is what the wish says: no such record, or nothing of that kind happened.
std::optional<Story> tell_story(const StorySource& source, const StoryWish& wish);

// The same for a reader: folds what repeats itself, leaves out what matters least until at most
// `most` lines are left.
void shorten(std::vector<StoryLine>& lines, std::size_t most);

inline constexpr std::size_t most_story_lines = 12;

}  // namespace kafault
