#include "reports/markdown.hpp"

#include <ostream>
#include <string>
#include <string_view>

#include "reports/text.hpp"

namespace kafault {
namespace {

// Text that Markdown must not take for markup, in or outside of a table.
std::string escaped(std::string_view text) {
  constexpr std::string_view markup = "\\`*_[]<>|#";
  std::string result;
  for (const char c : clean(text)) {
    if (markup.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

void write_row(std::ostream& out, std::size_t columns, auto&& text_of) {
  out << '|';
  for (std::size_t i = 0; i < columns; ++i) out << ' ' << text_of(i) << " |";
  out << '\n';
}

std::string marked(const Cell& cell) {
  const std::string text = escaped(cell.text);
  return cell.tone == Tone::bad && !text.empty() ? "**" + text + "**" : text;
}

}  // namespace

void write_markdown(std::ostream& out, const Sheet& sheet) {
  const Grid& grid = sheet.grid;
  out << "### " << escaped(sheet.title) << "\n\n";
  if (!sheet.question.empty()) out << escaped(sheet.question) << "\n\n";
  std::string facts;
  for (const std::string& fact : sheet.facts) facts += (facts.empty() ? "" : " · ") + escaped(fact);
  if (sheet.digest) facts += " · digest `" + hex(*sheet.digest) + "`";
  out << facts << '\n';

  if (!grid.rows.empty()) {
    const std::size_t columns = grid.columns.size();
    out << '\n';
    write_row(out, columns, [&](std::size_t i) { return escaped(grid.columns[i].header); });
    write_row(out, columns,
              [&](std::size_t i) { return grid.columns[i].right_aligned ? "--:" : "---"; });
    for (const std::vector<Cell>& row : grid.rows) {
      write_row(out, columns, [&](std::size_t i) { return marked(row[i]); });
    }
  }
  if (!grid.remarks.empty() || !sheet.warnings.empty()) out << '\n';
  for (const std::string& remark : grid.remarks) out << "- " << escaped(remark) << '\n';
  for (const std::string& warning : sheet.warnings) {
    out << "- Warning: " << escaped(warning) << '\n';
  }
  if (grid.legend.empty()) return;
  out << '\n';
  for (std::size_t i = 0; i < grid.legend.size(); ++i) {
    out << (i > 0 ? " " : "") << escaped(grid.legend[i]);
  }
  out << '\n';
}

void write_markdown(std::ostream& out, const Table& table, const GridOptions& options) {
  Sheet sheet = sheet_of(table, options);
  if (sheet.title.empty()) sheet.title = table.scenario;
  write_markdown(out, sheet);
}

}  // namespace kafault
