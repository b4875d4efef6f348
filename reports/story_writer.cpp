#include "reports/story_writer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <vector>

#include "kafault_version.hpp"
#include "reports/ansi.hpp"
#include "reports/text.hpp"

namespace kafault {
namespace {

using Json = nlohmann::ordered_json;

// "0.620": seconds with three digits, cut, not rounded.
std::string seconds(Instant at) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  std::string digits = std::to_string(ms % 1000);
  digits.insert(0, 3 - digits.size(), '0');
  return std::to_string(ms / 1000) + "." + digits;
}

class Page {
 public:
  Page(std::ostream& out, const StoryOptions& options) : out_(out), options_(options) {}

  // `start`, then the text, whose further lines stand below its beginning.
  void write(const std::string& start, std::string_view text, std::string_view colour = {}) {
    const std::size_t indent = display_width(start);
    const std::size_t room = options_.width > indent + 20 ? options_.width - indent : 20;
    const std::string cleaned = options_.ascii ? to_ascii(clean(text)) : clean(text);
    bool first = true;
    for (const std::string& part : wrap(cleaned, room)) {
      const std::string line = (first ? start : std::string(indent, ' ')) + part;
      first = false;
      if (options_.colour && !colour.empty()) {
        out_ << colour << line << ansi::plain << '\n';
      } else {
        out_ << line << '\n';
      }
    }
  }
  void blank() { out_ << '\n'; }

 private:
  std::ostream& out_;
  const StoryOptions& options_;
};

// Mermaid reads these as syntax.
std::string for_mermaid(std::string_view text) {
  std::string safe;
  for (const char c : clean(text)) {
    switch (c) {
      case ';':
        safe += ',';
        break;
      case '#':
        safe += "no. ";
        break;
      case '<':
        safe += '(';
        break;
      case '>':
        safe += ')';
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace

void write_story(std::ostream& out, const Story& story, const StoryOptions& options) {
  std::vector<StoryLine> lines = story.lines;
  shorten(lines, most_story_lines);

  std::size_t who_width = 10;
  std::size_t time_width = 8;
  for (const StoryLine& line : lines) {
    who_width = std::max(who_width, display_width(clean(line.who)));
    time_width = std::max(time_width, seconds(line.at).size());
  }
  who_width = std::min<std::size_t>(who_width, 24);

  Page page(out, options);
  page.write("", story.headline, ansi::bold);
  page.blank();
  for (const StoryLine& line : lines) {
    const std::string start = padded(seconds(line.at), time_width, true) + " s  " +
                              padded(clean(line.who), who_width) + "  ";
    page.write(start, line.what, line.who == "FAULT" ? ansi::red : std::string_view{});
  }
  page.blank();
  if (!story.why.empty()) page.write("", "Why: " + story.why);
  if (!story.prevents.empty()) page.write("", "What prevents it: " + story.prevents);
  // Commands are never broken: who copies one gets all of it.
  std::string last = options.again.empty() ? "" : "Again: " + clean(options.again);
  if (!options.as_diagram.empty()) {
    const std::string diagram = "As a diagram: " + clean(options.as_diagram);
    const bool fits = display_width(last) + 5 + display_width(diagram) <= options.width;
    last += (last.empty() ? "" : fits ? "     " : "\n") + diagram;
  }
  if (!last.empty()) out << last << '\n';
}

void write_story_json(std::ostream& out, const Story& story) {
  Json json = Json::object();
  json["kafault"] = KAFAULT_VERSION;
  json["finding"] = spell(story.kind);
  json["record"] = story.record.record;
  json["records_befallen"] = story.kind == StoryKind::ordinary ? 0 : story.befallen;
  json["headline"] = story.headline;
  Json& lines = json["lines"] = Json::array();
  for (const StoryLine& line : story.lines) {
    lines.push_back(
        {{"at_ns", line.at.time_since_epoch().count()}, {"who", line.who}, {"what", line.what}});
  }
  json["why"] = story.why;
  json["prevents"] = story.prevents;
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void write_mermaid(std::ostream& out, const Story& story, std::size_t most) {
  std::vector<StoryLine> lines = story.lines;
  shorten(lines, std::max<std::size_t>(most, 3));

  // Participants by node: the controller, brokers, producers, members; who has no node last.
  std::vector<std::pair<NodeId, std::string>> participants;
  const auto take = [&](NodeId node, const std::string& who) {
    const bool known = std::any_of(participants.begin(), participants.end(),
                                   [&](const auto& p) { return p.first == node; });
    if (node != no_node && !known) participants.emplace_back(node, who);
  };
  for (const StoryLine& line : lines) {
    if (line.who != "FAULT") take(line.node, line.who);
  }
  std::sort(participants.begin(), participants.end());
  const auto is_drawn = [&](NodeId node) {
    return std::any_of(participants.begin(), participants.end(),
                       [&](const auto& p) { return p.first == node; });
  };

  out << "sequenceDiagram\n";
  for (const auto& [node, who] : participants) {
    out << "    participant n" << node << " as " << for_mermaid(who) << '\n';
  }
  if (participants.empty()) return;
  std::string everyone = "n" + std::to_string(participants.front().first);
  if (participants.size() > 1) everyone += ",n" + std::to_string(participants.back().first);
  for (const StoryLine& line : lines) {
    const std::string words = seconds(line.at) + " s " + for_mermaid(line.what);
    if (line.to != no_node && is_drawn(line.to) && is_drawn(line.node)) {
      out << "    n" << line.node << "->>n" << line.to << ": " << words << '\n';
    } else if (is_drawn(line.node)) {
      out << "    Note over n" << line.node << ": " << (line.who == "FAULT" ? "FAULT " : "")
          << words << '\n';
    } else {
      out << "    Note over " << everyone << ": " << (line.who == "FAULT" ? "FAULT " : "") << words
          << '\n';
    }
  }
}

}  // namespace kafault
