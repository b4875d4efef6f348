// What a consuming application does, from a group's entry in a scenario: when it commits, how it
// handles, what follows an exception.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "sim/client/application.hpp"
#include "sim/client/client_profile.hpp"
#include "sim/scenario/cursor.hpp"
#include "sim/scenario/format.hpp"
#include "sim/sink/sinks.hpp"

namespace kafault {

// "name" or { "is": "name" }.
template <class Enum>
std::optional<Enum> named_at(const Cursor& cursor, const ObjectFormat& format,
                             std::span<const std::string_view> later = {}) {
  if (!cursor.json().is_object()) return choice_at<Enum>(cursor, later);
  if (!check_object(cursor, format)) return std::nullopt;
  const std::optional<Cursor> is = cursor.find("is");
  if (is) return choice_at<Enum>(*is, later);
  cursor.mistake("\"is\" is missing: the name of " + std::string(format.is));
  return std::nullopt;
}

ApplicationPlan read_application(const Cursor& group, ClientProfile client);

// Whether the sink keeps the group's offsets: { "is": "sink", "conditional": false }.
OffsetWrite read_offset_write(const Cursor& group, CommitStrategy commit);

}  // namespace kafault
