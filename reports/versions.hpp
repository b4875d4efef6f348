// What Kafka's versions differ in, as a person or a program reads it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "reports/sheet.hpp"
#include "sim/scenario/versions.hpp"

namespace kafault {

struct VersionSheet {
  std::vector<std::string> versions;
  std::vector<VersionLine> lines;  // with one value per version
};

// Everything of all versions; or of those named, where they differ.
VersionSheet versions_of(const std::vector<std::string>& named);

Sheet sheet_of(const VersionSheet& versions);
// kind, name, the versions, meaning, source
void write_csv(std::ostream& out, const VersionSheet& versions);
void write_json(std::ostream& out, const VersionSheet& versions);

}  // namespace kafault
