#include "reports/text_table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/ansi.hpp"
#include "reports/text.hpp"

namespace kafault {
namespace {

constexpr std::size_t gap = 2;           // between columns
constexpr std::size_t roomy = 44;        // a column wants no more than this
constexpr std::size_t short_header = 8;  // takes one line where there is room
constexpr std::string_view separator = " · ";

constexpr std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[1;31m";
    case Tone::unknown:
      return "\x1b[35m";
  }
  return "";
}

// ---- how wide the columns are ------------------------------------------------------------------

struct Measure {
  std::size_t width = 1;  // as it will be
  std::size_t least = 1;  // without breaking inside words
  std::size_t tight = 1;  // breaking words behind their dots and dashes
};

Measure measure(const Grid& grid, std::size_t column) {
  const std::string& header = grid.columns[column].header;
  Measure m;
  m.width = display_width(header) <= short_header ? std::max<std::size_t>(display_width(header), 1)
                                                  : width_in_two_lines(header);
  m.least = m.tight = std::max<std::size_t>(narrowest(header, true), 1);
  for (const std::vector<Cell>& row : grid.rows) {
    const std::string& text = row[column].text;
    m.width = std::max({m.width, std::min(display_width(text), roomy), narrowest(text, false)});
    m.least = std::max(m.least, narrowest(text, false));
    m.tight = std::max(m.tight, narrowest(text, column < grid.fixed));
  }
  return m;
}

using Columns = std::vector<std::size_t>;

std::size_t total_width(const std::vector<Measure>& measures, const Columns& columns) {
  std::size_t total = columns.empty() ? 0 : gap * (columns.size() - 1);
  for (const std::size_t column : columns) total += measures[column].width;
  return total;
}

// Takes from the widest first, and never below what `least_of` allows. True if it fits now.
bool shrink(std::vector<Measure>& measures, const Columns& columns, std::size_t width,
            auto&& least_of) {
  while (total_width(measures, columns) > width) {
    Measure* widest = nullptr;
    for (const std::size_t column : columns) {
      Measure& m = measures[column];
      if (m.width <= least_of(m)) continue;
      if (widest == nullptr || m.width > widest->width) widest = &m;
    }
    if (widest == nullptr) return false;
    --widest->width;
  }
  return true;
}

Columns range(std::size_t from, std::size_t to) {
  Columns columns(to - from);
  std::iota(columns.begin(), columns.end(), from);
  return columns;
}

// Which columns stand side by side. A grid that is too wide is cut into blocks, each of which
// begins with the columns that name a row.
std::vector<Columns> blocks_of(const Grid& grid, std::vector<Measure>& measures,
                               std::size_t width) {
  const Columns everything = range(0, grid.columns.size());
  std::vector<Measure> squeezed = measures;
  if (shrink(squeezed, everything, width, [](const Measure& m) { return m.least; }) ||
      shrink(squeezed, everything, width, [](const Measure& m) { return m.tight; })) {
    measures = squeezed;
    return {everything};
  }

  // What names the rows may take half of the width, whatever has to break for it.
  const Columns names = range(0, grid.fixed);
  for (const std::size_t floor : {std::size_t{16}, std::size_t{8}, std::size_t{1}}) {
    const auto least = [&](const Measure& m) { return std::min(m.least, floor); };
    if (shrink(measures, names, width / 2, least)) break;
  }
  const std::size_t named = grid.fixed == 0 ? 0 : total_width(measures, names) + gap;
  const std::size_t room = std::max<std::size_t>(width > named ? width - named : 1, 1);

  std::vector<Columns> blocks;
  std::size_t left = 0;
  for (std::size_t column = grid.fixed; column < grid.columns.size(); ++column) {
    Measure& m = measures[column];
    m.width = std::min(m.width, room);
    if (blocks.empty() || left < m.width + gap) {
      blocks.push_back(names);
      left = room + gap;
    }
    blocks.back().push_back(column);
    left -= m.width + gap;
  }
  if (blocks.empty()) blocks.push_back(names);
  return blocks;
}

// ---- writing -----------------------------------------------------------------------------------

class Writer {
 public:
  Writer(std::ostream& out, const TextOptions& options) : out_(out), options_(options) {}

  void blank() { out_ << '\n'; }
  void line(std::string_view text, std::string_view style = {}) {
    out_ << styled(text, style) << '\n';
  }
  // Words that may take several lines; the second and later ones are indented.
  void paragraph(std::string_view text, std::string_view style = {}, std::string_view indent = "") {
    const std::size_t inner =
        std::max<std::size_t>(options_.width, indent.size() + 1) - indent.size();
    bool is_first = true;
    for (const std::string& each : wrap(clean(text), inner)) {
      line((is_first ? "" : std::string(indent)) + each, style);
      is_first = false;
    }
  }
  void items(const std::vector<std::string>& items, std::string_view between,
             std::string_view style) {
    for (const std::string& each : pack(items, between, options_.width)) line(each, style);
  }
  void row(const Grid& grid, const Columns& columns, const std::vector<Measure>& measures,
           auto&& cell_at, bool sink) {
    std::vector<std::vector<std::string>> lines;
    std::size_t height = 1;
    for (const std::size_t column : columns) {
      lines.push_back(wrap(cell_at(column).text, measures[column].width));
      height = std::max(height, lines.back().size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string text;
      std::size_t owed = 0;  // spaces that are due before the next visible character
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t above = sink ? height - lines[i].size() : 0;
        const bool is_empty = y < above || y - above >= lines[i].size();
        const std::string words = is_empty ? "" : shown(lines[i][y - above]);
        const std::size_t width = measures[columns[i]].width;
        const std::size_t used = std::min(display_width(words), width);
        if (i > 0) owed += gap;
        if (words.empty()) {
          owed += width;
          continue;
        }
        const bool right = grid.columns[columns[i]].right_aligned;
        text += std::string(owed + (right ? width - used : 0), ' ');
        text += styled_words(words, sink ? ansi::bold : colour_of(cell_at(columns[i]).tone));
        owed = right ? 0 : width - used;
      }
      out_ << text << '\n';
    }
  }

 private:
  std::string shown(std::string_view text) const {
    return options_.ascii ? to_ascii(unglued(text)) : unglued(text);
  }
  std::string styled(std::string_view text, std::string_view style) const {
    return styled_words(shown(text), style);
  }
  std::string styled_words(std::string_view text, std::string_view style) const {
    if (!options_.colour || style.empty() || text.empty()) return std::string(text);
    return std::string(style) + std::string(text) + std::string(ansi::plain);
  }

  std::ostream& out_;
  const TextOptions& options_;
};

void write_heading(const Sheet& sheet, Writer& writer) {
  if (!sheet.title.empty()) writer.paragraph(sheet.title, ansi::bold);
  if (!sheet.question.empty()) writer.paragraph(sheet.question);
  std::vector<std::string> facts = sheet.facts;
  if (sheet.digest) facts.push_back("digest " + hex(*sheet.digest));
  writer.items(facts, separator, ansi::dim);
}

void write_grid(const Grid& grid, std::size_t width, Writer& writer) {
  if (grid.rows.empty()) return;
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) measures.push_back(measure(grid, i));
  for (const Columns& columns : blocks_of(grid, measures, width)) {
    writer.blank();
    writer.row(
        grid, columns, measures,
        [&](std::size_t column) {
          return Cell{grid.columns[column].header, Tone::plain};
        },
        true);
    for (const std::vector<Cell>& row : grid.rows) {
      writer.row(
          grid, columns, measures, [&](std::size_t column) -> const Cell& { return row[column]; },
          false);
    }
  }
}

// The commands to try next.
std::vector<std::string> hints_for(const Table& table, const TextOptions& options) {
  const Row* const worst = worst_row_of(table);
  if (worst == nullptr || table.scenario.empty() || table.scenario == "-") return {};
  std::vector<std::string> hints;
  const std::string file = shell_word(clean(table.scenario));
  std::string why = "Why?   kafault explain " + file;
  const std::string where = clean(where_of(table, *worst));
  if (!where.empty()) {
    const std::string option = "--where " + shell_quoted(where);
    const bool fits = display_width(why) + 1 + display_width(option) <= options.width;
    if (fits) {
      why += " " + option;
    } else {
      hints.push_back(why + " \\");
      why = "         " + option;
    }
  }
  hints.push_back(why);
  if (options.explore) hints.push_back("Worst? kafault explore " + file);
  return hints;
}

}  // namespace

void write_text(std::ostream& out, const Sheet& sheet, const TextOptions& options) {
  Writer writer(out, options);
  Grid grid = sheet.grid;
  for (std::vector<Cell>& row : grid.rows) {
    for (std::size_t i = grid.fixed; i < row.size(); ++i) row[i].text = glued(row[i].text);
  }
  write_heading(sheet, writer);
  write_grid(grid, options.width, writer);

  if (!grid.remarks.empty()) {
    writer.blank();
    for (const std::string& remark : grid.remarks) writer.paragraph(remark, {}, "  ");
  }
  for (const std::string& warning : sheet.warnings) {
    writer.paragraph("warning: " + warning, colour_of(Tone::warning), "  ");
  }
  if (!grid.legend.empty()) {
    writer.blank();
    writer.items(grid.legend, "  ", ansi::dim);
  }
  if (!options.hints) return;
  for (const std::string& hint : sheet.hints) writer.line(hint);
}

void write_text(std::ostream& out, const Table& table, const TextOptions& options) {
  Sheet sheet = sheet_of(table, options.grid);
  sheet.hints = hints_for(table, options);
  write_text(out, sheet, options);
}

}  // namespace kafault
