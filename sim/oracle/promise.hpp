// What users expect of a cluster, promise by promise: what an exploration tries to break.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/oracle/counts.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

enum class Promise : std::uint8_t {
  no_acked_record_lost,
  no_copy_in_the_log,
  order_per_partition,
  every_record_handled,
  handled_only_once,
  effect_only_once,
  no_ghost,
  settles,
};
inline constexpr std::size_t promises = 8;

// The only list of promises, as they are called in tables and files.
template <>
struct Spellings<Promise> {
  static constexpr std::array<Spelling<Promise>, promises> all{
      {{"no acked record lost", Promise::no_acked_record_lost},
       {"no copy in the log", Promise::no_copy_in_the_log},
       {"order kept", Promise::order_per_partition},
       {"handled at all", Promise::every_record_handled},
       {"handled only once", Promise::handled_only_once},
       {"effect only once", Promise::effect_only_once},
       {"no ghost", Promise::no_ghost},
       {"settles", Promise::settles}}};
};

// Whether a settled run's counts of one flow break it (`settles` is broken by the run itself).
constexpr bool breaks(Promise promise, const Counts& counts) {
  switch (promise) {
    case Promise::no_acked_record_lost:
      return counts.log_lost > 0;
    case Promise::no_copy_in_the_log:
      return counts.log_copies > 0;
    case Promise::order_per_partition:
      return counts.reordered > 0;
    case Promise::every_record_handled:
      return counts.unhandled > 0;
    case Promise::handled_only_once:
      return counts.handled_again > 0;
    case Promise::effect_only_once:
      return counts.effects_extra > 0;
    case Promise::no_ghost:
      return counts.ghosts > 0;
    case Promise::settles:
      return false;
  }
  return false;
}

// Whether there is anything to promise on a flow: what nobody handles is not handled twice.
constexpr bool applies(Promise promise, const Flow& flow) {
  switch (promise) {
    case Promise::every_record_handled:
    case Promise::handled_only_once:
    case Promise::no_ghost:
      return flow.group >= 0;
    case Promise::effect_only_once:
      return flow.sink >= 0;
    default:
      return true;
  }
}

}  // namespace kafault
