#include "sim/drive/diary.hpp"

#include <utility>

#include "sim/drive/explored_run.hpp"

namespace kafault {

Diary::Diary(Run& run) : run_(&run) { run.trace_into(&trace_); }

bool Diary::is_member(NodeId node) const {
  return node >= run_->cluster().plan().node_of_member(0, 0);
}

std::int64_t Diary::deliveries(MessageKind kind, NodeId from, NodeId to) const {
  const auto found = deliveries_.find({kind, from, to});
  return found == deliveries_.end() ? 0 : found->second;
}

void Diary::begin_step() {
  Cluster& cluster = run_->cluster();
  last_step_ = moments_.size();
  trace_.clear();
  cluster.take_sent_kinds();
  const auto next = cluster.next_delivery();
  is_poll_ = !cluster.is_interrupted() && (!next || is_poll(next->kind));
  if (!next) return;
  Moment moment;
  moment.kind = Moment::Kind::delivery;
  moment.node = next->to;
  moment.from = next->from;
  moment.message = next->kind;
  moment.nth = ++deliveries_[{next->kind, next->from, next->to}];
  moments_.push_back(moment);
}

void Diary::end_step() {
  Cluster& cluster = run_->cluster();
  const Instant now = cluster.now();
  if (last_step_ < moments_.size()) moments_.back().at = now;
  for (const Trace::Entry& entry : trace_.entries()) add_note(entry);
  const bool matters =
      !is_poll_ || !trace_.entries().empty() || (cluster.take_sent_kinds() & ~poll_kinds) != 0;
  if (!matters || cluster.is_interrupted()) return;
  Moment moment;
  moment.at = now;
  moment.node = cluster.last_actor();
  moments_.push_back(moment);
}

void Diary::add_note(const Trace::Entry& entry) {
  const Observation& what = entry.what;
  const std::int64_t many = opportunities_in(what);
  Moment moment;
  moment.kind = Moment::Kind::note;
  moment.at = entry.at;
  moment.node = what.node;
  moment.what = what.kind;
  const std::int64_t anybody = noted_[static_cast<std::size_t>(what.kind)] += many;
  moment.own_nth = noted_by_[{what.kind, what.node}] += many;
  moment.nth = is_member(what.node) ? moment.own_nth : anybody;
  moments_.push_back(moment);
}

}  // namespace kafault
