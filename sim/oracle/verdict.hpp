// What the runs of one row showed, in the words of Kafka's own documentation. Never a proof: it
// speaks for the runs that were made.
#pragma once

#include <cstdint>
#include <string_view>

namespace kafault {

enum class Verdict : std::uint8_t {
  exactly_once,      // nothing lost, nothing twice
  at_least_once,     // nothing lost, something twice
  at_most_once,      // something lost, nothing twice
  no_guarantee,      // both
  config_exception,  // a client refused to start
  inconclusive,      // a fault could have struck and did not
  unsettled,         // the run did not come to rest within its limit
};

// By what was lost and what was duplicated at the flow's last counting point. What the application
// was told about is not loss and never lowers the verdict.
constexpr Verdict verdict_of(std::int64_t lost, std::int64_t duplicated) {
  if (lost > 0) return duplicated > 0 ? Verdict::no_guarantee : Verdict::at_most_once;
  return duplicated > 0 ? Verdict::at_least_once : Verdict::exactly_once;
}

// Whether the verdict says something about delivery, rather than why nothing can be said.
constexpr bool is_about_delivery(Verdict verdict) { return verdict <= Verdict::no_guarantee; }

// As in tables and files: "exactly-once", "no guarantee", "ConfigException", ...
std::string_view name_of(Verdict verdict);

}  // namespace kafault
