// The JSON Schema; tests/schema/ holds it against scenarios with a validator.
#include "sim/scenario/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

TEST(Schema, KnowsWhatEachKeyTakes) {
  EXPECT_THAT(phrases_without_schema(), testing::IsEmpty())
      << "add what they mean to `phrases` in sim/scenario/schema.cpp";
}

TEST(Schema, DescribesKeysAndSettingsLikeTheReference) {
  const Json schema = scenario_schema();
  const Json& producer = schema["properties"]["producers"]["additionalProperties"]["properties"];

  EXPECT_EQ(schema["required"], Json::array({"producers"}));
  EXPECT_EQ(producer["on_error"]["enum"], Json::array({"ignore", "resend", "stop"}));
  EXPECT_EQ(producer["sends"]["properties"]["records"]["maximum"], 10'000'000);
  EXPECT_EQ(producer["config"]["properties"]["linger.ms"]["default"], "5");
}

}  // namespace
}  // namespace kafault
