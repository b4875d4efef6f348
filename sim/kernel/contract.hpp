// Contracts, on in every build. A broken contract is our bug, never the user's and never Kafka's:
// it throws ContractViolation, which only the driver catches and reports with seed and story.
#pragma once

#include <stdexcept>
#include <string>

namespace kafault {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void contract_broken(const char* condition,
                                                                   const char* file, int line) {
  throw ContractViolation(std::string(file) + ":" + std::to_string(line) + ": " + condition);
}

}  // namespace kafault

#define KAFAULT_REQUIRE(condition)                     \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::kafault::contract_broken(#condition, __FILE__, __LINE__))
