// What `kafault check` says: one line per file, what differs below it, a sum at the end, and the
// command to try next.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "sim/drive/expected.hpp"

namespace kafault {

enum class CheckStatus {
  ok,
  updated,       // --update has written the expected table
  failed,        // an expectation in the file does not hold
  differs,       // from the expected table
  inconclusive,  // or unsettled, and the expected table does not say so
  missing,       // no such file, or no expected table
  bad,           // the scenario or the expected table cannot be read
  broken,        // our bug
};

struct CheckedFile {
  std::string path;
  CheckStatus status = CheckStatus::ok;
  std::size_t rows = 0;
  Comparison comparison;
  std::vector<std::string> words;  // broken expectations, mistakes, violations: one line each
};

struct CheckOptions {
  std::string program;  // "kafault 0.4.0, model 13": who compares
  bool colour = false;
  std::size_t most_differences = 20;  // per file
};

void write_checked_file(std::ostream& out, const CheckedFile& file, const CheckOptions& options);

// "2 ok, 1 differs" and what to call next. `seconds` as text ("0.31 s"), `exit_code` only if not 0.
void write_check_sum(std::ostream& out, const std::vector<CheckedFile>& files,
                     const std::string& seconds, int exit_code);

}  // namespace kafault
