#include "reports/check.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

#include "reports/text.hpp"

namespace kafault {
namespace {

constexpr std::array<CheckStatus, 8> all_statuses{
    CheckStatus::ok,           CheckStatus::updated, CheckStatus::failed, CheckStatus::differs,
    CheckStatus::inconclusive, CheckStatus::missing, CheckStatus::bad,    CheckStatus::broken};

constexpr std::string_view name_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "ok";
    case CheckStatus::updated:
      return "updated";
    case CheckStatus::failed:
      return "failed";
    case CheckStatus::differs:
      return "differs";
    case CheckStatus::inconclusive:
      return "inconclusive";
    case CheckStatus::missing:
      return "missing";
    case CheckStatus::bad:
      return "bad";
    case CheckStatus::broken:
      return "broken";
  }
  return "";
}

constexpr bool is_good(CheckStatus status) {
  return status == CheckStatus::ok || status == CheckStatus::updated;
}

std::string rows_of(const CheckedFile& file) {
  const std::size_t differ = file.comparison.rows_that_differ;
  if (differ > 0)
    return with_thousands(static_cast<std::int64_t>(differ)) + " of " + count_of(file.rows, "row");
  return file.rows > 0 ? count_of(file.rows, "row") : "";
}

// "unhandled: expected 80, now 79"
std::string words_of(const Difference& difference) {
  const std::string what = difference.column.empty() ? "" : clean(difference.column) + ": ";
  return what + "expected " + clean(difference.expected) + ", now " + clean(difference.now);
}

void write_differences(std::ostream& out, const CheckedFile& file, const CheckOptions& options) {
  constexpr std::size_t widest = 60;
  const std::vector<Difference>& differences = file.comparison.differences;
  const std::size_t shown = std::min(differences.size(), options.most_differences);
  std::size_t width = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    width = std::max(width, std::min(display_width(clean(differences[i].row)), widest));
  }
  for (std::size_t i = 0; i < shown; ++i) {
    out << "    " << padded(clean(differences[i].row), width) << "  " << words_of(differences[i])
        << '\n';
  }
  if (shown < differences.size()) {
    out << "    ... and " << count_of(differences.size() - shown, "more difference") << '\n';
  }
  if (differences.empty()) return;
  const std::string& then = file.comparison.written_by;
  if (!then.empty() && then != options.program) {
    out << "    expected with " << clean(then) << "; now " << options.program << '\n';
  }
}

bool has_differences(const CheckedFile& file) { return !file.comparison.differences.empty(); }

}  // namespace

void write_checked_file(std::ostream& out, const CheckedFile& file, const CheckOptions& options) {
  constexpr std::size_t path_width = 50;
  constexpr std::size_t status_width = 12;
  const std::string rows = rows_of(file);
  std::string status(name_of(file.status));
  if (!rows.empty()) status = padded(status, status_width);
  if (options.colour) {
    status = (is_good(file.status) ? "\x1b[32m" : "\x1b[1;31m") + status + "\x1b[0m";
  }
  out << padded(clean(file.path), path_width) << ' ' << status;
  if (!rows.empty()) out << ' ' << rows;
  out << '\n';
  for (const std::string& words : file.words) out << "    " << clean(words) << '\n';
  for (const std::string& problem : file.comparison.problems) {
    out << "    " << clean(problem) << '\n';
  }
  write_differences(out, file, options);
}

void write_check_sum(std::ostream& out, const std::vector<CheckedFile>& files,
                     const std::string& seconds, int exit_code) {
  std::string sum;
  for (const CheckStatus status : all_statuses) {
    const auto count = std::count_if(
        files.begin(), files.end(), [&](const CheckedFile& file) { return file.status == status; });
    if (count == 0) continue;
    sum += (sum.empty() ? "" : ", ") + with_thousands(count) + " " + std::string(name_of(status));
  }
  if (sum.empty()) sum = "no files";
  out << sum;
  if (!seconds.empty()) out << " · " << seconds;
  if (exit_code != 0) out << " · exit " << exit_code;
  out << '\n';

  const auto first = std::find_if(files.begin(), files.end(), has_differences);
  if (first == files.end()) return;
  out << "    kafault explain " << shell_word(clean(first->path)) << '\n'
      << "    kafault check --update " << shell_word(clean(first->path)) << '\n';
}

}  // namespace kafault
