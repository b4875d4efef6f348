#include "sim/cli/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>

#include "sim/cli/exit_code.hpp"
#include "sim/scenario/mistakes.hpp"

namespace kafault {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_write(const std::string& path) {
  const std::string why = errno == 0 ? "" : std::string(": ") + std::strerror(errno);
  throw CannotWrite(printable(path) + ": cannot write" + why);
}

void write_through(const fs::path& to, const std::string& data, const std::string& named) {
  errno = 0;
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  out.write(data.data(), static_cast<std::streamsize>(data.size()));
  out.close();
  if (!out) cannot_write(named);
}

}  // namespace

bool Session::wants_colour() const {
  if (options.colour != "auto") return options.colour == "always";
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (term != nullptr && std::strcmp(term, "dumb") == 0) return false;
  return streams.out_is_terminal && options.output.empty();
}

int Session::jobs() const {
  if (options.jobs > 0) return static_cast<int>(options.jobs);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void write_file(const std::string& path, const std::string& data) {
  std::error_code ignored;
  // A device or a pipe cannot be replaced; what a link points to is.
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && fs::is_directory(status)) {
    throw CannotWrite(printable(path) + ": cannot write: it is a directory");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_through(path, data, path);

  const fs::path target = fs::exists(status) ? fs::canonical(path, ignored) : fs::path(path);
  fs::path temporary = target;
  temporary += ".new-" + std::to_string(::getpid());
  try {
    write_through(temporary, data, path);
  } catch (const CannotWrite&) {
    fs::remove(temporary, ignored);
    throw;
  }
  if (fs::exists(status)) fs::permissions(temporary, status.permissions(), ignored);
  std::error_code failed;
  fs::rename(temporary, target, failed);
  if (!failed) return;
  fs::remove(temporary, ignored);
  throw CannotWrite(printable(path) + ": cannot write: " + failed.message());
}

void deliver(Session& session, const std::string& data) {
  if (!session.options.output.empty() && session.options.output != "-") {
    return write_file(session.options.output, data);
  }
  session.streams.out << data << std::flush;
  if (!session.streams.out) throw CannotWrite("standard output: cannot write");
}

}  // namespace kafault
