// Settings as clients and brokers are given them, in .properties files and with -X, laid over a
// scenario's document.
#pragma once

#include <vector>

#include "sim/scenario/cursor.hpp"
#include "sim/scenario/read_options.hpp"

namespace kafault {

struct SettingOverride {
  Json value;
  Layer layer;  // where it goes, and who says it
};

// One for each place of each setting that the model uses, in the order in which they count. All
// that is wrong with the files is reported. What the model does not use is never put into a
// document: it may be a secret.
std::vector<SettingOverride> settings_from_outside(const ReadOptions& options, const Json& document,
                                                   Reading& reading);

}  // namespace kafault
