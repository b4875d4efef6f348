// The table that was checked in beside a scenario, NAME.expected.csv, held against the table that
// the model gives now. Rows are found by axes and flow, columns by name, and only the columns that
// the file contains are compared: a new column breaks nobody.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "sim/drive/csv.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

struct ExpectedTable {
  CsvLine header;
  std::vector<CsvLine> rows;
  std::string written_by;  // "kafault 0.3.0, model 12"; empty: written by hand
};

struct Difference {
  std::string row;     // "commit=auto_worker  client=java"
  std::string column;  // empty: the whole row, see `expected` and `now`
  std::string expected;
  std::string now;
  friend bool operator==(const Difference&, const Difference&) = default;
};

struct Comparison {
  std::vector<Difference> differences;
  std::vector<std::string> problems;  // why it could not be compared as a whole
  std::size_t rows = 0;               // of the table as it is now
  std::size_t rows_that_differ = 0;
  std::string written_by;  // of the expected table
  bool agrees() const { return differences.empty() && problems.empty(); }
};

// "scenarios/a.json" -> "scenarios/a.expected.csv".
std::string expected_path(std::string_view scenario_path);

// Throws CsvError.
ExpectedTable parse_expected(std::string_view text);

// An empty expected cell expects nothing.
Comparison compare(const ExpectedTable& expected, const Table& table);

// Writes what is expected from now on. With `like`, only the columns which that table has (and all
// axes and the flow); else all. `written_by` goes into a column of its own.
void write_expected(std::ostream& out, const Table& table, std::string_view written_by,
                    const ExpectedTable* like = nullptr);

}  // namespace kafault
