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

void write_markdown(std::ostream& out, const Table& table, const GridOptions& options) {
  const Grid grid = make_grid(table, options);
  out << "### " << escaped(table.title.empty() ? table.scenario : table.title) << "\n\n";
  if (!table.question.empty()) out << escaped(table.question) << "\n\n";
  if (!table.subtitle.empty()) out << escaped(table.subtitle) << " · ";
  for (const std::string& fixed : fixed_axes_of(table)) out << escaped(fixed) << " · ";
  out << "seed " << table.seed << " · digest `" << hex(table.digest) << "`\n";

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
  if (!grid.remarks.empty() || !table.warnings.empty()) out << '\n';
  for (const std::string& remark : grid.remarks) out << "- " << escaped(remark) << '\n';
  for (const std::string& warning : table.warnings) {
    out << "- Warning: " << escaped(warning) << '\n';
  }
  if (grid.legend.empty()) return;
  out << '\n';
  for (std::size_t i = 0; i < grid.legend.size(); ++i) {
    out << (i > 0 ? " " : "") << escaped(grid.legend[i]);
  }
  out << '\n';
}

}  // namespace kafault
