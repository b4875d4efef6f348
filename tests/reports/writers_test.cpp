#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "sim/drive/csv.hpp"
#include "sim/oracle/columns.hpp"
#include "tests/reports/tables.hpp"

namespace kafault {
namespace {

using test::small_table;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string csv(const std::vector<Table>& tables) {
  std::ostringstream out;
  write_csv(out, tables);
  return out.str();
}

TEST(Csv, HasAHeaderAndOneLinePerRow) {
  Table table = small_table();
  table.rows.resize(2);
  table.rows[1].ack_gap_ms = 503;

  EXPECT_EQ(
      csv({table}),
      "scenario,acks,fault,flow,verdict,runs,sent,acked,failed,unknown,lost,given_up,duplicated,"
      "reordered,log_lost,log_copies,log_unexpected,unhandled,handled_again,ghosts,"
      "effects_missing,effects_extra,expired,missed,parked,overtaken,runs_lost,runs_duplicated,"
      "worst_lost,"
      "worst_duplicated,ack_gap_ms,handling_gap_ms\n"
      "scenarios/lost-ack.json,0,none,orders>billing>append,exactly-once,1,100,100,0,0,0,0,0,0,0,"
      "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"
      "scenarios/lost-ack.json,0,lost request,orders>billing>append,at-most-once,1,100,100,0,0,1,"
      "0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,503,0\n");
}

TEST(Csv, ReadsBackWhatItHasQuoted) {
  Table table = small_table();
  table.rows.resize(1);
  table.rows[0].axis_values = {"a \"quoted\", name", "two\nlines"};

  const std::vector<CsvLine> lines = parse_csv(csv({table}));

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], column_names(table.axes));
  EXPECT_EQ(lines[1], cells_of(table.axes, table.rows[0]));
}

TEST(Csv, PutsTheAxesOfSeveralTablesSideBySide) {
  Table other;
  other.axes = {"commit", "acks"};
  other.rows = {test::row_of({"sync", "all"})};
  Table table = small_table();
  table.rows.resize(1);

  const std::vector<CsvLine> lines = parse_csv(csv({table, other}));

  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(CsvLine(lines[0].begin() + 1, lines[0].begin() + 4),
              ElementsAre("acks", "fault", "commit"));
  EXPECT_THAT(CsvLine(lines[1].begin() + 1, lines[1].begin() + 4), ElementsAre("0", "none", ""));
  EXPECT_THAT(CsvLine(lines[2].begin() + 1, lines[2].begin() + 4), ElementsAre("all", "", "sync"));
}

TEST(Json, HasTheColumnsInTheirOrder) {
  const std::vector<Table> tables{small_table()};
  std::ostringstream out;
  write_json(out, tables);

  const auto json = nlohmann::ordered_json::parse(out.str());
  const auto& table = json.at("tables").at(0);

  EXPECT_EQ(table.at("digest"), "6f0c1d2ab94e77c3");
  std::vector<std::string> names;
  for (const auto& [name, value] : table.at("rows").at(1).items()) names.push_back(name);
  EXPECT_EQ(names, column_names({"acks", "fault"}));
  EXPECT_EQ(table.at("rows").at(1).at("lost"), 1);
  EXPECT_EQ(table.at("rows").at(1).at("acks"), "0");
}

TEST(Json, KeepsWhatATableCannotHold) {
  std::vector<Table> tables{small_table()};
  tables[0].rows[0] = test::refused({"0", "none"}, "Must set acks");
  tables[0].rows[1].notes = {"a note with \xff bytes"};
  std::ostringstream out;
  write_json(out, tables);

  const auto rows = nlohmann::ordered_json::parse(out.str()).at("tables").at(0).at("rows");

  EXPECT_EQ(rows.at(0).at("config_exception"), "Must set acks");
  EXPECT_EQ(rows.at(1).at("notes").size(), 1U);
}

TEST(Markdown, DrawsTheSameGrid) {
  Table table = small_table();
  table.title = "a*b";
  std::ostringstream out;
  write_markdown(out, table);

  EXPECT_EQ(out.str(),
            "### a\\*b\n"
            "\n"
            "Kafka 4.1 · 3 brokers · seed 1 · digest `6f0c1d2ab94e77c3`\n"
            "\n"
            "| acks | none | lost request |\n"
            "| --- | --- | --- |\n"
            "| 0 | ok | **1 lost** |\n"
            "| 1 | ok | 2 twice |\n"
            "\n"
            "ok: every message once, in order. lost: acknowledged and not in the log. twice: "
            "handled more than once.\n");
}

TEST(Markdown, EscapesWhatWouldEndACell) {
  Table table = small_table();
  for (Row& row : table.rows) row.axis_values[0] += "|\n";
  std::ostringstream out;
  write_markdown(out, table);

  EXPECT_THAT(out.str(), HasSubstr("| 0\\|  | ok | **1 lost** |\n"));
}

}  // namespace
}  // namespace kafault
