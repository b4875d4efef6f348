// Runs the benchmarks that match --benchmark_filter, then prints the table of ratios.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <utility>
#include <vector>

#include "tests/bench/ratios.hpp"

namespace kafault::bench {
namespace {

std::vector<Ratio>& ratios() {
  static std::vector<Ratio> all;
  return all;
}

const char* verdict(const Ratio& ratio) {
  const auto reaches = [&](double bar) {
    return ratio.better == Better::higher ? ratio.measured >= bar : ratio.measured <= bar;
  };
  if (reaches(ratio.target)) return "target";
  return reaches(ratio.floor) ? "floor" : "BELOW FLOOR";
}

}  // namespace

void report_ratio(Ratio ratio) {
  const auto same = std::find_if(ratios().begin(), ratios().end(),
                                 [&](const Ratio& other) { return other.what == ratio.what; });
  if (same == ratios().end()) {
    ratios().push_back(std::move(ratio));
  } else {
    *same = std::move(ratio);
  }
}

void print_ratios(std::ostream& out) {
  if (ratios().empty()) return;
  std::size_t width = 4;
  for (const Ratio& ratio : ratios()) width = std::max(width, ratio.what.size());
  const int first = static_cast<int>(width);
  out << '\n'
      << std::left << std::setw(first) << "what"
      << " | " << std::right << std::setw(9) << "ratio"
      << " | " << std::setw(9) << "floor"
      << " | " << std::setw(9) << "target"
      << " | unit | reached\n"
      << std::fixed << std::setprecision(2);
  for (const Ratio& ratio : ratios()) {
    out << std::left << std::setw(first) << ratio.what << " | " << std::right << std::setw(9)
        << ratio.measured << " | " << std::setw(9) << ratio.floor << " | " << std::setw(9)
        << ratio.target << " | " << std::left << std::setw(4) << ratio.unit << " | "
        << verdict(ratio) << '\n';
  }
}

}  // namespace kafault::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  kafault::bench::print_ratios(std::cout);
  return 0;
}
