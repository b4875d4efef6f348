// The scenario reader knows the names of the columns (a matrix may not name an axis like one, an
// expectation speaks of them) without knowing the rows; both lists must be one.
#include "sim/drive/columns.hpp"

#include <gtest/gtest.h>

#include "sim/scenario/flows.hpp"

namespace kafault {
namespace {

TEST(ResultColumns, AreThoseThatTheScenarioReaderKeepsFree) {
  std::vector<std::string> written = column_names({});
  written.emplace_back("written_by");

  std::vector<std::string> kept_free;
  for (const std::string_view name : result_columns()) kept_free.emplace_back(name);

  EXPECT_EQ(written, kept_free);
}

}  // namespace
}  // namespace kafault
