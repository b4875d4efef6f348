// The client's end of one connection, as Kafka's NetworkClient keeps it: connecting, the
// ApiVersions handshake, requests in flight in order, time-outs that close the connection,
// reconnect back-off. Used by everything that asks a server: producers, members, brokers.
// It never decides what a failed request means; its owner does.
#pragma once

#include <span>
#include <vector>

#include "sim/kernel/contract.hpp"
#include "sim/kernel/dice.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/flat_vector.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

struct ChannelTimes {
  Duration request_timeout = std::chrono::seconds(30);
  Duration setup_timeout = std::chrono::seconds(10);  // socket.connection.setup.timeout.ms
  Duration setup_timeout_max = std::chrono::seconds(10);
  Duration reconnect_backoff = std::chrono::milliseconds(50);
  Duration reconnect_backoff_max = std::chrono::seconds(1);
};

// One line of cache, and a size that an index is quickly multiplied by.
class alignas(64) Channel {
 public:
  enum class State : std::uint8_t { disconnected, connecting, handshaking, ready };
  struct InFlight {
    MessageKind kind = MessageKind::ApiVersionsRequest;
    std::uint32_t tag = 0;
    Instant deadline = never;
  };

  Channel() = default;
  Channel(NodeId peer, Lane lane) : peer_(peer), lane_(lane) {}
  // A process that never connected; keeps the memory it has.
  void reset() {
    state_ = State::disconnected;
    is_sending_ = false;
    failures_ = setup_failures_ = 0;
    setup_jitter_ = {};
    setup_deadline_ = never;
    may_connect_at_ = {};
    in_flight_.clear();
  }

  NodeId peer() const { return peer_; }
  Lane lane() const { return lane_; }
  State state() const { return state_; }
  bool is_ready() const { return state_ == State::ready; }
  bool is_disconnected() const { return state_ == State::disconnected; }
  std::size_t in_flight() const { return in_flight_.size(); }
  std::span<const InFlight> requests() const { return in_flight_; }  // oldest first

  // Opens the connection unless it is open, on its way, or backing off. True if it is ready now.
  bool ready_or_connect(Instant now, const ChannelTimes& times, Outbox& out) {
    if (state_ == State::ready) return true;
    if (state_ == State::disconnected && now >= may_connect_at_) {
      state_ = State::connecting;
      setup_deadline_ = now + setup_timeout(times);
      out.connect(peer_, lane_);
    }
    return false;
  }

  // The connection that a process has when a run begins: open, nothing in flight.
  void start_ready() { state_ = State::ready; }

  // TCP is up: Kafka's clients ask for ApiVersions before anything else, so that a process which
  // is paused (its kernel accepts) never becomes ready (NetworkClient.handleConnections).
  void on_connected(Instant now, const ChannelTimes& times, Outbox& out) {
    if (state_ != State::connecting) return;
    state_ = State::handshaking;
    is_sending_ = false;
    out.send<ApiVersionsRequest>(peer_, lane_);
    in_flight_.emplace_back(MessageKind::ApiVersionsRequest, 0U, now + times.request_timeout);
  }
  void on_handshake() {
    KAFAULT_REQUIRE(state_ == State::handshaking);
    in_flight_.clear();
    state_ = State::ready;
    failures_ = 0;
  }

  // A request that expects an answer. `timeout`: this request's own, else request.timeout.ms.
  template <class Request>
  Request& send(Instant now, Duration timeout, std::uint32_t tag, Outbox& out) {
    KAFAULT_REQUIRE(state_ == State::ready);
    in_flight_.emplace_back(kind_of<Request>, tag, now + timeout);
    is_sending_ = out.sends_take_time();
    return out.send<Request>(peer_, lane_);
  }
  // A request that expects none (acks=0): complete as soon as it is handed to the socket.
  template <class Request>
  Request& send_unanswered(Outbox& out) {
    KAFAULT_REQUIRE(state_ == State::ready);
    is_sending_ = out.sends_take_time();
    return out.send<Request>(peer_, lane_);
  }
  // The socket has taken all of the last request; before that there may be no other
  // (InFlightRequests.canSendMore).
  void on_sent() { is_sending_ = false; }
  bool is_sending() const { return is_sending_; }

  // Answers come in the order of the requests.
  InFlight take_answered() {
    KAFAULT_REQUIRE(!in_flight_.empty());
    const InFlight oldest = in_flight_.front();
    in_flight_.erase_front(1);
    return oldest;
  }

  // When this channel wants attention: a request or the set-up times out, or a back-off ends.
  Instant next_deadline() const {
    Instant next = state_ == State::connecting ? setup_deadline_ : never;
    for (const InFlight& request : in_flight_) next = std::min(next, request.deadline);
    return next;
  }
  Instant may_connect_at() const { return may_connect_at_; }
  bool has_timed_out(Instant now) const { return next_deadline() <= now; }

  // The connection is gone, or the owner gives it up (then it says so to the network: `close`).
  // `lost` receives what was in flight, oldest first, without the handshake. `dice`: whose owner's
  // back-offs have a jitter.
  void on_disconnected(Instant now, const ChannelTimes& times, std::vector<InFlight>& lost,
                       Dice& dice) {
    lost.clear();
    for (const InFlight& request : in_flight_) {
      if (request.kind != MessageKind::ApiVersionsRequest) lost.push_back(request);
    }
    in_flight_.clear();
    // The set-up of a connection gets twice as long after it failed, up to its maximum
    // (ClusterConnectionStates.updateConnectionSetupTimeout).
    const bool was_set_up = state_ != State::connecting;
    setup_failures_ = was_set_up ? 0 : std::min(setup_failures_ + 1, most_setup_failures);
    setup_jitter_ = dice.jitter();
    state_ = State::disconnected;
    // Doubles from reconnect.backoff.ms up to its maximum; a constant one has no jitter
    // (ClusterConnectionStates.updateReconnectBackoff).
    const Duration backoff = std::min(times.reconnect_backoff_max,
                                      times.reconnect_backoff * (1 << std::min(failures_, 16)));
    if (backoff < times.reconnect_backoff_max) ++failures_;  // counts no further than it matters
    const bool is_constant = times.reconnect_backoff_max <= times.reconnect_backoff;
    may_connect_at_ =
        now + (is_constant ? backoff : dice.jitter().of(backoff, times.reconnect_backoff_max));
  }
  void close(Instant now, const ChannelTimes& times, std::vector<InFlight>& lost, Dice& dice,
             Outbox& out) {
    out.disconnect(peer_, lane_);
    on_disconnected(now, times, lost, dice);
  }
  // Of brokers, whose waits have no jitter.
  void on_disconnected(Instant now, const ChannelTimes& times, std::vector<InFlight>& lost) {
    Dice fixed;
    on_disconnected(now, times, lost, fixed);
  }
  void close(Instant now, const ChannelTimes& times, std::vector<InFlight>& lost, Outbox& out) {
    Dice fixed;
    close(now, times, lost, fixed, out);
  }

  // What its future depends on. What the tags of its requests stand for is its owner's to say.
  // Requests that are polls are sent again every `poll_period`.
  void hash_into(Fingerprint& print, Duration poll_period) const {
    print.add(state_, std::min(failures_, 16), setup_failures_);
    if (state_ == State::disconnected) print.deadline(may_connect_at_);
    if (state_ == State::connecting) print.deadline(setup_deadline_);
    print.add(in_flight_.size());
    for (const InFlight& request : in_flight_) {
      print.add(request.kind);
      is_poll(request.kind) ? print.poll(request.deadline, poll_period)
                            : print.deadline(request.deadline);
    }
  }

 private:
  // Simplified: the first attempt of all has no jitter.
  Duration setup_timeout(const ChannelTimes& times) const {
    if (times.setup_timeout_max <= times.setup_timeout) return times.setup_timeout_max;
    Duration wait = times.setup_timeout;
    for (int i = 0; i < setup_failures_ && wait < times.setup_timeout_max; ++i) wait *= 2;
    return setup_jitter_.of(std::min(wait, times.setup_timeout_max), times.setup_timeout_max);
  }

  static constexpr std::int32_t most_setup_failures = 16;
  NodeId peer_ = no_node;
  Lane lane_ = Lane::data;
  State state_ = State::disconnected;
  bool is_sending_ = false;
  std::int32_t failures_ = 0;
  std::int32_t setup_failures_ = 0;
  Jitter setup_jitter_;
  Instant setup_deadline_ = never;
  Instant may_connect_at_{};
  FlatVector<InFlight> in_flight_;
};

}  // namespace kafault
