#include "reports/sheet.hpp"

#include "reports/text.hpp"

namespace kafault {

Sheet sheet_of(const Table& table, const GridOptions& options) {
  Sheet sheet;
  sheet.title = table.title;
  sheet.question = table.question;
  if (!table.subtitle.empty()) sheet.facts = split(clean(table.subtitle), " · ");
  for (const std::string& fixed : fixed_axes_of(table)) sheet.facts.push_back(fixed);
  sheet.facts.push_back("seed " + std::to_string(table.seed));
  sheet.digest = table.digest;
  sheet.grid = make_grid(table, options);
  sheet.warnings = table.warnings;
  return sheet;
}

}  // namespace kafault
