// Files of settings on the command line, and the scenario that `init` makes of them.
#include <gmock/gmock.h>

#include "tests/cli/cli_harness.hpp"

namespace kafault {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SettingsOptions : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    write("shop.json", R"({"title": "t", "producers": {"shop": {"sends": {"records": 5}}},
                           "groups": {"billing": {}}})");
    write("producer.properties", "bootstrap.servers=a:1\nacks=1\nenable.idempotence=false\n");
  }
};

TEST_F(SettingsOptions, AreTakenByEveryCommandThatRunsAScenario) {
  for (const std::string command : {"run", "validate", "explain", "explore"}) {
    const Outcome outcome = run({command, "{}/shop.json", "--producer-config",
                                 "shop={}/producer.properties", "-X", "ack=1"});

    EXPECT_EQ(outcome.code, 65) << command;
    EXPECT_THAT(outcome.err, HasSubstr("-X ack: no such setting; did you mean \"acks\"?\n"));
  }
}

TEST_F(SettingsOptions, AreNamedByResolved) {
  const Outcome outcome = run({"run", "{}/shop.json", "--resolved", "--format", "csv",
                               "--producer-config", "{}/producer.properties", "-X", "linger.ms=7"});

  EXPECT_THAT(outcome.out, HasSubstr("/producers/shop/config/acks,1," + folder_.string() +
                                     "/producer.properties:2\n"));
  EXPECT_THAT(outcome.out, HasSubstr("/producers/shop/config/linger.ms,7,-X\n"));
}

TEST_F(SettingsOptions, ListWhatHasNoEffect) {
  const Outcome outcome =
      run({"run", "{}/shop.json", "--producer-config", "shop={}/producer.properties"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("/producer.properties: accepted, no effect here: "
                                     "bootstrap.servers\n"));
}

TEST_F(SettingsOptions, AreRepeatedWhereARunIsToBeRepeated) {
  const Outcome outcome =
      run({"explain", "{}/shop.json", "--producer-config", "shop={}/producer.properties", "-X",
           "linger.ms=1", "-X", "ssl.key.password=hunter2"});

  EXPECT_THAT(outcome.out, HasSubstr("/producer.properties' -X 'linger.ms=1' --seed"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("hunter2")));
  EXPECT_THAT(outcome.err, Not(HasSubstr("hunter2")));
}

TEST_F(SettingsOptions, SayOnceWhatSeveralScenariosShare) {
  write("bad.properties", "ack=1\n");
  write("shop2.json", read("shop.json"));
  const Outcome outcome =
      run({"run", "{}/shop.json", "{}/shop2.json", "--producer-config", "{}/bad.properties"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("1 mistake, nothing run\n"));
}

TEST_F(SettingsOptions, ThatNameNoFileAreRefused) {
  EXPECT_EQ(run({"run", "{}/shop.json", "--producer-config", "shop="}).code, 64);
  EXPECT_EQ(run({"run", "{}/shop.json", "--producer-config", "={}/producer.properties"}).code, 64);
  EXPECT_EQ(run({"run", "{}/shop.json", "-X", "acks"}).code, 64);
  EXPECT_EQ(run({"run", "{}/shop.json", "--broker-config", "{}/none.properties"}).code, 66);
  EXPECT_EQ(run({"run", "{}/shop.json", "--topic-config", "{}"}).code, 66) << "a folder";
}

using Init = SettingsOptions;

TEST_F(Init, WritesAScenarioThatRunsAtOnceAndMeetsEveryFault) {
  const Outcome init = run({"init", "-o", "{}/new.json"});
  const Outcome table = run({"run", "{}/new.json"});

  EXPECT_EQ(init.code, 0);
  EXPECT_THAT(init.err, AllOf(StartsWith("Now: kafault run "), HasSubstr("/new.json\n")));
  EXPECT_THAT(read("new.json"), AllOf(HasSubstr("\"title\": "), HasSubstr("\"question\": ")));
  EXPECT_EQ(table.code, 0) << "no fault may miss: " << table.err;
  EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 1 + 2 * 4);
}

// The same settings in the starter as over a scenario.
TEST_F(Init, TakesTheSettingsOfTheFiles) {
  write("consumer.properties", "group.id=x\nenable.auto.commit=false\nmax.poll.records=7\n");
  write("topic.properties", "min.insync.replicas=3\npreallocate=false\n");
  const Outcome init = run({"init", "--producer-config", "checkout={}/producer.properties",
                            "--consumer-config", "{}/consumer.properties", "--topic-config",
                            "carts={}/topic.properties", "-o", "{}/new.json"});
  const Outcome resolved = run(
      {"run", "{}/new.json", "--resolved", "--format", "csv", "--where", "fault=none commit=sync"});

  EXPECT_EQ(init.code, 0);
  for (const std::string setting : {"/producers/checkout/config/acks,1,file",
                                    "/producers/checkout/config/enable.idempotence,"
                                    "false,file",
                                    "/groups/billing/config/max.poll.records,7,file",
                                    "/groups/billing/config/enable.auto.commit,false,",
                                    "/topics/carts/config/min.insync.replicas,3,file"}) {
    EXPECT_THAT(resolved.out, HasSubstr(setting));
  }
  EXPECT_THAT(read("new.json"), HasSubstr(R"("values": ["sync", "before"])"));
  EXPECT_THAT(init.err, HasSubstr("/consumer.properties: left out, no effect here: group.id\n"));
  EXPECT_THAT(init.err, HasSubstr("/topic.properties: left out, no effect here: preallocate\n"));
  EXPECT_NE(run({"run", "{}/new.json"}).code, 65);
}

TEST_F(Init, HasOneMemberIfItHasAName) {
  write("static.properties", "group.instance.id=billing-a\n");

  const Outcome init = run({"init", "--consumer-config", "{}/static.properties"});

  EXPECT_EQ(init.code, 0);
  EXPECT_THAT(init.out, HasSubstr("\"members\": 1\n"));
  EXPECT_EQ(run({"validate", "-"}, init.out).code, 0);
}

TEST_F(Init, KeepsSecretsToItself) {
  write("secret.properties", "sasl.jaas.config=x password=\"hunter2\";\nacks=all\n");

  const Outcome init = run({"init", "--producer-config", "{}/secret.properties"});

  EXPECT_EQ(init.code, 0);
  EXPECT_THAT(init.out, HasSubstr("\"acks\": \"all\""));
  EXPECT_THAT(init.out + init.err, Not(HasSubstr("hunter2")));
}

TEST_F(Init, ReplacesAFileOnlyByForce) {
  write("mine.json", "my work");

  EXPECT_EQ(run({"init", "-o", "{}/mine.json"}).code, 74);
  EXPECT_EQ(read("mine.json"), "my work");
  EXPECT_EQ(run({"init", "-o", "{}/mine.json", "--force"}).code, 0);
  EXPECT_THAT(read("mine.json"), StartsWith("{\n  \"kafault\": 1,"));
}

TEST_F(Init, WritesNothingWhenAFileIsWrong) {
  write("bad.properties", "ack=1\nretries=many\n");

  const Outcome init = run({"init", "--producer-config", "{}/bad.properties", "-o", "{}/new.json"});

  EXPECT_EQ(init.code, 65);
  EXPECT_THAT(init.err, AllOf(HasSubstr("bad.properties:1:1: ack: no such setting"),
                              HasSubstr("bad.properties:2:9: retries: \"many\" is no whole number"),
                              HasSubstr("2 mistakes, nothing run\n")));
  EXPECT_FALSE(exists("new.json"));
  EXPECT_EQ(run({"init", "--producer-config", "a/b={}/producer.properties"}).code, 65);
  EXPECT_EQ(run({"init", "orders.json"}).code, 64);
  EXPECT_EQ(run({"init", "--producer-config", "a={}/producer.properties", "--producer-config",
                 "b={}/producer.properties"})
                .code,
            64);
}

}  // namespace
}  // namespace kafault
