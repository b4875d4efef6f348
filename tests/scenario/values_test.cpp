#include "sim/scenario/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Durations, AreReadInEveryUnit) {
  EXPECT_EQ(parse_duration("7ns").value, Duration(7ns));
  EXPECT_EQ(parse_duration("100us").value, Duration(100us));
  EXPECT_EQ(parse_duration("250ms").value, Duration(250ms));
  EXPECT_EQ(parse_duration("2s").value, Duration(2s));
  EXPECT_EQ(parse_duration("1m").value, Duration(1min));
  EXPECT_EQ(parse_duration("1h").value, Duration(1h));
}

TEST(Durations, WithAFractionAreExact) {
  EXPECT_EQ(parse_duration("0.5ms").value, Duration(500us));
  EXPECT_EQ(parse_duration("0.1s").value, Duration(100ms));
  EXPECT_EQ(parse_duration("1.25h").value, Duration(75min));
  EXPECT_EQ(parse_duration("0.000000001s").value, Duration(1ns));
  EXPECT_EQ(parse_duration("0.00000000005m").value, Duration(3ns));
  EXPECT_EQ(parse_duration("1.500s").value, Duration(1500ms));
}

TEST(Durations, FinerThanANanosecondAreRefused) {
  EXPECT_THAT(parse_duration("0.1ns").mistake, HasSubstr("nanosecond"));
  EXPECT_THAT(parse_duration("0.0000000001s").mistake, HasSubstr("nanosecond"));
  EXPECT_THAT(parse_duration("0.1234567890123456789s").mistake, HasSubstr("nanosecond"));
}

TEST(Durations, BeyondAYearAreRefused) {
  EXPECT_EQ(parse_duration("8760h").value, Duration(8760h));
  EXPECT_THAT(parse_duration("8760.1h").mistake, HasSubstr("year"));
  EXPECT_THAT(parse_duration("99999999999999999999999h").mistake, HasSubstr("year"));
}

TEST(Durations, NeedANumberAndAUnit) {
  for (const char* text :
       {"", "5", "ms", "5 ms", "-5ms", "5MS", "5.ms", ".5ms", "1e3ms", "5ms ", "5days", "0x5s"}) {
    EXPECT_FALSE(parse_duration(text).value) << text;
    EXPECT_THAT(parse_duration(text).mistake, HasSubstr("no duration")) << text;
  }
}

TEST(Sizes, AreReadInBinaryUnits) {
  EXPECT_EQ(parse_size("100B").value, 100);
  EXPECT_EQ(parse_size("16KiB").value, 16384);
  EXPECT_EQ(parse_size("0.25KiB").value, 256);
  EXPECT_EQ(parse_size("1MiB").value, 1048576);
  EXPECT_EQ(parse_size("2147483647B").value, 2147483647);
}

TEST(Sizes, ThatAreNoneAreRefused) {
  EXPECT_THAT(parse_size("16").mistake, HasSubstr("no size"));
  EXPECT_THAT(parse_size("16KB").mistake, HasSubstr("no size"));
  EXPECT_THAT(parse_size("-1B").mistake, HasSubstr("no size"));
  EXPECT_THAT(parse_size("0.5B").mistake, HasSubstr("whole"));
  EXPECT_THAT(parse_size("2GiB").mistake, HasSubstr("2 GiB"));
  EXPECT_EQ(parse_large_size("2GiB").value, 2147483648);
  EXPECT_EQ(parse_large_size("1024GiB").value, 1099511627776);
  EXPECT_THAT(parse_large_size("1025GiB").mistake, HasSubstr("1,024 GiB"));
}

TEST(Chances, AreFractionsUpToOne) {
  EXPECT_EQ(parse_chance("1/1000").value, (Chance{1, 1000}));
  EXPECT_EQ(parse_chance("1/1").value, (Chance{1, 1}));
  for (const char* text : {"0/5", "2/1", "1/0", "-1/2", "0.5", "1", "/2", "1/", "1/2/3", "a/b"}) {
    EXPECT_FALSE(parse_chance(text).value) << text;
  }
}

TEST(Integers, AreReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_integer("-42"), -42);
  EXPECT_EQ(parse_integer("+42"), 42);
  EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "+", "1.0", "1e3", " 1", "1 ", "9223372036854775808", "+-1"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(Texts, OfDurationsAndSizesAreInTheLargestExactUnit) {
  EXPECT_EQ(text_of(Duration(0)), "0s");
  EXPECT_EQ(text_of(Duration(500us)), "500us");
  EXPECT_EQ(text_of(Duration(1500ms)), "1500ms");
  EXPECT_EQ(text_of(Duration(120s)), "2m");
  EXPECT_EQ(text_of(Duration(1h)), "1h");
  EXPECT_EQ(text_of_size(0), "0B");
  EXPECT_EQ(text_of_size(16384), "16KiB");
  EXPECT_EQ(text_of_size(1000), "1000B");
  EXPECT_EQ(with_separators(-1234567), "-1,234,567");
  EXPECT_EQ(with_separators(-123), "-123");
  EXPECT_EQ(with_separators(1000), "1,000");
}

// The forms of java.time.Duration.parse, and how Duration.toString writes them.
TEST(IsoDurations, AreReadAsJavaReadsThem) {
  const auto text_of_parsed = [](std::string_view text) {
    const Parsed<Duration> parsed = parse_iso_duration(text);
    return parsed.value ? iso_text_of(*parsed.value) : "refused";
  };
  EXPECT_EQ(text_of_parsed("PT15M"), "PT15M");
  EXPECT_EQ(text_of_parsed("pt10h"), "PT10H");
  EXPECT_EQ(text_of_parsed("P2D"), "PT48H");
  EXPECT_EQ(text_of_parsed("P2DT3H4M"), "PT51H4M");
  EXPECT_EQ(text_of_parsed("PT20.345S"), "PT20.345S");
  EXPECT_EQ(text_of_parsed("PT90S"), "PT1M30S");
  EXPECT_EQ(text_of_parsed("PT0S"), "PT0S");
  for (const char* text : {"", "P", "PT", "1h", "PT-6H", "P1H", "PT1D", "PT1M1H", "PT1M1M", "P1DT",
                           "PT1H2", "P1Y", "PT1HT1M", "P400D"}) {
    EXPECT_EQ(text_of_parsed(text), "refused") << text;
  }
}

}  // namespace
}  // namespace kafault
