// Where handled records take effect. A sink decides whether a second handling of a record shows.
#pragma once

#include <array>
#include <cstdint>

#include "sim/protocol/setting.hpp"

namespace kafault {

enum class SinkKind : std::uint8_t {
  append,     // every handling shows: a log file, an e-mail, a counter
  upsert,     // one row per record's business key: a second handling rewrites it
  unique_id,  // the producer's record id is a unique key: a second insert is refused
};
template <>
struct Spellings<SinkKind> {
  static constexpr std::array<Spelling<SinkKind>, 3> all{{{"append", SinkKind::append},
                                                          {"upsert", SinkKind::upsert},
                                                          {"unique_id", SinkKind::unique_id}}};
};

// Whether a repeated handling of a record leaves a second effect.
constexpr bool shows_repeats(SinkKind kind) { return kind == SinkKind::append; }

}  // namespace kafault
