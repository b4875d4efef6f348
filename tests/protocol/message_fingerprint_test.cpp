#include "sim/protocol/message_fingerprint.hpp"

#include <gtest/gtest.h>

namespace kafault {
namespace {

template <class... Message>
std::uint64_t look(const Message&... message) {
  Fingerprint print;
  print.begin({});
  (hash_into(print, message), ...);
  return print.value();
}

JoinGroupResponse joined(std::initializer_list<MemberId> ids) {
  JoinGroupResponse response;
  response.leader = response.member = *ids.begin();
  for (const MemberId id : ids) response.members.emplace_back().id = id;
  return response;
}

TEST(MessageFingerprint, RenamesMembersAndKeepsTheirOrder) {
  EXPECT_EQ(look(joined({1, 2})), look(joined({100007, 100012})));
  EXPECT_NE(look(joined({1, 2})), look(joined({2, 1})));
  EXPECT_NE(look(joined({1, 2})), look(joined({1, 2, 3})));
}

// A number that returns is the same thing again.
TEST(MessageFingerprint, FollowsANumberFromOneMessageToTheNext) {
  const auto beat = [](MemberId id) { return HeartbeatRequest{0, 1, id}; };
  EXPECT_EQ(look(beat(1), beat(2), beat(1)), look(beat(4), beat(9), beat(4)));
  EXPECT_NE(look(beat(1), beat(2), beat(1)), look(beat(1), beat(2), beat(2)));
}

TEST(MessageFingerprint, TellsIncarnationsOfDifferentBrokersApart) {
  const auto registration = [](NodeId broker, std::uint32_t incarnation) {
    return BrokerRegistrationRequest{broker, incarnation, -1};
  };
  EXPECT_EQ(look(registration(1, 1), registration(2, 1)),
            look(registration(1, 4), registration(2, 2)));
  EXPECT_NE(look(registration(1, 1), registration(1, 1)),
            look(registration(1, 1), registration(1, 2)));
}

TEST(MessageFingerprint, SeesBatchesByTheirEntriesAndGroupRecordsByWhatTheySay) {
  GroupJournal journal;
  for (const Offset offset : {5, 5, 6}) journal.emplace_back().offset = offset;
  const auto look_at = [&](std::int32_t record, std::uint32_t count) {
    FetchResponse response;
    response.batches.push_back({.count = count, .group_record = record});
    response.entries.push_back({.partition = 0, .batch_count = 1});
    Fingerprint print;
    print.begin({});
    hash_into(print, response, journal);
    return print.value();
  };
  EXPECT_EQ(look_at(0, 1), look_at(1, 1));
  EXPECT_NE(look_at(0, 1), look_at(2, 1));
  EXPECT_NE(look_at(0, 1), look_at(-1, 1));
  EXPECT_NE(look_at(0, 1), look_at(0, 2));
}

TEST(MessageFingerprint, SeesEveryKindOfFetch) {
  FetchRequest request;
  request.entries.push_back({0, 7, 1, 1});
  FetchRequest further = request;
  further.entries[0].fetch_offset = 8;
  FetchRequest elsewhere = request;
  elsewhere.entries[0].partition = 1;
  FetchRequest patient = request;
  patient.max_wait = std::chrono::milliseconds(1);

  EXPECT_NE(look(request), look(further));
  EXPECT_NE(look(request), look(elsewhere));
  EXPECT_NE(look(request), look(patient));
}

}  // namespace
}  // namespace kafault
