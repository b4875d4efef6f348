// The application of a producer: the code that calls send(), and what happens inside send().
#include <algorithm>

#include "sim/client/producer.hpp"

namespace kafault {

namespace {

// How many records are due, if they follow each other every `every` and the next was due `late`
// ago.
std::int64_t count_due(Duration late, Duration every) {
  return every == Duration{} ? INT64_MAX : late / every + 1;
}

}  // namespace

// When a record that was never sent is due.
Instant Producer::due_at(std::int64_t record) const {
  if (!schedule_.empty()) return schedule_.at(record).due;
  return paced_from_ + sends_->every * (record - paced_from_record_);
}

// Of an application that has not sent all.
Producer::Due Producer::next_due(Instant now) const {
  if (sends_->wait && undecided_ > 0) return {};  // send().get()
  if (!resends_.empty()) {
    const SendLog::Run& run = resends_[next_resend_];
    return {run.record, sends_->wait ? 1 : run.count, true};
  }
  if (is_flushing()) return {};
  const Instant due = due_at(next_record_);
  if (due > now) return {};
  if (!schedule_.empty()) return {next_record_, 1, false};
  const std::int64_t left = until_flush(sends_->records - next_record_);
  const std::int64_t count = std::min(left, count_due(now - due, sends_->every));
  return {next_record_, sends_->wait ? 1 : count, false};
}

// Of an application that has not sent all, or is inside send().
Instant Producer::next_turn_after(Instant now) const {
  Instant due = blocked_until_;
  if (due == never) {
    if ((sends_->wait && undecided_ > 0) || is_flushing()) return never;
    due = due_at(next_record_);
  }
  return due > now ? due : never;
}

void Producer::run_application(Instant now, Outbox& out) {
  while (!has_sent_all() && send_next(now, out)) {
  }
  if (!has_sent_all() || is_closing_) return;
  if (sends_->exits_when_sent) return exit(out);
  if (sends_->close_timeout < forever && !is_flushing()) begin_close(now);
}

// How many of `records` go out before the next flush().
// Simplified: flush() also waits for what a callback sends again meanwhile.
std::int64_t Producer::until_flush(std::int64_t records) const {
  if (sends_->flush_every == 0) return records;
  const std::int64_t every = flush_at_ == next_record_ ? sends_->flush_every : 0;
  return std::min(records, flush_at_ + every - next_record_);
}

// It waits for all that is undecided when it is called, pieces of batches included.
void Producer::begin_flush() {
  BatchPool& pool = accumulator_.pool();
  for (BatchIndex index = 0; index < pool.all().size(); ++index) pool[index].is_unawaited = false;
  unawaited_ = 0;
}

// In millionths; 0: nothing is compressed. Simplified: every record compresses alike, whatever its
// neighbours are.
std::int64_t Producer::compressed_to(const ProducerConfig& config, const Workload& sends) {
  if (config.compression == CompressionType::none || sends.compressed_size == 0) return 0;
  constexpr std::int64_t million = 1'000'000;
  return std::int64_t{sends.compressed_size} * million /
         (sends.size + std::int64_t{record_overhead});
}

// Into the partition's current batch, or a new one; 0 if there is no memory for one.
[[gnu::always_inline]] inline std::uint32_t Producer::append(const Due& due, std::size_t p,
                                                             std::uint32_t record_bytes,
                                                             Instant now) {
  const SendNumber next = send_log_.next(p);
  ProducerBatch* batch = accumulator_.growing(p, next);
  std::uint32_t room = batch == nullptr ? 0 : accumulator_.room(*batch, record_bytes);
  std::uint32_t opened_bytes = 0;
  if (room == 0) {
    const std::uint32_t buffer = accumulator_.buffer_for(record_bytes);
    if (!accumulator_.has_memory(buffer)) return 0;
    batch = &accumulator_.open(p, next, buffer, now);
    if (!loose_buffers_.empty()) take_free_buffer(accumulator_.partition(p).queue.back());
    is_sender_awake_ = true;  // RecordAppendResult.newBatchCreated
    room = accumulator_.room(*batch, record_bytes);
    opened_bytes = batch_overhead;
  }
  const std::uint32_t count = contiguous(due, p, room);
  accumulator_.append(*batch, count, record_bytes);
  if (is_sticky_) {
    stick(std::int64_t{count} * record_bytes + opened_bytes, accumulator_.is_full(*batch));
  }
  return count;
}

// One turn of the application: due records of one size, each time as many as go to one partition's
// current batch. False if nothing is due or send() blocks.
bool Producer::send_next(Instant now, Outbox& out) {
  Due due = next_due(now);
  if (due.count == 0) return false;
  const std::uint32_t record_bytes = bytes_of(due.record);
  if (!metadata_.is_known()) return wait_or_fail(Error::timeout_exception, due, now, out);
  // waitOnMetadata: an operator may add it, or has deleted the topic.
  if (std::max(sends_->partition, 0) >= metadata_.partitions()) {
    metadata_.request_update();
    return wait_or_fail(Error::timeout_exception, due, now, out);
  }
  if (!schedule_.empty() && !due.is_resend && schedule_.at(due.record).is_passed_over) {
    return pass_over(due, now, out);
  }

  std::size_t p = choose_partition(due.record);
  if (record_bytes > static_cast<std::uint32_t>(config_->max_request_size) ||
      !accumulator_.can_ever_open(accumulator_.buffer_for(record_bytes))) {
    fail_send(Error::record_too_large, due, p, now, out);
    return true;
  }
  for (keep_one_size(due);; p = is_sticky_ ? sticky_partition() : choose_partition(due.record)) {
    const std::uint32_t count = append(due, p, record_bytes, now);
    if (count == 0) {
      waits_for_memory_ = true;
      return wait_or_fail(Error::buffer_exhausted, due, now, out);
    }
    stop_blocking();
    note_sent_here(p, send_log_.append(p, due.record, count), count, due.record, now, out);
    undecided_ += count;
    advance(due, count);
    due.record += count;
    due.count -= count;
    // The rows of an outbox differ in size, and in where they go.
    if (due.count == 0 || !schedule_.empty()) return true;
  }
}

// Its transaction commits, and nobody will ever look for it: to the application it is as good as
// sent.
bool Producer::pass_over(const Due& due, Instant now, Outbox& out) {
  const std::size_t p = choose_partition(due.record);
  const SendNumber number = send_log_.append(p, due.record, 1);
  advance(due, 1);
  note_sent(p, number, 1, due.record, now, out);
  note_sends(ObservationKind::RecordAcked, p, number, 1, Error::none, 0, no_offset, out);
  return true;
}

std::size_t Producer::choose_partition(std::int64_t record) {
  if (is_outlet()) return static_cast<std::size_t>(forwards_[static_cast<std::size_t>(record)].to);
  if (sends_->partition >= 0) return static_cast<std::size_t>(sends_->partition);
  // A record that waited in vain for a topic that is gone would have gone to one all the same.
  const std::int32_t partitions = std::max(metadata_.partitions(), 1);
  if (sends_->keys != 0) {
    return static_cast<std::size_t>(partition_of_record(row_of(record), sends_->keys, partitions));
  }
  const auto available = [&](std::int32_t q) { return is_available(static_cast<std::size_t>(q)); };
  sticky_.begin(partitions, available, dice_);
  // The batch that kept us here may have been sent meanwhile (RecordAccumulator.partitionChanged).
  stick(0, accumulator_.all_batches_full(sticky_partition()));
  return sticky_partition();
}

// So many bytes went to the partition that the partitioner sticks to, and perhaps leaves now.
void Producer::stick(std::int64_t bytes, bool all_batches_full) {
  if (!sticky_.produced(bytes, all_batches_full)) return;
  sticky_.advance(
      std::max(metadata_.partitions(), 1),
      [&](std::int32_t q) { return is_available(static_cast<std::size_t>(q)); }, dice_);
}

// Only those of the due records that have the size of the first.
void Producer::keep_one_size(Due& due) const {
  const auto end_before = [&](std::int64_t other) {
    if (other > due.record) due.count = std::min(due.count, other - due.record);
  };
  if (due.record == sends_->large_record) due.count = 1;
  end_before(sends_->large_record);
  end_before(sends_->tombstones_from);
  end_before(sends_->tombstones_to);
}

// How many of the due records, which are of one size, go to partition `p` in a row, at most `room`.
std::uint32_t Producer::contiguous(const Due& due, std::size_t p, std::uint32_t room) const {
  const auto limit = static_cast<std::uint32_t>(std::min<std::int64_t>(due.count, room));
  if (is_sticky_) {
    // Until the sticky partition is left, and at least one.
    const std::int64_t left = sticky_.bytes_left();
    if (std::int64_t{limit - 1} * record_bytes_ < left) return limit;
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>((left - 1) / record_bytes_ + 1, 1, limit));
  }
  if (is_outlet()) return 1;
  if (sends_->partition >= 0) return limit;
  const std::int32_t partitions = metadata_.partitions();
  std::uint32_t count = 1;
  while (count < limit && static_cast<std::size_t>(partition_of_record(
                              due.record + count, sends_->keys, partitions)) == p) {
    ++count;
  }
  return count;
}

// send() waits at most max.block.ms for metadata and for memory together. True if it gave up.
bool Producer::wait_or_fail(Error error, const Due& due, Instant now, Outbox& out) {
  if (blocked_until_ == never) blocked_until_ = now + config_->max_block;
  if (now < blocked_until_) return false;
  stop_blocking();
  const std::size_t p = metadata_.is_known() || sends_->partition >= 0 || is_outlet()
                            ? choose_partition(due.record)
                            : 0;
  fail_send(error, due, p, now, out);
  return true;
}

// The first due record fails inside send(): it never reaches the accumulator.
void Producer::fail_send(Error error, const Due& due, std::size_t p, Instant now, Outbox& out) {
  const SendNumber number = send_log_.append(p, due.record, 1);
  advance(due, 1);
  note_sent(p, number, 1, due.record, now, out);
  ++failures_;
  note_sends(ObservationKind::RecordFailed, p, number, 1, error, 0, no_offset, out);
  // Simplified: an application does not try again what fails without time passing.
  const bool takes_time = error != Error::record_too_large && config_->max_block > Duration{};
  if (takes_time || sends_->on_error == OnError::stop) on_records_failed(p, number, 1);
}

void Producer::advance(const Due& due, std::uint32_t count) {
  if (!due.is_resend) {
    if (next_record_ == flush_at_) flush_at_ += sends_->flush_every;  // flush() has returned
    next_record_ += count;
    if (next_record_ == flush_at_ && unawaited_ > 0) begin_flush();
    return;
  }
  SendLog::Run& run = resends_[next_resend_];
  run.record += count;
  run.count -= count;
  if (run.count > 0) return;
  if (++next_resend_ == resends_.size()) {
    resends_.clear();
    next_resend_ = 0;
  }
}

// The callback got an exception. Simplified: a send() in a callback that finds no memory waits in
// line before the application's other records; it does not block the Sender's thread.
void Producer::on_records_failed(std::size_t p, SendNumber first, std::uint32_t count) {
  if (sends_->on_error == OnError::stop) {
    has_stopped_ = true;
    stop_blocking();
  }
  if (sends_->on_error != OnError::resend || is_closing_) return;
  send_log_.for_each(p, first, count, [&](const SendLog::Run& run) { resends_.push_back(run); });
}

SendNumber Producer::forward(const Forwarded& record, Instant now, Outbox& out, Dice dice) {
  KAFAULT_REQUIRE(is_outlet());
  const bool has_nothing_left = undecided_ == 0 && next_resend_ == resends_.size();
  if (has_nothing_left) forwards_.clear();
  SendNumber number = send_log_.next(static_cast<std::size_t>(record.to));
  for (std::size_t i = next_resend_; i < resends_.size(); ++i) {
    const Forwarded& before = forwards_[static_cast<std::size_t>(resends_[i].record)];
    if (before.to == record.to) ++number;
  }
  resends_.push_back({0, 1, static_cast<std::int64_t>(forwards_.size())});
  forwards_.push_back(record);
  is_running_ ? run(now, out) : start(now, out, dice);
  return number;
}

[[gnu::always_inline]] inline void Producer::note_sent_here(std::size_t p, SendNumber first,
                                                            std::uint32_t count,
                                                            std::int64_t record, Instant now,
                                                            Outbox& out) const {
  if (is_outlet()) {
    note_forwarded(p, first, count, record, out);
  } else {
    out.note({.kind = ObservationKind::RecordSent,
              .partition = partition_id(p),
              .producer = index_,
              .first = first,
              .count = count,
              .value = row_of(record)});
  }
  if (out.contents() != nullptr) fill_in(p, first, count, record, now, out);
}

void Producer::note_sent(std::size_t p, SendNumber first, std::uint32_t count, std::int64_t record,
                         Instant now, Outbox& out) const {
  note_sent_here(p, first, count, record, now, out);
}

// What its records contain, where anybody looks at that.
void Producer::fill_in(std::size_t p, SendNumber first, std::uint32_t count, std::int64_t record,
                       Instant now, Outbox& out) const {
  out.contents()->sent(index_, partition_id(p), first, count, is_outlet() ? -1 : row_of(record),
                       now);
}

void Producer::note_forwarded(std::size_t p, SendNumber first, std::uint32_t count,
                              std::int64_t record, Outbox& out) const {
  const Forwarded& read = forwards_[static_cast<std::size_t>(record)];
  out.note({.kind = ObservationKind::RecordForwarded,
            .partition = partition_id(p),
            .producer = index_,
            .first = first,
            .count = count,
            .epoch = read.producer,
            .offset = read.send,
            .value = read.partition});
}

void Producer::note_sends(ObservationKind kind, std::size_t p, SendNumber first,
                          std::uint32_t count, Error error, std::int64_t value, Offset offset,
                          Outbox& out) const {
  out.note({.kind = kind,
            .error = error,
            .partition = partition_id(p),
            .producer = index_,
            .first = first,
            .count = count,
            .offset = offset,
            .value = value});
}

// With which record a restarted application goes on, if `undecided` is the first whose outcome it
// never learnt. All flush() says is that those before were decided.
std::int64_t Producer::restart_at(std::int64_t undecided) const {
  switch (sends_->on_restart) {
    case OnRestart::after_sent:
      return next_record_;
    case OnRestart::after_flushed:
      return undecided - (undecided - paced_from_record_) % sends_->flush_every;
    default:
      return undecided;
  }
}

// The first record whose outcome the application has not learnt.
std::int64_t Producer::first_undecided_record() const {
  std::int64_t record = next_record_;
  const auto consider = [&](const SendLog::Run& run) { record = std::min(record, run.record); };
  for (const ProducerBatch& batch : accumulator_.pool().all()) {
    if (!batch.is_live || batch.is_done) continue;
    send_log_.for_each(static_cast<std::size_t>(batch.partition), batch.first, batch.count,
                       consider);
  }
  for (std::size_t i = next_resend_; i < resends_.size(); ++i) consider(resends_[i]);
  return record;
}

}  // namespace kafault
