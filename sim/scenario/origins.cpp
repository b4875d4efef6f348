#include "sim/scenario/origins.hpp"

namespace kafault {
namespace {

Path joined(const Path& start, const Path& path, std::size_t from) {
  Path whole = start;
  for (std::size_t at = from; at < path.size(); ++at) whole.push_back(path[at]);
  return whole;
}

enum class Patched { no, partly, yes };
// Whether the patch sets what `path` points to, or only something below it.
Patched patches(const Json& patch, const Path& path) {
  const Json* node = &patch;
  for (const std::string& token : path) {
    if (!node->is_object()) return Patched::yes;  // a list or a value that replaces all below it
    const auto child = node->find(token);
    if (child == node->end()) return Patched::no;
    node = &*child;
  }
  return node->is_object() ? Patched::partly : Patched::yes;
}

}  // namespace

Origins::Found Origins::find(const Path& path, At at) const {
  for (auto it = layers_.rbegin(); it != layers_.rend(); ++it) {
    const Layer& layer = **it;
    if (layer.patch != nullptr) {
      const Patched patched = patches(*layer.patch, path);
      if (patched == Patched::yes || (patched == Patched::partly && !source_->contains(path))) {
        return {&layer, joined(layer.value_source, path, 0)};
      }
    } else if (begins_with(path, layer.target)) {
      const bool is_the_key = at == At::key && path.size() == layer.target.size();
      if (is_the_key) return {&layer, layer.key_source};
      return {&layer, joined(layer.value_source, path, layer.target.size())};
    } else if (begins_with(layer.target, path) && !source_->contains(path)) {
      return {&layer, layer.key_source};  // an object that exists only for its sake
    }
  }
  return {nullptr, path};
}

std::string Origins::place(const Path& path) const {
  const Found found = find(path, At::value);
  if (found.layer != nullptr && !found.layer->option.empty()) {
    return found.layer->option + " " + pointer_of(path);
  }
  if (found.layer != nullptr && !found.layer->file.empty()) {
    return found.layer->file + " " + pointer_of(path);
  }
  return pointer_of(found.source);
}

void Origins::report(const Path& path, At at, std::string_view message, Mistakes& mistakes) const {
  if (mistakes.full()) return;
  const Found found = find(path, at);
  const std::string pointer = pointer_of(path);
  if (found.layer == nullptr) {
    const Position position = at == At::key ? source_->key_at(path) : source_->value_at(path);
    mistakes.add(position, pointer, message);
    return;
  }
  const std::string with_pointer = pointer + ": " + std::string(message);
  if (!found.layer->option.empty()) {
    const bool says_it = found.layer->option.find(pointer) != std::string::npos;
    mistakes.add_outside(found.layer->option, says_it ? message : with_pointer);
    return;
  }
  if (!found.layer->file.empty()) {
    const Layer& layer = *found.layer;
    const bool is_it = begins_with(path, layer.target);
    mistakes.add_in(layer.file, at == At::key ? layer.key_at : layer.value_at,
                    is_it ? layer.target.back() + ": " + std::string(message) : with_pointer);
    return;
  }
  const bool at_key = at == At::key && found.layer->patch != nullptr;
  const Position position =
      at_key ? source_->key_at(found.source) : source_->value_at(found.source);
  mistakes.add(position, pointer_of(found.source), with_pointer);
}

std::string Origins::writer_of(const Path& path) const {
  const Found found = find(path, At::value);
  if (found.layer != nullptr) return found.layer->name;
  return source_->contains(path) ? "file" : "";
}

}  // namespace kafault
