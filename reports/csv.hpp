// Tables as CSV: RFC 4180, UTF-8, LF, a header. One long form for all of them: the axes of several
// tables stand side by side, empty where a table has no such axis.
#pragma once

#include <iosfwd>
#include <span>

#include "sim/drive/result.hpp"

namespace kafault {

void write_csv(std::ostream& out, std::span<const Table> tables);

}  // namespace kafault
