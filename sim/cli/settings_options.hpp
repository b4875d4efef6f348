// --producer-config, --consumer-config, --topic-config, --broker-config: files of Kafka's settings.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/scenario/read_options.hpp"

namespace kafault {

// The files, read; brokers first, then topics, producers and consumers. Throws UsageError for an
// option without a file, NoInput for a file that cannot be read.
std::vector<SettingsFile> settings_files(const Options& options);

// The same options as they would be written again: " --producer-config shop=producer.properties".
// Of -X those that are no secrets.
std::string settings_words(const Options& options);

}  // namespace kafault
