#include "sim/drive/story.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "sim/drive/story_teller.hpp"

namespace kafault {
namespace {

using Weight = StoryLine::Weight;

struct Choice {
  const Flow* flow = nullptr;
  StoryKind kind = StoryKind::ordinary;
  Stage stage = Stage::log;
  RecordName record;
  std::int64_t befallen = 0;
};

constexpr StoryKind worst_first[] = {StoryKind::lost, StoryKind::twice, StoryKind::reordered,
                                     StoryKind::ghost, StoryKind::given_up};

std::optional<Choice> choose(const Lives& lives, const Flow& flow, StoryKind kind,
                             std::optional<std::int64_t> record) {
  const std::vector<RecordName> all = lives.all(flow, kind);
  for (const RecordName& name : all) {
    if (record && name.record != *record) continue;
    return Choice{&flow, kind, *lives.befell(flow, kind, lives.of(name)), name,
                  static_cast<std::int64_t>(all.size())};
  }
  return std::nullopt;
}

// The record that had most trouble and came through, else the one that was on its way when the
// first fault struck, else the first.
RecordName most_troubled(const StorySource& source, const Lives& lives, ProducerIndex producer) {
  std::map<std::int64_t, int> troubles;
  std::int64_t last_sent = -1;
  std::int64_t when_struck = -1;
  for (const Trace::Entry& entry : source.trace.entries()) {
    const Observation& o = entry.what;
    if (o.kind == ObservationKind::FaultStruck && when_struck < 0) when_struck = last_sent;
    if (o.producer != producer) continue;
    switch (o.kind) {
      case ObservationKind::RecordSent:
        last_sent = o.value + o.count - 1;
        break;
      case ObservationKind::BatchRetried:
      case ObservationKind::BatchDeduplicated:
      case ObservationKind::BatchRefused:
      case ObservationKind::HandlerThrew: {
        const std::int64_t record = lives.record_of(producer, o.partition, o.first);
        if (record >= 0) ++troubles[record];
        break;
      }
      default:
        break;
    }
  }
  const auto most = std::max_element(troubles.begin(), troubles.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most != troubles.end()) return {producer, most->first};
  return {producer, std::max<std::int64_t>(when_struck, 0)};
}

std::optional<Choice> choose_ordinary(const StorySource& source, const Lives& lives,
                                      std::optional<std::int64_t> record) {
  for (const Flow& flow : source.flows) {
    const RecordName name =
        record ? RecordName{flow.producer, *record} : most_troubled(source, lives, flow.producer);
    if (name.record < 0 || name.record >= lives.records(flow.producer)) continue;
    if (lives.of(name).sends.empty()) continue;
    return Choice{&flow, StoryKind::ordinary, Stage::log, name, 1};
  }
  return std::nullopt;
}

std::optional<Choice> choose(const StorySource& source, const Lives& lives, const StoryWish& wish) {
  for (const StoryKind kind : worst_first) {
    if (wish.kind && kind != *wish.kind) continue;
    for (const Flow& flow : source.flows) {
      if (auto choice = choose(lives, flow, kind, wish.record)) return choice;
    }
  }
  if (wish.kind && *wish.kind != StoryKind::ordinary) return std::nullopt;
  return choose_ordinary(source, lives, wish.record);
}

// ---- the headline ------------------------------------------------------------------------------

std::string predicate(const StorySource& source, const Choice& choice, bool one) {
  const std::string were = one ? "was " : "were ";
  const std::string are = one ? "is " : "are ";
  std::string group;
  if (choice.flow->group >= 0) {
    group = source.plan.groups[static_cast<std::size_t>(choice.flow->group)].name;
  }
  const std::string have = one ? "has" : "have";
  switch (choice.kind) {
    case StoryKind::lost:
      if (choice.stage == Stage::log) return were + "acknowledged and " + are + "gone";
      if (choice.stage == Stage::delivery)
        return were + "acknowledged and never handled by " + group;
      return were + "acknowledged and handled, and " + have + " no effect";
    case StoryKind::twice:
      if (choice.stage == Stage::log) return are + "in the log more than once";
      if (choice.stage == Stage::delivery) return were + "handled more than once by " + group;
      if (choice.stage == Stage::parked)
        return are + "among the dead letters of " + group + ", and was handled or is there again";
      return were + "handled once by " + group + " and took effect more than once";
    case StoryKind::reordered:
      return (one ? "stands" : "stand") + std::string(" in the log behind one that was sent later");
    case StoryKind::ghost:
      return were + "handled by " + group + " and " + are + "not in the final log";
    case StoryKind::given_up:
      return were + "given up: the application was told, or died";
    case StoryKind::ordinary:
      break;
  }
  return "";
}

std::string headline(const StorySource& source, const Choice& choice, bool wished) {
  const ProducerPlan& producer =
      source.plan.producers[static_cast<std::size_t>(choice.record.producer)];
  const std::string name =
      "record " + std::to_string(choice.record.record) + " of " + producer.name;
  if (choice.kind == StoryKind::ordinary) {
    return wished ? "Nothing went wrong with " + name + ":"
                  : "Nothing was lost and nothing came twice. The life of " + name + ":";
  }
  if (wished) return "R" + name.substr(1) + " " + predicate(source, choice, true) + ":";
  if (choice.befallen == 1) {
    return "1 record " + predicate(source, choice, true) + ", " + name + ":";
  }
  return std::to_string(choice.befallen) + " records " + predicate(source, choice, false) +
         ". The first of them, " + name + ":";
}

// ---- shortening --------------------------------------------------------------------------------

using Said = std::pair<std::string, std::string>;
Said said(const StoryLine& line) { return {line.who, line.what}; }

// Of what is said more than twice only the first and the last stay.
void fold(std::vector<StoryLine>& lines) {
  struct Place {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t times = 0;
  };
  std::map<Said, Place> places;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Place& place = places[said(lines[i])];
    if (place.times++ == 0) place.first = i;
    place.last = i;
  }
  std::vector<StoryLine> kept;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Place& place = places[said(lines[i])];
    if (place.times > 2 && i != place.first && i != place.last) continue;
    kept.push_back(lines[i]);
    if (place.times > 2 && i == place.first) {
      kept.back().what += " (" + std::to_string(place.times) + " times in all)";
    }
  }
  lines = std::move(kept);
}

// What happened before the record was sent or after the last thing that concerned it is another
// story, but for the faults.
void keep_to_the_subject(std::vector<StoryLine>& lines) {
  const auto is_own = [](const StoryLine& line) { return line.weight == Weight::own; };
  const auto first = std::find_if(lines.begin(), lines.end(), is_own);
  // What the final log says is read when all is over; what happened before that is not its story.
  const auto last = std::find_if(lines.rbegin(), lines.rend(), [&](const StoryLine& line) {
    return is_own(line) && line.node != no_node;
  });
  if (first == lines.end()) return;
  const auto from = first - lines.begin();
  const auto to = lines.rend() - last;
  std::vector<StoryLine> kept;
  for (std::ptrdiff_t i = 0; i < to; ++i) {
    const StoryLine& line = lines[static_cast<std::size_t>(i)];
    if (i >= from || line.weight == Weight::must) kept.push_back(line);
  }
  std::copy_if(lines.begin() + to, lines.end(), std::back_inserter(kept), is_own);
  // Where much happened, nobody misses what did not matter.
  constexpr std::ptrdiff_t rich = 6;
  if (std::count_if(kept.begin(), kept.end(), is_own) >= rich) {
    std::erase_if(kept, [](const StoryLine& line) { return line.weight == Weight::may; });
  }
  lines = std::move(kept);
}

}  // namespace

void shorten(std::vector<StoryLine>& lines, std::size_t most) {
  fold(lines);
  for (const Weight weight : {Weight::may, Weight::should}) {
    for (std::size_t i = lines.size(); i-- > 0 && lines.size() > most;) {
      if (lines[i].weight == weight) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (lines.size() <= most || most < 3) return;
  // The beginning says what it was about, the end how it came out, and what struck is never left
  // out.
  const std::size_t head = most / 2;
  const std::size_t end = lines.size() - (most - head - 1);
  std::vector<StoryLine> faults;
  for (std::size_t i = head; i < end; ++i) {
    if (lines[i].who == "FAULT") faults.push_back(lines[i]);
  }
  StoryLine gap;
  gap.at = lines[head].at;
  gap.who = "...";
  gap.what = std::to_string(end - head - faults.size()) + " more lines like these";
  gap.weight = Weight::must;
  const auto place = lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(head),
                                 lines.begin() + static_cast<std::ptrdiff_t>(end));
  lines.insert(lines.insert(place, std::move(gap)) + 1, faults.begin(), faults.end());
}

std::optional<Story> tell_story(const StorySource& source, const StoryWish& wish) {
  const Lives lives(source.plan, source.trace);
  const std::optional<Choice> choice = choose(source, lives, wish);
  if (!choice) return std::nullopt;

  StoryTeller teller(source, lives, *choice->flow, choice->kind, choice->stage, choice->record);
  teller.tell();

  Story story;
  story.kind = choice->kind;
  story.stage = choice->stage;
  story.record = choice->record;
  story.befallen = choice->befallen;
  story.headline = headline(source, *choice, wish.record.has_value());
  story.lines = teller.take_lines();
  keep_to_the_subject(story.lines);
  if (choice->kind != StoryKind::ordinary) {
    Explanation explanation = explain(teller.evidence());
    story.why = std::move(explanation.why);
    story.prevents = std::move(explanation.prevents);
  }
  return story;
}

}  // namespace kafault
