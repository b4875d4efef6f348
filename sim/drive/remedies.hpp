// What a broken promise can be kept with: the smallest sets of changed settings under which the
// same exploration does not break it. Found by exploring each set of a declared list of changes,
// first alone, then in pairs; no rule of thumb is asked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/drive/exploration_campaign.hpp"
#include "sim/drive/remedy_cost.hpp"

namespace kafault {

// A change that may help: of every producer, topic or group by itself.
struct RemedyCandidate {
  std::string_view section;  // "producers"
  std::string_view key;      // below a name: "config/acks"
  std::string_view value;
};

// The only list of them. What contradicts Kafka's client, is a mistake in this scenario or changes
// nothing is left out of a search.
inline constexpr std::array<RemedyCandidate, 20> remedy_candidates{
    {{"producers", "config/acks", "all"},
     {"producers", "config/enable.idempotence", "true"},
     {"producers", "config/max.in.flight.requests.per.connection", "1"},
     {"producers", "config/retries", "0"},
     {"producers", "config/request.timeout.ms", "30000"},
     {"producers", "config/delivery.timeout.ms", "120000"},
     {"topics", "replication.factor", "3"},
     {"topics", "config/min.insync.replicas", "2"},
     {"topics", "config/unclean.leader.election.enable", "false"},
     {"groups", "commit", "sync"},
     {"groups", "commit", "each_record"},
     {"groups", "commit", "before"},
     {"groups", "commit", "worker_ordered"},
     {"groups", "on_revoke", "commit"},
     {"groups", "sink", "upsert"},
     {"groups", "sink", "unique_id"},
     {"groups", "config/auto.offset.reset", "earliest"},
     {"groups", "config/session.timeout.ms", "45000"},
     {"groups", "config/max.poll.interval.ms", "300000"},
     {"groups", "config/max.poll.records", "1"}}};

struct Change {
  std::string pointer;  // "/producers/shop/config/acks", as --set takes it
  std::string value;
  std::string name;  // "acks", or "shop: acks" if there are several to choose from
  friend bool operator==(const Change&, const Change&) = default;
};

struct Remedy {
  std::vector<Change> changes;
  RunCost cost;
  // Promises that held before and do not now, with the fewest misfortunes that break them.
  std::vector<std::pair<Promise, std::size_t>> now_broken;
  bool fails_sooner = false;  // a send, with fewer misfortunes than before

  bool is_paid_for() const { return fails_sooner || !now_broken.empty(); }
};

struct PromiseRemedies {
  static constexpr std::size_t most_shown = 4;

  Promise promise{};
  std::size_t misfortunes = 0;  // the fewest that break it as it is
  std::size_t tried = 0;        // sets of changes
  // The smallest, in the order of the list. If each of them is paid for with another promise or
  // with failed sends, larger ones that are not follow. So many at most ...
  std::vector<Remedy> remedies;
  std::size_t more = 0;  // ... and these
};

struct RemedyReport {
  std::size_t candidates = 0;             // changes that were tried
  RunCost cost;                           // as it is
  std::vector<PromiseRemedies> promises;  // those that are broken
  bool complete = true;  // false: a search was stopped, some sets are not known to help
};

// The largest set of changes that is tried.
inline constexpr std::size_t most_changes = 2;

// For one of the combinations that `explore_scenario` has explored with the same request. Reads the
// scenario's text again for each set of changes: what the reader refuses is not a remedy.
RemedyReport find_remedies(const Scenario& scenario, const ExploredCombination& explored,
                           const ExplorationRequest& request);

}  // namespace kafault
