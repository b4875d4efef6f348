// What is done rarely in functions that run at every event: kept out of line, so that these need no
// registers for it.
#pragma once

#include <vector>

namespace kafault {

template <class Item>
[[gnu::noinline]] void append_rarely(std::vector<Item>& items, const Item& item) {
  items.push_back(item);
}

}  // namespace kafault
