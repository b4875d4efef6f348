#include "reports/cell.hpp"

#include <algorithm>

#include "reports/text.hpp"

namespace kafault {
namespace {

// "3 lost" of one run; of many, "lost 4/100": in 4 of 100 runs.
std::string in_runs(const std::string& word, std::int64_t count, std::int64_t runs_with_it,
                    const Row& row) {
  if (row.runs <= 1) return with_thousands(count) + " " + word;
  return word + " " + with_thousands(runs_with_it) + "/" + with_thousands(row.runs);
}

}  // namespace

Losses losses_of(const Counts& counts) {
  const std::int64_t gone = std::max<std::int64_t>(counts.log_lost - counts.ghosts, 0);
  const std::int64_t in_log = std::min(counts.lost, gone);
  return {in_log, counts.lost - in_log};
}

bool has_group(const Row& row) { return row.flow.find('>') != std::string::npos; }

Cell cell_of(const Row& row) {
  if (row.verdict == Verdict::config_exception) return {"refused", Tone::unknown};
  if (!is_about_delivery(row.verdict)) return {"?", Tone::unknown};

  Cell cell{"", Tone::good};
  const auto say = [&](const std::string& words, Tone tone) {
    if (!cell.text.empty()) cell.text += ", ";
    cell.text += words;
    cell.tone = std::max(cell.tone, tone);
  };
  const Counts& counts = row.counts;
  const Losses losses = losses_of(counts);
  if (row.runs > 1 && counts.lost > 0) {
    say(in_runs(losses.handled > 0 ? "LOST" : "lost", 0, row.runs_lost, row), Tone::bad);
  } else {
    if (losses.in_log > 0) say(in_runs("lost", losses.in_log, 0, row), Tone::bad);
    if (losses.handled > 0) say(in_runs("LOST", losses.handled, 0, row), Tone::bad);
  }
  if (counts.duplicated > 0) {
    say(in_runs("twice", counts.duplicated, row.runs_duplicated, row), Tone::warning);
  }
  if (counts.reordered > 0) say("reordered", Tone::warning);
  if (counts.ghosts > 0) {
    say(row.runs > 1 ? "ghosts" : count_of(static_cast<std::size_t>(counts.ghosts), "ghost"),
        Tone::warning);
  }
  if (counts.given_up > 0) {
    say(row.runs > 1 ? "given up" : with_thousands(counts.given_up) + " given up", Tone::warning);
  }
  if (cell.text.empty()) cell.text = "ok";
  return cell;
}

Cell verdict_cell_of(const Row& row) {
  Cell cell{std::string(name_of(row.verdict)), Tone::unknown};
  if (!is_about_delivery(row.verdict)) return cell;
  cell.tone = row.counts.lost > 0         ? Tone::bad
              : row.counts.duplicated > 0 ? Tone::warning
                                          : Tone::good;
  if (row.counts.given_up > 0) {
    cell.text += ", " + with_thousands(row.counts.given_up) + " given up";
  }
  return cell;
}

}  // namespace kafault
