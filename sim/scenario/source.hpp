// A scenario's text: strict JSON in order, and where each of its keys and values stands. nlohmann's
// parser says what is not JSON; a scan of the text that it accepted knows the places.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/mistakes.hpp"
#include "sim/scenario/path.hpp"

namespace kafault {

using Json = nlohmann::ordered_json;

class Source {
 public:
  // Comments are allowed when the name ends in `.jsonc`. Throws ScenarioError for what is not
  // JSON, for a repeated key, and for texts beyond all use (1 MiB, 64 levels).
  Source(std::string text, std::string file_name);

  const std::string& file_name() const { return file_name_; }
  const Json& document() const { return document_; }
  bool contains(const Path& path) const;
  // Where the value, or the key in front of it, stands; of a path that is not in the file the
  // deepest part that is.
  Position value_at(const Path& path) const { return position_of(place_of(path).value); }
  Position key_at(const Path& path) const { return position_of(place_of(path).key); }

 private:
  struct Place {
    std::size_t key = 0;  // offset in the text; of an array's element or the root: of its value
    std::size_t value = 0;
    std::vector<std::pair<std::string, std::size_t>> children;  // token, place
  };
  void check_limits() const;
  void parse();
  void blank_out_comments();
  void scan_value(std::size_t place, Mistakes& mistakes, Path& path);
  void scan_object(std::size_t place, Mistakes& mistakes, Path& path);
  void scan_array(std::size_t place, Mistakes& mistakes, Path& path);
  std::string scan_string();
  void skip_space();
  std::size_t new_place();
  const Place* child_of(const Place& place, const std::string& token) const;
  const Place& place_of(const Path& path) const;
  Position position_of(std::size_t offset) const;
  [[noreturn]] void fail(std::size_t offset, std::string_view message) const;

  std::string text_;
  std::string file_name_;
  Json document_;
  std::vector<Place> places_;  // the root first
  std::vector<std::size_t> line_starts_;
  std::size_t at_ = 0;  // the scan's position
};

}  // namespace kafault
