// Where a value of a combination's document was written: in the file, in the matrix, in an option,
// or in a file of settings. A mistake is reported there, and `--resolved` names it.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/source.hpp"

namespace kafault {

// One change of the file's document: an axis' value, an option, or a setting of another file.
struct Layer {
  std::string name;             // "axis acks", "--set"
  Path target;                  // what it replaces; unused with `patch`
  const Json* patch = nullptr;  // a JSON Merge Patch of the whole document, else a replacement
  Path value_source;            // where in the file its value, or its patch, stands
  Path key_source;              // where in the file the pointer `at` stands
  std::string option;           // not in the file: "--set /seed=2"
  std::string file = {};        // not in the file but in this one, there:
  Position key_at = {};
  Position value_at = {};
};

class Origins {
 public:
  explicit Origins(const Source& source) : source_(&source) {}

  void push(const Layer* layer) { layers_.push_back(layer); }
  // Takes back all layers but the first `depth`.
  void shrink_to(std::size_t depth) { layers_.resize(depth); }
  std::size_t depth() const { return layers_.size(); }

  enum class At : std::uint8_t { value, key };
  // Names the place, for comparing.
  std::string place(const Path& path) const;
  void report(const Path& path, At at, std::string_view message, Mistakes& mistakes) const;
  // "file", "axis acks", "--set", "producer.properties:3", or nothing if nobody wrote it.
  std::string writer_of(const Path& path) const;

 private:
  struct Found {
    const Layer* layer = nullptr;  // nullptr: the file itself
    Path source;                   // in the file, unless the layer is an option
  };
  Found find(const Path& path, At at) const;

  const Source* source_;
  std::vector<const Layer*> layers_;  // a later one overrides an earlier one
};

}  // namespace kafault
