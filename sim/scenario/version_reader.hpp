// Which Kafka versions a scenario speaks of: that of its brokers, that of each client, and the
// switches that it turns by hand.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/cursor.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {

class VersionReader {
 public:
  // Reads "kafka" and "switches"; mistakes are reported.
  explicit VersionReader(const Cursor& root);

  // Of controller and brokers.
  VersionDefaults brokers() const { return turned(*brokers_); }
  // Of a producer or a group, by its "client": the brokers' version unless it names its own. What
  // client it is, is read by `read_name(cursor)`, if it is said.
  template <class ReadName>
  VersionDefaults client_of(const Cursor& owner, ReadName&& read_name) const;

 private:
  const VersionDefaults& version_of(const Cursor& client) const;
  VersionDefaults turned(const VersionDefaults& row) const;
  void read_switches(const Cursor& root);

  const VersionDefaults* brokers_;
  std::vector<std::pair<std::string_view, bool>> switches_;
};

template <class ReadName>
VersionDefaults VersionReader::client_of(const Cursor& owner, ReadName&& read_name) const {
  const std::optional<Cursor> client = owner.find("client");
  if (!client) return turned(*brokers_);
  if (!client->json().is_object()) {
    read_name(*client);
    return turned(*brokers_);
  }
  if (const auto is = client->find("is")) read_name(*is);
  return turned(version_of(*client));
}

}  // namespace kafault
