#include "sim/drive/guarded_run.hpp"

#include "sim/kernel/contract.hpp"

namespace kafault {

template <class Step>
void GuardedRun::guard(Step&& step) {
  try {
    step();
    const std::vector<std::string>& violations = run_.run().violations();
    if (!violations.empty()) violation_ = violations.front();
  } catch (const ContractViolation& broken) {
    violation_ = broken.what();
  }
}

void GuardedRun::strike(std::size_t option) {
  guard([&] { run_.strike(option); });
}

bool GuardedRun::advance() {
  if (is_broken()) return false;
  bool has_advanced = true;  // also a step that breaks is one
  guard([&] { has_advanced = run_.advance(); });
  return has_advanced;
}

// All that are broken have the same future: none.
std::uint64_t GuardedRun::fingerprint() {
  constexpr std::uint64_t of_the_broken = 0x9e3779b97f4a7c15;
  return is_broken() ? of_the_broken : run_.fingerprint();
}

std::uint32_t GuardedRun::broken() const {
  if (is_broken()) return std::uint32_t{1} << our_bug;
  return run_.broken() | (run_.failed_send() ? std::uint32_t{1} << kafault::failed_send : 0);
}

}  // namespace kafault
