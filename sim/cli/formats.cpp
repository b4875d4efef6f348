#include "sim/cli/formats.hpp"

#include "sim/cli/exit_code.hpp"
#include "sim/scenario/mistakes.hpp"

namespace kafault {

TableFormat table_format_of(const Session& session) {
  const std::string& wish = session.options.format;
  if (wish == "table" || wish == "text") return TableFormat::table;
  if (wish == "csv") return TableFormat::csv;
  if (wish == "json") return TableFormat::json;
  if (wish == "markdown" || wish == "md") return TableFormat::markdown;
  if (!wish.empty())
    throw UsageError("--format: table, csv, json or markdown, not " + in_quotes(wish));
  const std::string& file = session.options.output;
  if (file.ends_with(".json")) return TableFormat::json;
  if (file.ends_with(".md")) return TableFormat::markdown;
  if (file.ends_with(".txt")) return TableFormat::table;
  return file.empty() && session.streams.out_is_terminal ? TableFormat::table : TableFormat::csv;
}

}  // namespace kafault
