#include "reports/text_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "reports/text.hpp"
#include "tests/reports/tables.hpp"

namespace kafault {
namespace {

using test::counts_of;
using test::lost_in_log;
using test::refused;
using test::row_of;
using test::small_table;
using test::twice;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string drawn(const Table& table, const TextOptions& options = {}) {
  std::ostringstream out;
  write_text(out, table, options);
  return out.str();
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : split(text, "\n")) widest = std::max(widest, display_width(line));
  return widest;
}

TEST(TextTable, PivotsByTheFaultAxis) {
  EXPECT_EQ(drawn(small_table()),
            "The answer is lost\n"
            "Kafka 4.1 · 3 brokers · seed 1 · digest 6f0c1d2ab94e77c3\n"
            "\n"
            "            lost\n"
            "acks  none  request\n"
            "0     ok    1 lost\n"
            "1     ok    2 twice\n"
            "\n"
            "ok: every message once, in order.  lost: acknowledged and not in the log.  twice: "
            "handled more than once.\n"
            "Why?   kafault explain scenarios/lost-ack.json --where 'acks=0 fault=\"lost "
            "request\"'\n");
}

TEST(TextTable, PivotsByTheAxisThatIsAskedFor) {
  TextOptions options;
  options.grid.pivot = "acks";

  EXPECT_THAT(drawn(small_table(), options), HasSubstr("fault         0       1\n"
                                                       "none          ok      ok\n"
                                                       "lost request  1 lost  2 twice\n"));
}

TEST(TextTable, WithoutAFaultAxisListsVerdictsAndWhatDiffers) {
  Table table;
  table.title = "Retries";
  table.axes = {"acks", "retries"};
  table.rows = {row_of({"0", "3"}, lost_in_log(12)), row_of({"1", "3"}, counts_of(100))};
  table.rows[1].counts.given_up = table.rows[1].counts.failed = 20;
  table.rows[1].runs_lost = 1;  // says nothing with one run

  EXPECT_EQ(drawn(table),
            "Retries\n"
            "retries=3 · seed 1 · digest 0000000000000000\n"
            "\n"
            "acks  verdict                    failed  lost  log_lost\n"
            "0     at-most-once                    0    12        12\n"
            "1     exactly-once, 20 given up      20     0         0\n"
            "\n"
            "every row: sent 100, acked 100\n");
}

TEST(TextTable, ASingleRowShowsAllThatIsNotZero) {
  Table table;
  table.rows = {row_of({}, counts_of(100))};

  EXPECT_THAT(drawn(table), HasSubstr("verdict       sent  acked\n"
                                      "exactly-once   100    100\n"));
}

TEST(TextTable, ShowsTheColumnsThatAreAskedFor) {
  TextOptions options;
  options.grid.columns = {"fault", "lost", "verdict", "no such column"};

  EXPECT_THAT(drawn(small_table(), options), HasSubstr("fault         lost  verdict\n"
                                                       "none             0  exactly-once\n"
                                                       "lost request     1  at-most-once\n"));
}

TEST(TextTable, FoldsRefusalsIntoOneLine) {
  Table table = small_table();
  table.axes = {"acks", "idempotence"};
  table.rows = {row_of({"0", "false"}, lost_in_log(1)), refused({"0", "true"}, "Must set acks."),
                row_of({"1", "false"}, twice(1)),       refused({"1", "true"}, "Must set acks."),
                row_of({"all", "false"}, twice(1)),     row_of({"all", "true"}, counts_of(100))};

  const std::string text = drawn(table);

  EXPECT_THAT(text, HasSubstr("\nacks=0 or 1 with idempotence=true: the client refuses to start "
                              "(ConfigException: Must set acks), 2 combinations\n"));
  EXPECT_THAT(text, Not(HasSubstr("refused")));
}

TEST(TextTable, QuotesValuesThatLookLikeMore) {
  Table table = small_table();
  table.axes = {"settings of shop"};
  table.rows = {row_of({"acks=1, retries=3"}, twice(1)), refused({"acks=1, idempotence=true"}),
                refused({"acks=0, idempotence=true"})};

  const std::string text = drawn(table);

  EXPECT_THAT(text, HasSubstr("\nacks=1, retries=3  at-least-once"));
  EXPECT_THAT(text, HasSubstr("settings of shop=\"acks=1, idempotence=true\" or \"acks=0, "
                              "idempotence=true\": the client"));
  EXPECT_THAT(text, HasSubstr("--where '\"settings of shop\"=\"acks=1, retries=3\"'\n"));
}

TEST(TextTable, ALogFlowSaysOnceWhatItLost) {
  Table table = small_table();
  table.axes = {"acks", "client"};
  for (Row& row : table.rows) row.flow = "orders";

  EXPECT_THAT(drawn(table), AllOf(HasSubstr("lost"), Not(HasSubstr("log_lost"))));
}

TEST(TextTable, ATableOfRefusalsOnlyHasNoRows) {
  Table table = small_table();
  table.rows = {refused({"0", "none"}), refused({"1", "none"})};

  EXPECT_EQ(drawn(table),
            "The answer is lost\n"
            "Kafka 4.1 · 3 brokers · fault=none · seed 1 · digest 6f0c1d2ab94e77c3\n"
            "\n"
            "every combination: the client refuses to start (ConfigException), 2 combinations\n");
}

TEST(TextTable, TellsLostInTheLogFromNeverHandled) {
  Table table = small_table();
  table.rows[1].counts = test::never_handled(7);
  table.rows[1].counts.log_lost = 3;
  table.rows[1].counts.lost = 10;

  EXPECT_THAT(drawn(table), AllOf(HasSubstr("3 lost, 7 LOST"),
                                  HasSubstr("LOST: acknowledged and never handled.")));
}

TEST(TextTable, SaysHowManyOfManyRuns) {
  Table table = small_table();
  for (Row& row : table.rows) row.runs = 1212;
  table.rows[1].runs_lost = 4;
  table.rows[1].anywhere = true;

  EXPECT_THAT(drawn(table), AllOf(HasSubstr("lost 4/1,212"), HasSubstr("4/100: in 4 of 100 runs."),
                                  HasSubstr("one run for each moment")));
}

TEST(TextTable, SaysWhatIsNotKnown) {
  Table table = small_table();
  table.rows[1].verdict = Verdict::inconclusive;
  table.rows[2].verdict = Verdict::unsettled;
  table.rows[3].nothing_to_strike = true;
  table.rows[3].notes = {"lost request: struck 0 times"};
  table.warnings = {"min.insync.replicas is 4"};

  EXPECT_THAT(drawn(table), AllOf(HasSubstr("0     ok    ?\n"), HasSubstr("1     ?     2 twice\n"),
                                  HasSubstr("?: a fault could have struck and did not."),
                                  HasSubstr("?: the run did not come to rest."),
                                  HasSubstr("nothing to strike: acks=1 with fault=lost request\n"),
                                  HasSubstr("\nlost request: struck 0 times\n"),
                                  HasSubstr("\nwarning: min.insync.replicas is 4\n")));
}

TEST(TextTable, ShowsFlowsWhereThereAreSeveral) {
  Table table = small_table();
  table.rows.push_back(row_of({"1", "none"}, counts_of(100)));
  table.rows.back().flow = "orders";

  EXPECT_THAT(drawn(table), HasSubstr("1     orders>billing>append  ok    2 twice\n"
                                      "1     orders                 ok\n"));
}

TEST(TextTable, SemanticsFitsAScreen) {
  const std::string text = drawn(test::semantics_table());

  EXPECT_LE(widest_line(text), 120U);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_THAT(text, HasSubstr("0     false        8 alike (a)  ok"));
  EXPECT_THAT(text, HasSubstr("(a) commit=auto_worker, sync, async, async_then_sync"));
  EXPECT_THAT(text, HasSubstr("acks=0 or 1 with enable.idempotence=true: the client refuses to "
                              "start (ConfigException), 198 combinations\n"));
  EXPECT_THAT(text, HasSubstr("--where 'acks=0 enable.idempotence=false commit=auto "
                              "fault=\"lost request\"'\n"));
}

TEST(TextTable, NeverGetsWiderThanAsked) {
  for (const std::size_t width : {60U, 80U, 120U}) {
    for (const std::string pivot : {"", "acks", "enable.idempotence", "commit", "no pivot"}) {
      TextOptions options;
      options.width = width;
      options.hints = false;  // a command is never broken
      options.grid.pivot = pivot;

      EXPECT_LE(widest_line(drawn(test::semantics_table(), options)), width) << pivot;
    }
  }
}

TEST(TextTable, CutsAGridThatIsTooWideIntoBlocksThatNameTheirRows) {
  Table table = small_table();
  table.rows.clear();
  for (int i = 0; i < 30; ++i) {
    const std::string fault = "fault number " + std::to_string(i);
    table.rows.push_back(row_of({"a rather long setting", fault}, twice(i)));
    table.rows.push_back(row_of({"b", fault}, counts_of(1)));
  }

  const std::string text = drawn(table);

  EXPECT_LE(widest_line(text), 120U);
  EXPECT_GT(split(text, "a rather long setting ").size(), 2U);
  EXPECT_THAT(text, HasSubstr("29 twice"));
}

TEST(TextTable, SurvivesNamesLongerThanALine) {
  Table table = small_table();
  table.title = std::string(300, 't');
  table.axes = {std::string(200, 'x'), "fault"};
  for (Row& row : table.rows) row.axis_values[0] += std::string(400, 'v');
  TextOptions options;
  options.hints = false;

  EXPECT_LE(widest_line(drawn(table, options)), 120U);
}

TEST(TextTable, ColoursOnlyWhenAskedAndSaysTheSame) {
  TextOptions options;
  options.colour = true;
  const std::string coloured = drawn(small_table(), options);

  EXPECT_THAT(coloured, HasSubstr("\x1b[1;31m1 lost\x1b[0m\n"));
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b')
      i = coloured.find('m', i);
    else
      plain += coloured[i];
  }
  EXPECT_EQ(plain, drawn(small_table()));
}

TEST(TextTable, SpeaksAsciiWhenAsked) {
  Table table = small_table();
  table.title = "Größe";
  TextOptions options;
  options.ascii = true;

  const std::string text = drawn(table, options);

  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; }));
  EXPECT_THAT(text, HasSubstr("Kafka 4.1 - 3 brokers - seed 1"));
}

TEST(TextTable, LetsNoControlCharacterThrough) {
  Table table = small_table();
  table.title = "evil\x1b[2J";
  table.rows[1].axis_values[1] = table.rows[3].axis_values[1] = "a\nb";
  table.scenario = "it's here.json";

  const std::string text = drawn(table);

  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("kafault explain 'it'\\''s here.json' --where"));
}

}  // namespace
}  // namespace kafault
