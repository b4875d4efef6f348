// Runs kafault's commands inside the test, in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/cli.hpp"

namespace kafault {

// Ten records, one broker, nothing goes wrong; and the same with a lost answer.
inline const std::string quiet_scenario = R"({
  "title": "Nothing happens",
  "question": "Is anything lost when nothing happens?",
  "brokers": { "count": 1 },
  "producers": { "shop": { "sends": { "topic": "orders", "records": 10 } } }
})";

inline const std::string lost_ack_scenario = R"({
  "title": "An answer is lost",
  "question": "Does a lost ack double my message?",
  "brokers": { "count": 1 },
  "producers": {
    "shop": {
      "config": { "linger.ms": 0, "acks": "all", "max.in.flight.requests.per.connection": 1 },
      "sends": { "topic": "orders", "records": 20, "every": "20ms" }
    }
  },
  "faults": [
    { "name": "lost ack", "when": { "message": "ProduceResponse", "nth": 5 }, "do": "drop_connection" }
  ],
  "matrix": [
    { "axis": "idempotence", "at": "/producers/shop/config/enable.idempotence", "values": [true, false] }
  ]
})";

class CliTest : public testing::Test {
 protected:
  struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
  };

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("kafault-cli-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // `{}` stands for the test's folder.
  Outcome run(std::vector<std::string> arguments, const std::string& input = "") {
    for (std::string& argument : arguments) {
      const std::size_t place = argument.find("{}");
      if (place != std::string::npos) argument.replace(place, 2, folder_.string());
    }
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Streams streams{in, out, err, terminal_, false, &interrupted_};
    Outcome outcome;
    outcome.code = run_cli(arguments, streams);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::filesystem::path folder_;
  bool terminal_ = false;
  std::atomic<bool> interrupted_{false};
};

}  // namespace kafault
