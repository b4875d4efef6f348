// What a command works with: its options, the three streams, and whether anybody is looking.
#pragma once

#include <atomic>
#include <iosfwd>
#include <string>

#include "sim/cli/options.hpp"

namespace kafault {

struct Streams {
  std::istream& in;
  std::ostream& out;  // data
  std::ostream& err;  // words
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  const std::atomic<bool>* interrupted = nullptr;  // set by Ctrl-C
};

struct Session {
  Streams& streams;
  Options options;

  bool was_interrupted() const {
    return streams.interrupted != nullptr && streams.interrupted->load();
  }
  // NO_COLOR (no-color.org) and TERM=dumb are heard, --color decides.
  bool wants_colour() const;
  int jobs() const;
};

// Where data goes: -o FILE, whole or not at all, or standard output. Throws CannotWrite.
void deliver(Session& session, const std::string& data);
// Replaces a file in one step: a reader sees the old one or the new one. Throws CannotWrite.
void write_file(const std::string& path, const std::string& data);

}  // namespace kafault
