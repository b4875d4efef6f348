// Links that lose packets, and what TCP makes of it: messages come late, and a producer waits until
// its socket has taken the last request before it sends the next.
#include <utility>

#include "sim/cluster/cluster.hpp"
#include "sim/cluster/dispatch.hpp"

namespace kafault {
namespace {
// Headers, client id, topic and partition, and what a request has besides records.
constexpr std::uint32_t request_overhead = 60;
}  // namespace

std::uint32_t Cluster::bytes_of(MessageKind kind, std::uint32_t slot) const {
  std::uint32_t bytes = request_overhead;
  if (kind == MessageKind::ProduceRequest) {
    for (const ProduceRequest::Entry& entry : store_.of<ProduceRequest>()[slot].entries) {
      bytes += entry.batch.bytes;
    }
  } else if (kind == MessageKind::FetchResponse) {
    for (const Batch& batch : store_.of<FetchResponse>()[slot].batches) bytes += batch.bytes;
  }
  return bytes;
}

// When it arrives. A kind world loses nothing.
Instant Cluster::send_lossy(ConnectionIndex index, bool to_server, MessageKind kind,
                            std::uint32_t slot, Duration one_way) {
  constexpr std::int64_t million = 1'000'000;
  const std::int32_t way = nodes() + 2 * static_cast<std::int32_t>(index) + (to_server ? 1 : 0);
  const auto is_lost = [&] {
    return fate_->between(Question::latency, way, 1, million) > million - plan_->network.loss_ppm;
  };
  const LossyWay::Sent sent =
      network_.lossy(index, to_server).send(bytes_of(kind, slot), now(), one_way, is_lost);
  const Connection& connection = network_[index];
  if (to_server && process(connection.client).kind == ProcessKind::producer) {
    socket_takes(index, sent.accepted);
    const bool takes_time = sent.accepted > now() && sent.accepted < sent.arrives;
    if (takes_time && kind == MessageKind::ProduceRequest) {
      network_[index].to_server.writing = slot;
    }
  }
  return sent.arrives;
}

// The last request of its client. Simplified: where nothing arrives any more there is always room.
void Cluster::socket_takes(ConnectionIndex index, Instant at) {
  const Connection& connection = network_[index];
  if (process(connection.client).kind != ProcessKind::producer) return;
  Event event;
  event.kind = Event::Kind::sent;
  event.node = connection.client;
  event.a = index;
  event.b = connection.generation;
  event.due = at;
  calendar_.schedule(event);
}

void Cluster::socket_has_room(const Event& event) {
  Connection& connection = network_[event.a];
  if (event.b != connection.generation) return;
  // While it was paused the request may have arrived.
  const bool is_there = event.due == now();
  const std::uint32_t slot = std::exchange(connection.to_server.writing, Connection::Way::nothing);
  ProduceRequest* const written =
      slot == Connection::Way::nothing || !is_there ? nullptr : &store_.of<ProduceRequest>()[slot];
  producers_[static_cast<std::size_t>(process(event.node).index)].on_sent(connection.server,
                                                                          written, now(), outbox_);
  after_handler(event.node);
}

}  // namespace kafault
