#include "sim/drive/expected.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sim/oracle/columns.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- CSV ---------------------------------------------------------------------------------------

std::string complaint_about(std::string_view text) {
  try {
    parse_csv(text);
  } catch (const CsvError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseCsv, ReadsWhatRfc4180Allows) {
  EXPECT_THAT(parse_csv("a,b\r\n\"x,\"\"y\"\"\",\"1\n2\"\n,\n"),
              ElementsAre(CsvLine{"a", "b"}, CsvLine{"x,\"y\"", "1\n2"}, CsvLine{"", ""}));
  EXPECT_THAT(parse_csv("\xEF\xBB\xBF"
                        "a,b\n1,2"),
              ElementsAre(CsvLine{"a", "b"}, CsvLine{"1", "2"}));
  EXPECT_THAT(parse_csv("a,b\n\n1,2\n\n"), ElementsAre(CsvLine{"a", "b"}, CsvLine{"1", "2"}));
  EXPECT_THAT(parse_csv("a\n\n"), ElementsAre(CsvLine{"a"}, CsvLine{""}));
  EXPECT_THAT(parse_csv(""), IsEmpty());
  EXPECT_THAT(parse_csv("a\rb"), ElementsAre(CsvLine{"a\rb"}));
}

TEST(ParseCsv, SaysInWhichLineItFails) {
  EXPECT_EQ(complaint_about("a,b\n1\n"), "2: 1 cells, and the header has 2");
  EXPECT_EQ(complaint_about("a\n\"x"), "2: a quoted cell does not end");
  EXPECT_EQ(complaint_about("a\n\"1\n2\"\nx\"y\n"), "4: a quote inside an unquoted cell");
  EXPECT_EQ(complaint_about("\"a\"b\n"), "1: text after a quoted cell");
}

TEST(CsvCell, IsQuotedOnlyIfItMustBe) {
  EXPECT_EQ(csv_cell("a b"), "a b");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"a\""), "\"say \"\"a\"\"\"");
  EXPECT_EQ(csv_cell("\n"), "\"\n\"");
}

// ---- expected tables ---------------------------------------------------------------------------

Table commit_rows() {
  Table table;
  table.scenario = "scenarios/a.json";
  table.axes = {"commit", "client"};
  for (const std::string commit : {"auto", "sync"}) {
    Row row;
    row.scenario = table.scenario;
    row.axis_values = {commit, "java"};
    row.flow = "orders>billing>append";
    row.counts.sent = 100;
    row.counts.unhandled = commit == "auto" ? 79 : 0;
    table.rows.push_back(row);
  }
  return table;
}

Comparison compared(std::string_view text, const Table& table = commit_rows()) {
  return compare(parse_expected(text), table);
}

TEST(Expected, ComparesTheColumnsItContains) {
  const Comparison result = compared(
      "commit,client,unhandled\n"
      "sync,java,0\n"
      "auto,java,80\n");

  EXPECT_THAT(result.differences,
              ElementsAre(Difference{"commit=auto  client=java", "unhandled", "80", "79"}));
  EXPECT_EQ(result.rows, 2U);
  EXPECT_EQ(result.rows_that_differ, 1U);
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST(Expected, IgnoresTheScenarioWhoWroteItAndEmptyCells) {
  const Comparison result = compared(
      "scenario,commit,client,flow,unhandled,written_by\n"
      "elsewhere.json,auto,java,orders>billing>append,,\"kafault 0.3.0, model 12\"\n"
      "elsewhere.json,sync,java,orders>billing>append,0,\n");

  EXPECT_TRUE(result.agrees());
  EXPECT_EQ(result.written_by, "kafault 0.3.0, model 12");
}

TEST(Expected, TellsMissingRowsFromNewOnes) {
  const Comparison result = compared(
      "commit,client,sent\n"
      "auto,java,100\n"
      "async,java,100\n");

  EXPECT_THAT(result.differences,
              ElementsAre(Difference{"commit=sync  client=java", "", "no such row", "there is one"},
                          Difference{"commit=async  client=java", "", "a row", "none"}));
  EXPECT_EQ(result.rows_that_differ, 2U);
}

TEST(Expected, NeedsTheFlowOnlyWhereThereAreSeveral) {
  Table table = commit_rows();
  table.rows[1].flow = "orders";

  EXPECT_THAT(compared("commit,client,sent\nauto,java,100\nsync,java,100\n", table).problems,
              ElementsAre(HasSubstr("no column \"flow\"")));
  EXPECT_TRUE(compared("commit,client,flow,sent\nauto,java,orders>billing>append,100\n"
                       "sync,java,orders,100\n",
                       table)
                  .agrees());
}

TEST(Expected, SaysWhyItCannotBeCompared) {
  EXPECT_THAT(compared("commit,sent\nauto,100\nsync,100\n").problems,
              ElementsAre(HasSubstr("no column \"client\"")));
  EXPECT_THAT(compared("commit,client,sents\nauto,java,1\nsync,java,1\n").problems,
              ElementsAre(HasSubstr("no column \"sents\"")));
  EXPECT_THAT(compared("commit,client\nauto,java\nsync,java\nsync,java\n").problems,
              ElementsAre(HasSubstr("two rows for commit=sync  client=java")));
  EXPECT_THROW(parse_expected("a,a\n1,2\n"), CsvError);
  EXPECT_THROW(parse_expected(""), CsvError);
}

TEST(Expected, AgreesWithWhatItHasWritten) {
  Table table = commit_rows();
  table.rows[0].axis_values[0] = "a, \"b\"";
  std::ostringstream out;
  write_expected(out, table, "kafault 0.1.0, model 1");

  const ExpectedTable expected = parse_expected(out.str());

  EXPECT_EQ(expected.header.size(), column_names(table.axes).size());  // - scenario + written_by
  EXPECT_EQ(expected.written_by, "kafault 0.1.0, model 1");
  EXPECT_TRUE(compare(expected, table).agrees());
  table.rows[1].handling_gap_ms = 7;
  EXPECT_EQ(compare(expected, table).differences.size(), 1U);
}

TEST(Expected, AnUpdateKeepsTheColumnsThatTheFileHad) {
  const ExpectedTable old = parse_expected("commit,unhandled\nauto,80\nsync,0\n");
  std::ostringstream out;
  write_expected(out, commit_rows(), "me", &old);

  EXPECT_EQ(out.str(),
            "commit,client,flow,unhandled,written_by\n"
            "auto,java,orders>billing>append,79,me\n"
            "sync,java,orders>billing>append,0,me\n");
}

TEST(Expected, LiesBesideItsScenario) {
  EXPECT_EQ(expected_path("scenarios/a.b.json"), "scenarios/a.b.expected.csv");
  EXPECT_EQ(expected_path("dir.d/a"), "dir.d/a.expected.csv");
  EXPECT_EQ(expected_path("dir/.json"), "dir/.json.expected.csv");
}

TEST(Columns, AreListedOnce) {
  std::vector<std::string_view> names = result_columns();

  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace kafault
