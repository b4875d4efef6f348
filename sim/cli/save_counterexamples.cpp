#include "sim/cli/save_counterexamples.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <ostream>
#include <vector>

#include "reports/text.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/load.hpp"
#include "sim/explore/parallel.hpp"
#include "sim/scenario/mistakes.hpp"

namespace kafault {
namespace {

namespace fs = std::filesystem;

struct Found {
  Counterexample counterexample;
  const Combination* combination;
  Promise promise;
};

// Two settings that only differ in characters that are not safe: "-2" behind the second.
void tell_apart(std::vector<CounterexampleFile>& files) {
  std::map<std::string, int> seen;
  for (CounterexampleFile& file : files) {
    const int times = ++seen[file.name];
    if (times == 1) continue;
    file.name.insert(file.name.size() - std::string(".json").size(), "-" + std::to_string(times));
  }
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<CounterexampleFile> files_of(Session& session, const Scenario& scenario,
                                         const std::vector<Found>& found) {
  std::vector<CounterexampleFile> files(found.size());
  std::atomic<std::size_t> next{0};
  in_parallel(session.jobs(), [&](int) {
    for (std::size_t i = next++; i < found.size(); i = next++) {
      const Counterexample small = shrink(found[i].counterexample, found[i].promise);
      files[i] = file_of(small, found[i].promise, scenario, *found[i].combination);
    }
  });
  tell_apart(files);
  return files;
}

void save(Session& session, const std::vector<CounterexampleFile>& files) {
  const std::string& folder = session.options.save;
  const auto path_of = [&](const CounterexampleFile& file) {
    return (fs::path(folder) / file.name).string();
  };
  for (const CounterexampleFile& file : files) {
    const std::string path = path_of(file);
    if (is_there(path) && read_input(path, session.streams.in) != file.text) {
      throw CannotWrite(printable(path) + ": is there and says something else; nothing was saved");
    }
  }
  for (const CounterexampleFile& file : files) {
    if (!is_there(path_of(file))) write_file(path_of(file), file.text);
  }
  session.streams.err << count_of(files.size(), "counterexample") << " in " << clean(folder)
                      << '\n';
}

}  // namespace

void prepare_folder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw CannotWrite(printable(folder) + ": cannot make it: " + failed.message());
  if (!fs::is_directory(folder, failed)) {
    throw CannotWrite(printable(folder) + ": cannot write: it is no directory");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw CannotWrite(printable(folder) + ": cannot write: " + std::strerror(errno));
  }
}

void save_counterexamples(Session& session, const Scenario& scenario,
                          const ExplorationResult& result) {
  std::vector<Found> found;
  std::size_t unconfirmed = 0;
  for (const ExploredCombination& explored : result.combinations) {
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      if (!explored.counterexample(promise)) continue;
      const std::optional<Counterexample>& confirmation = explored.confirmation(promise);
      if (confirmation) {
        found.push_back({*confirmation, &scenario.combinations[explored.combination], promise});
      } else {
        ++unconfirmed;
      }
    }
  }
  save(session, files_of(session, scenario, found));
  if (unconfirmed > 0) {
    session.streams.err << count_of(unconfirmed, "counterexample")
                        << " not saved: no ordinary run was found that shows the same\n";
  }
}

void shrink_failing_runs(Session& session, const Scenario& scenario) {
  std::vector<Found> found;
  for (const Combination& combination : scenario.combinations) {
    if (session.was_interrupted()) break;
    const std::optional<Counterexample> failing = failing_run(scenario, combination);
    if (!failing) continue;
    for (const auto& [name, promise] : Spellings<Promise>::all) {
      const bool is_broken = (failing->broken >> static_cast<unsigned>(promise) & 1U) != 0;
      if (is_broken) found.push_back({*failing, &combination, promise});
    }
  }
  std::ostream& err = session.streams.err;
  if (found.empty()) {
    err << clean(scenario.file_name) << ": no run breaks a promise\n";
    return;
  }
  if (!session.options.save.empty()) {
    return save(session, files_of(session, scenario, found));
  }
  if (found.size() > 1) {
    err << "the first of " << count_of(found.size(), "counterexample")
        << "; --save DIR writes all of them\n";
    found.resize(1);
  }
  deliver(session, files_of(session, scenario, found).front().text);
}

}  // namespace kafault
