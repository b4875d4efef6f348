#include "reports/story_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace kafault {
namespace {

using testing::HasSubstr;
using testing::Not;

StoryLine line(std::int64_t ms, const std::string& who, const std::string& what, NodeId node,
               NodeId to = no_node) {
  StoryLine l;
  l.at = Instant(std::chrono::milliseconds(ms));
  l.who = who;
  l.what = what;
  l.node = node;
  l.to = to;
  return l;
}

Story a_story() {
  Story story;
  story.kind = StoryKind::twice;
  story.headline = "1 record is in the log more than once, record 3 of shop:";
  story.lines = {line(620, "shop", "sends it", 4, 1), line(621, "broker 1", "appends it", 1, 4),
                 line(630, "FAULT", "broker 1 crashes", 1), line(12005, "log", "has it", no_node)};
  story.why = "this is why";
  story.prevents = "this is what";
  return story;
}

std::string text(const Story& story, const StoryOptions& options = {}) {
  std::ostringstream out;
  write_story(out, story, options);
  return out.str();
}

TEST(StoryText, AlignsTimesAndNames) {
  StoryOptions options;
  options.again = "kafault run a.json";
  options.as_diagram = "--format mermaid";

  EXPECT_EQ(text(a_story(), options),
            "1 record is in the log more than once, record 3 of shop:\n"
            "\n"
            "   0.620 s  shop        sends it\n"
            "   0.621 s  broker 1    appends it\n"
            "   0.630 s  FAULT       broker 1 crashes\n"
            "  12.005 s  log         has it\n"
            "\n"
            "Why: this is why\n"
            "What prevents it: this is what\n"
            "Again: kafault run a.json     As a diagram: --format mermaid\n");
}

TEST(StoryText, FitsAScreen) {
  Story story = a_story();
  for (int i = 0; i < 60; ++i) {
    story.lines.push_back(line(i, "shop", std::string(70, 'x') + std::to_string(i), 4));
  }

  const std::string all = text(story);

  EXPECT_LE(std::count(all.begin(), all.end(), '\n'), 24);
}

TEST(StoryText, LetsNoEscapeSequenceThrough) {
  Story story = a_story();
  story.lines[0].who = "\x1b[31mshop";

  EXPECT_THAT(text(story), Not(HasSubstr("\x1b")));
}

TEST(StoryText, ColoursTheFault) {
  StoryOptions options;
  options.colour = true;

  EXPECT_THAT(text(a_story(), options), HasSubstr("\x1b[1;31m   0.630 s  FAULT"));
}

TEST(Mermaid, DrawsArrowsBetweenThoseWhoSpeak) {
  std::ostringstream out;

  write_mermaid(out, a_story());

  EXPECT_EQ(out.str(),
            "sequenceDiagram\n"
            "    participant n1 as broker 1\n"
            "    participant n4 as shop\n"
            "    n4->>n1: 0.620 s sends it\n"
            "    n1->>n4: 0.621 s appends it\n"
            "    Note over n1: FAULT 0.630 s broker 1 crashes\n"
            "    Note over n1,n4: 12.005 s has it\n");
}

TEST(Mermaid, StaysBelowItsCapAndKeepsItsSyntax) {
  Story story = a_story();
  story.lines[0].what = "a;b#c<d>";
  for (int i = 0; i < 200; ++i) story.lines.push_back(line(i, "shop", std::to_string(i), 4));
  std::ostringstream out;

  write_mermaid(out, story, 60);

  const std::string all = out.str();
  EXPECT_LE(std::count(all.begin(), all.end(), '\n'), 1 + 2 + 60);
  EXPECT_THAT(all, HasSubstr("a,bno. c(d)"));
}

}  // namespace
}  // namespace kafault
