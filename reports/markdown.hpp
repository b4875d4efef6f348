// The drawn table as GitHub-flavoured Markdown: for pull requests, job summaries and documentation.
#pragma once

#include <iosfwd>

#include "reports/grid.hpp"
#include "reports/sheet.hpp"
#include "sim/drive/result.hpp"

namespace kafault {

void write_markdown(std::ostream& out, const Table& table, const GridOptions& options = {});
void write_markdown(std::ostream& out, const Sheet& sheet);

}  // namespace kafault
