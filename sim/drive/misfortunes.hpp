// The misfortunes that an exploration lets strike, and whom each of them can strike in a plan.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/cluster/onlooker.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/fault/fault_plan.hpp"
#include "sim/protocol/setting.hpp"

namespace kafault {

enum class Misfortune : std::uint8_t {
  lost_request,    // the connection breaks before the server has read the request
  lost_ack,        // the connection breaks before the client has read the answer
  silent_request,  // the request disappears and the connection stays: a black hole
  silent_ack,      // the answer does
  late_request,    // the request comes later than anybody waits for its answer
  late_ack,        // the answer does
  crash,           // a broker dies (SIGKILL) and starts again when its session is over
  power_loss,      // a broker's machine loses power, and gets it back when its session is over
  replace_disk,    // it dies and starts again with an empty disk when its session is over
  pause,           // a broker stops for longer than its session, and goes on where it was
  isolate,         // no bytes to or from a broker for longer than its session
  shut_down,       // a broker stops in order, and starts again
  rebalance,       // one more member joins a group
  leave,           // a member leaves its group
  consumer_crash,  // a member dies and starts again when its session is over
  consumer_pause,  // a member stops for longer than its session, and goes on where it was
  producer_crash,  // a producer's process dies and starts again
};

// As they are called on the command line.
template <>
struct Spellings<Misfortune> {
  static constexpr std::array<Spelling<Misfortune>, 17> all{
      {{"lost-request", Misfortune::lost_request},
       {"lost-ack", Misfortune::lost_ack},
       {"silent-request", Misfortune::silent_request},
       {"silent-ack", Misfortune::silent_ack},
       {"late-request", Misfortune::late_request},
       {"late-ack", Misfortune::late_ack},
       {"crash", Misfortune::crash},
       {"power-loss", Misfortune::power_loss},
       {"replace-disk", Misfortune::replace_disk},
       {"pause", Misfortune::pause},
       {"isolate", Misfortune::isolate},
       {"shut-down", Misfortune::shut_down},
       {"rebalance", Misfortune::rebalance},
       {"leave", Misfortune::leave},
       {"consumer-crash", Misfortune::consumer_crash},
       {"consumer-pause", Misfortune::consumer_pause},
       {"producer-crash", Misfortune::producer_crash}}};
};

// These strike one machine, once.
constexpr bool costs_a_disk(Misfortune misfortune) {
  return misfortune == Misfortune::power_loss || misfortune == Misfortune::replace_disk;
}

// What strikes unless the user says otherwise.
inline constexpr std::array<Misfortune, 7> default_misfortunes{
    Misfortune::lost_request, Misfortune::lost_ack,  Misfortune::crash,         Misfortune::pause,
    Misfortune::isolate,      Misfortune::rebalance, Misfortune::consumer_crash};

// One thing that can happen: to a message as it arrives, or to a process after something it did.
struct Mishap {
  Misfortune misfortune = Misfortune::crash;
  NodeId node = no_node;    // whose steps it follows; no_node: it strikes messages
  NodeId target = no_node;  // whom it strikes
  bool on_requests = false;
  Stroke stroke;  // of a message
};

// Everything that can happen under a plan, mishap i being the fault i. `plan` gets a further member
// per group, which waits for a rebalance, if rebalances are asked for.
struct MishapList {
  std::vector<Mishap> mishaps;
  std::vector<FaultPlan> faults;
};
MishapList mishaps_of(ClusterPlan& plan, const std::vector<Misfortune>& misfortunes);

}  // namespace kafault
