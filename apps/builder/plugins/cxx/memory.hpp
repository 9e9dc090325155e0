// Values of the contract <-> C++: what is given is looked at where it is, what is answered is copied into the host's memory.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin.h"

inline std::string_view view(text_t text) { return {text.data, text.length}; }
inline text_t text(std::string_view own) { return tenon_text_bytes(own.data(), own.size()); }
inline option_text_t none() { return {false, {nullptr, 0}}; }
inline option_text_t some(std::string_view own) { return {true, text(own)}; }

/// A list of the contract, of what `make` gives for each of our own.
template <typename List, typename Own, typename Make>
List list(const std::vector<Own> &from, Make make) {
  List to{};
  using Item = std::remove_pointer_t<decltype(to.items)>;
  to.items = static_cast<Item *>(tenon_alloc(from.size() * sizeof(Item)));
  if (to.items == nullptr) throw tenon_failure();
  for (const Own &one : from) to.items[to.length++] = make(one);
  return to;
}
