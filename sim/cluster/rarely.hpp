// What is done rarely in functions that run at every event: kept out of line, so that these need no
// registers for it.
#pragma once

namespace kafault {

template <class List>
[[gnu::noinline]] void append_rarely(List& items, const typename List::value_type& item) {
  items.push_back(item);
}

}  // namespace kafault
