// What a scenario says must hold (`expect`), held against its table.
#pragma once

#include <string>
#include <vector>

#include "sim/drive/result.hpp"
#include "sim/scenario/expectations.hpp"

namespace kafault {

struct Failure {
  std::string place;     // of the expectation: "orders.json:31:5"
  std::string row;       // "acks=1  commit=sync"; empty: no row is what it is about
  std::string column;    // "lost", "verdict"
  std::string expected;  // "0", ">= 1", "at-least-once"
  std::string now;
  friend bool operator==(const Failure&, const Failure&) = default;
};

// Rows of clients that refused to start are judged only by an expectation that is about no other
// row, or that expects just this.
std::vector<Failure> failures_of(const Expectations& expectations, const Table& table);

// "acks=1  commit=sync", or the flow where there are no axes.
std::string name_of_row(const Table& table, const Row& row);

}  // namespace kafault
