// Makes a script smaller while something stays true of its run: what is left says more.
#pragma once

#include <functional>

#include "sim/explore/exploration.hpp"

namespace kafault {

// `holds` runs a candidate and says whether it still shows what is looked for; it must be false of
// a script that cannot be played, and true of this one. In the result every misfortune is needed,
// none could strike at an earlier step instead (in the same order and with the same option), and
// none could be an earlier option of its moment. It need not be the smallest there is.
Script shrink(Script script, const std::function<bool(const Script&)>& holds);

}  // namespace kafault
