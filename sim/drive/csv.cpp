#include "sim/drive/csv.hpp"

#include <ostream>
#include <utility>

namespace kafault {
namespace {

// A cell starts plain; a quote as its first character opens it, a quote inside closes it or,
// doubled, stands for itself.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
  }

  std::vector<CsvLine> read() {
    while (!at_end()) {
      CsvLine line = read_line();
      const bool is_blank = line.size() == 1 && line.front().empty();
      if (is_blank && !lines_.empty() && lines_.front().size() > 1) continue;
      if (!lines_.empty() && line.size() != lines_.front().size()) {
        complain(std::to_string(line.size()) + " cells, and the header has " +
                 std::to_string(lines_.front().size()));
      }
      lines_.push_back(std::move(line));
    }
    return std::move(lines_);
  }

 private:
  CsvLine read_line() {
    CsvLine line;
    start_ = number_;
    for (;;) {
      line.push_back(peek() == '"' ? read_quoted() : read_plain());
      if (at_end()) return line;
      const char end = text_[next_++];
      if (end == ',') continue;
      if (end == '\r') ++next_;  // read_plain and read_quoted stop at \r only before \n
      ++number_;
      return line;
    }
  }

  std::string read_plain() {
    std::string cell;
    while (!at_end() && !at_cell_end()) {
      if (peek() == '"') complain("a quote inside an unquoted cell");
      cell += text_[next_++];
    }
    return cell;
  }

  std::string read_quoted() {
    std::string cell;
    ++next_;
    for (;;) {
      if (at_end()) complain("a quoted cell does not end");
      const char c = text_[next_++];
      if (c == '\n') ++number_;
      if (c != '"') {
        cell += c;
      } else if (peek() == '"') {
        cell += text_[next_++];
      } else {
        break;
      }
    }
    if (!at_end() && !at_cell_end()) complain("text after a quoted cell");
    return cell;
  }

  bool at_end() const { return next_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[next_]; }
  bool at_cell_end() const {
    const char c = text_[next_];
    return c == ',' || c == '\n' || (c == '\r' && text_.substr(next_, 2) == "\r\n");
  }
  [[noreturn]] void complain(const std::string& what) const {
    throw CsvError(std::to_string(start_) + ": " + what);
  }

  std::string_view text_;
  std::size_t next_ = 0;
  int number_ = 1;
  int start_ = 1;
  std::vector<CsvLine> lines_;
};

}  // namespace

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

void write_csv_line(std::ostream& out, const CsvLine& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out << ',';
    out << csv_cell(cells[i]);
  }
  out << '\n';
}

std::vector<CsvLine> parse_csv(std::string_view text) { return CsvReader(text).read(); }

}  // namespace kafault
