// The moments of a run at which a fault of a scenario could be told to strike, named as triggers
// name them: so that what struck one run by hand can be said of another.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "sim/drive/run.hpp"

namespace kafault {

struct Moment {
  enum class Kind : std::uint8_t {
    delivery,  // a message is about to be read by `node`
    note,      // `node` has just noted something
    step,      // `node` has done something that matters, all of it
  };
  Kind kind = Kind::step;
  Instant at{};
  NodeId node = no_node;
  NodeId from = no_node;                                  // delivery
  MessageKind message = MessageKind::ApiVersionsRequest;  // delivery
  ObservationKind what = ObservationKind::FaultStruck;    // note
  std::int64_t nth = 0;      // of its kind, as a trigger counts: a member's own, else anybody's
  std::int64_t own_nth = 0;  // note: of this node
};

// Kept while somebody else moves the run on. Neither it nor the run moves.
class Diary {
 public:
  explicit Diary(Run& run);
  Diary(const Diary&) = delete;
  Diary& operator=(const Diary&) = delete;
  ~Diary() { run_->trace_into(nullptr); }

  // `advance` takes one step of the run. False: it was over.
  template <class Advance>
  bool record(Advance&& advance) {
    begin_step();
    const bool has_advanced = advance();
    end_step();
    return has_advanced;
  }

  const std::vector<Moment>& moments() const { return moments_; }
  // Where the moments of the last step begin.
  std::size_t last_step() const { return last_step_; }
  // How many messages of a kind have been read on a way.
  std::int64_t deliveries(MessageKind kind, NodeId from, NodeId to) const;
  bool is_member(NodeId node) const;

 private:
  struct Way {
    MessageKind kind;
    NodeId from;
    NodeId to;
    friend auto operator<=>(const Way&, const Way&) = default;
  };
  void begin_step();
  void end_step();
  void add_note(const Trace::Entry& entry);

  Run* run_;
  Trace trace_;
  std::vector<Moment> moments_;
  std::size_t last_step_ = 0;
  bool is_poll_ = true;  // the step under way reads nothing but a poll
  std::map<Way, std::int64_t> deliveries_;
  std::array<std::int64_t, observation_kinds> noted_{};
  std::map<std::pair<ObservationKind, NodeId>, std::int64_t> noted_by_;
};

}  // namespace kafault
