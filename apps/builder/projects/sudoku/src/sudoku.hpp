// A grid -> its solutions.
#pragma once
#include <cstdint>
#include <vector>

#include "grid.hpp"

struct Answer {
  std::vector<Grid> solutions;
  /// Nodes of the search.
  uint64_t visited = 0;
};

/// At most `limit` solutions.
Answer solve(const Grid &grid, size_t limit);
