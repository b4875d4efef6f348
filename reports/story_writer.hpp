// A story as a person reads it, as JSON for programs, and as a Mermaid sequence diagram.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "sim/drive/story.hpp"

namespace kafault {

struct StoryOptions {
  std::size_t width = 120;
  bool colour = false;
  bool ascii = false;
  std::string again;       // the command that gives this row again; empty: not said
  std::string as_diagram;  // the option that draws it
};

// At most a screen: the lines are folded and shortened.
void write_story(std::ostream& out, const Story& story, const StoryOptions& options = {});

// Everything, unshortened: {"headline": ..., "lines": [{"at_ms", "who", "what"}], "why", ...}.
void write_story_json(std::ostream& out, const Story& story);

// Only what has to do with the record, at most `most` arrows and notes.
void write_mermaid(std::ostream& out, const Story& story, std::size_t most = 60);

}  // namespace kafault
