// Replication allocates nothing once it is warm, and nothing per run after the first.

#include <gtest/gtest.h>

#include <vector>

#include "sim/broker/broker.hpp"
#include "tests/broker/postman.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using namespace std::chrono_literals;

// A leader and its two followers, carried by hand without any bookkeeping of its own.
class Trio {
 public:
  Trio() {
    layout_.topics.push_back({"orders", 0, 1});
    layout_.partitions.push_back({0, 0, {1, 2, 3}});
    for (NodeId id = 1; id <= 3; ++id)
      brokers_.emplace_back(id, &config_, &topics_, &layout_, &version_);
  }

  void run() {
    messages_.reset();
    mail_.clear();
    for (Broker& broker : brokers_) broker.reset();
    for (NodeId id = 1; id <= 3; ++id) {
      brokers_[static_cast<std::size_t>(id) - 1].start_settled(Instant{}, out_);
      take_mail(id);
    }
    deliver_all(Instant{});
    for (SendNumber i = 0; i < 1000; i += 4) {
      const Instant now{1ms * i};
      request_.acks = Acks::all;
      request_.timeout = 30s;
      request_.clear();
      request_.entries.push_back({0, idempotent_batch(i, 4)});
      brokers_[0].on(request_, RequestHandle{100, Lane::data, 0}, now, out_);
      take_mail(1);
      deliver_all(now);
    }
  }

  Offset committed() const { return brokers_[0].high_watermark(0); }

 private:
  struct Mail {
    NodeId from;
    Effect effect;
  };

  void take_mail(NodeId from) {
    for (const Effect& effect : out_.effects()) {
      if (effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::reply) {
        mail_.push_back({from, effect});
      }
    }
    out_.clear();
  }

  void deliver_all(Instant now) {
    for (std::size_t i = 0; i < mail_.size(); ++i) {
      const Mail mail = mail_[i];
      if (mail.effect.to <= 3) {
        Broker& to = brokers_[static_cast<std::size_t>(mail.effect.to) - 1];
        if (mail.effect.kind == Effect::Kind::send) {
          to.on(messages_.of<FetchRequest>()[mail.effect.slot],
                RequestHandle{mail.from, Lane::replication, 0}, now, out_);
        } else {
          to.on(messages_.of<FetchResponse>()[mail.effect.slot], mail.from, now, out_);
        }
        take_mail(mail.effect.to);
      }
      messages_.give_back(mail.effect.message, mail.effect.slot);
    }
    mail_.clear();
  }

  BrokerConfig config_;
  std::vector<TopicConfig> topics_{{}};
  ClusterLayout layout_;
  VersionProfile version_;
  MessageStore messages_;
  GroupJournal journal_;
  Outbox out_{messages_, journal_};
  std::vector<Broker> brokers_;
  std::vector<Mail> mail_;
  ProduceRequest request_;
};

TEST(BrokerAllocations, AreNoneOnceWarm) {
  Trio trio;
  trio.run();
  ASSERT_EQ(trio.committed(), 1000);

  const test::AllocationCounter allocations;
  trio.run();

  EXPECT_EQ(allocations.count(), 0U);
  EXPECT_EQ(trio.committed(), 1000);
}

}  // namespace
}  // namespace kafault
