// Tables as JSON, for programs: {"kafault": "0.1.0", "tables": [{..., "rows": [...]}]}. A row has
// the columns of the CSV under the same names, and beside them what a table cannot hold.
#pragma once

#include <iosfwd>
#include <span>

#include "sim/drive/result.hpp"

namespace kafault {

void write_json(std::ostream& out, std::span<const Table> tables);

}  // namespace kafault
