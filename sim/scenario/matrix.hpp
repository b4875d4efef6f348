// The axes of a scenario: what its matrix and its options vary, and the documents that come out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/cursor.hpp"
#include "sim/scenario/origins.hpp"
#include "sim/scenario/read_options.hpp"
#include "sim/scenario/source.hpp"

namespace kafault {

struct Axis {
  struct Change {
    Layer layer;
    const Json* value = nullptr;  // what replaces layer.target; with a patch: nullptr
  };
  struct Value {
    std::string text;  // the cell in the axis' column
    std::vector<Change> changes;
  };
  std::string name;
  std::string pointer;  // as the file has it; empty with patches
  std::vector<Value> values;
};

// Whether it changes nothing but what a run meets: faults, the seed, the number of runs.
bool only_sets_fate(const Axis& axis);

// The file with the options applied, and its axes. Must stay where it is: layers point into it.
class Matrix {
 public:
  // Mistakes of the matrix and the options are reported; the axes that have any are left out.
  Matrix(const Source& source, const ReadOptions& options, Reading& reading);
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  // The document without matrix and expectations.
  const Json& document() const { return document_; }
  // An object with the file's `matrix` and `expect`.
  const Json& sections() const { return sections_; }
  const std::vector<Axis>& axes() const { return axes_; }
  std::uint64_t combinations() const;
  // Which value of each axis the n-th combination has; the first axis is the slowest.
  std::vector<std::size_t> choices(std::uint64_t combination) const;
  // The combination's document; the reading's origins know it until the next call.
  Json apply(const std::vector<std::size_t>& choices, Reading& reading) const;

 private:
  void apply_options(const ReadOptions& options, Reading& reading);
  void set_option(const std::string& option, const std::string& pointer, const std::string& value,
                  Reading& reading);
  void vary_option(const std::string& pointer, const std::string& values, Reading& reading);
  void read_axes(Reading& reading);
  std::optional<Axis> read_axis(const Cursor& cursor);
  void read_values(const Cursor& cursor, Axis& axis, const Cursor& at);
  void read_patches(const Cursor& patches, Axis& axis);
  void add_axis(const Cursor& cursor, Axis axis);
  bool name_is_free(const std::string& name, std::string& why_not) const;

  Json document_;
  Json sections_ = Json::object();
  std::vector<Axis> axes_;
  std::deque<Json> owned_;       // values that options brought
  std::deque<Layer> overrides_;  // of the options
};

}  // namespace kafault
