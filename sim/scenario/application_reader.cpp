#include "sim/scenario/application_reader.hpp"

#include <array>

#include "sim/scenario/settings_reader.hpp"
#include "sim/scenario/values.hpp"

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t most_handled = 10'000'000;
constexpr std::array later_commits{"transaction"sv};

// { "is": "ack_count", "every": 20 }, { "is": "ack_time", "every": "5s" }
void read_pace(const Cursor& commit, ApplicationPlan& application) {
  application.commit_every = std::chrono::seconds(5);  // ackTime; ackCount is 1
  const std::optional<Cursor> every =
      commit.json().is_object() ? commit.find("every") : std::nullopt;
  if (!every) return;
  if (application.commit == CommitStrategy::ack_count) {
    application.commit_every_records =
        integer_at(*every, 1, most_handled).value_or(application.commit_every_records);
  } else if (application.commit == CommitStrategy::ack_time) {
    application.commit_every = duration_at(*every, Duration{1}).value_or(application.commit_every);
  } else {
    every->mistake_at_key("is for commit \"ack_count\" or \"ack_time\"");
  }
}

void read_on_timeout(const Cursor& commit, ApplicationPlan& application) {
  if (!commit.json().is_object()) return;
  read_choice(commit, "on_timeout", application.on_commit_timeout);
  const std::optional<Cursor> given = commit.find("on_timeout");
  if (given && application.commit != CommitStrategy::sync) {
    given->mistake_at_key("is for commit \"sync\"");
  }
}

void read_on_exception(const Cursor& group, ApplicationPlan& application) {
  const std::optional<Cursor> cursor = group.find("on_exception");
  if (!cursor) return;
  application.attempts = 0;
  const auto first = named_at<OnException>(*cursor, on_exception_format);
  if (!first) return;
  application.on_exception = *first;
  if (!cursor->json().is_object()) return;
  read_duration(*cursor, "backoff", application.backoff);
  read_integer(*cursor, "attempts", application.attempts, 1, 1'000'000);
  read_choice(*cursor, "then", application.then);
  for (const std::string_view key : {"backoff"sv, "attempts"sv, "then"sv}) {
    const std::optional<Cursor> given = cursor->find(key);
    if (given && !tries_again(*first)) given->mistake_at_key("is for \"retry\" and the seeks");
  }
  if (tries_again(application.then)) {
    cursor->find("then")->mistake("after the last attempt nothing is tried again");
  }
}

// What the application does where the scenario does not say: with Spring, its container's defaults
// (AckMode.BATCH, DefaultErrorHandler: ten attempts without a pause, then the record is logged).
ApplicationPlan application_of(ClientProfile client) {
  ApplicationPlan application;
  if (client != ClientProfile::spring) return application;
  application.commit = CommitStrategy::ack_batch;
  application.on_exception = OnException::seek;
  application.attempts = 10;
  return application;
}

}  // namespace

OffsetWrite read_offset_write(const Cursor& group, CommitStrategy commit) {
  bool conditional = true;
  const std::optional<Cursor> cursor = group.find("commit");
  if (cursor && cursor->json().is_object()) {
    read_flag(*cursor, "conditional", conditional);
    const std::optional<Cursor> key = cursor->find("conditional");
    if (key && commit != CommitStrategy::sink) key->mistake_at_key("is for commit \"sink\"");
  }
  if (commit != CommitStrategy::sink) return OffsetWrite::none;
  return conditional ? OffsetWrite::conditional : OffsetWrite::always;
}

ApplicationPlan read_application(const Cursor& group, ClientProfile client) {
  ApplicationPlan application = application_of(client);
  if (const auto cursor = group.find("commit")) {
    const auto commit = named_at<CommitStrategy>(*cursor, commit_format, later_commits);
    if (commit) application.commit = *commit;
    if (commit == CommitStrategy::stored && client != ClientProfile::librdkafka) {
      cursor->mistake("\"stored\" is what librdkafka does: \"client\": \"librdkafka\"");
    }
    read_pace(*cursor, application);
    read_on_timeout(*cursor, application);
  }
  const std::optional<Cursor> handling = group.find("handling");
  if (handling && check_object(*handling, handling_format)) {
    read_duration_range(*handling, "takes", application.takes_low, application.takes_high);
    read_integer(*handling, "window", application.window, 1, most_handled);
    read_choice(*handling, "rewrites", application.rewrites);
    read_integer(*handling, "workers", application.workers, 1, 1000);
  }
  read_choice(group, "on_revoke", application.on_revoke);
  read_on_exception(group, application);
  read_duration(group, "poll_timeout", application.poll_timeout, std::chrono::milliseconds(1));
  read_choice(group, "leave_on_close", application.leave_on_close);
  read_duration(group, "close_timeout", application.close_timeout, std::chrono::milliseconds(1));
  return application;
}

}  // namespace kafault
