// RFC 4180, with LF line ends: what tables are written as and read from.
#pragma once

#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kafault {

using CsvLine = std::vector<std::string>;

// Not RFC 4180; what() begins with the line number: "3: a quote inside an unquoted cell".
class CsvError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The cell as it stands in a file: quoted if it must be.
std::string csv_cell(std::string_view text);
void write_csv_line(std::ostream& out, const CsvLine& cells);

// All lines, the header first. Takes LF and CRLF, a byte order mark, quoted line ends, and a last
// line with or without an end; skips blank lines below a header of several cells. Throws CsvError;
// every line must have as many cells as the first.
std::vector<CsvLine> parse_csv(std::string_view text);

}  // namespace kafault
