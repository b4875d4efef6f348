// What the mutants are called.
#pragma once

#include "sim/protocol/mutants.hpp"

namespace kafault {

inline const char* name_of(Mutant mutant) {
  switch (mutant) {
    case Mutant::none:
      return "none";
#define KAFAULT_MUTANT(name) \
  case Mutant::name:         \
    return #name;
      KAFAULT_MUTANT_LIST(KAFAULT_MUTANT)
      KAFAULT_DEEP_MUTANT_LIST(KAFAULT_MUTANT)
      KAFAULT_SHORTCUT_LIST(KAFAULT_MUTANT)
#undef KAFAULT_MUTANT
  }
  return "?";
}

}  // namespace kafault
