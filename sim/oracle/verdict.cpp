#include "sim/oracle/verdict.hpp"

#include "sim/kernel/contract.hpp"

namespace kafault {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exactly_once:
      return "exactly-once";
    case Verdict::at_least_once:
      return "at-least-once";
    case Verdict::at_most_once:
      return "at-most-once";
    case Verdict::no_guarantee:
      return "no guarantee";
    case Verdict::config_exception:
      return "ConfigException";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::unsettled:
      return "unsettled";
  }
  contract_broken("a verdict of the list", __FILE__, __LINE__);
}

}  // namespace kafault
