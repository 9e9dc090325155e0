#include "sudoku.hpp"

#include "cover.hpp"

namespace {

struct Placement {
  int row, column, digit;
};

// Every cell has one digit; every row, column and box has each digit once.
std::vector<int> constraints(const Placement &placement) {
  const auto [row, column, digit] = placement;
  constexpr int side = Grid::SIDE;
  return {row * side + column, Grid::CELLS + row * side + digit - 1, 2 * Grid::CELLS + column * side + digit - 1,
          3 * Grid::CELLS + Grid::box(row, column) * side + digit - 1};
}

}  // namespace

Answer solve(const Grid &grid, size_t limit) {
  Cover cover(4 * Grid::CELLS);
  std::vector<Placement> placements;
  for (int row = 0; row < Grid::SIDE; row++)
    for (int column = 0; column < Grid::SIDE; column++)
      for (int digit = 1; digit <= Grid::SIDE; digit++) {
        if (grid.at(row, column) != 0 && grid.at(row, column) != digit) continue;
        placements.push_back({row, column, digit});
        cover.add(constraints(placements.back()));
      }
  Answer answer;
  answer.visited = cover.solve([&](const std::vector<int> &rows) {
    Grid solution = grid;
    for (const int row : rows) {
      const auto &[r, c, digit] = placements[static_cast<size_t>(row)];
      solution.set(r, c, digit);
    }
    answer.solutions.push_back(solution);
    return answer.solutions.size() < limit;
  });
  return answer;
}
