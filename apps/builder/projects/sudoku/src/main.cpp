// Solves the puzzles of its table and says what it found.
#include <cstdio>
#include <exception>
#include <string>

#include "sudoku.hpp"

namespace {

struct Puzzle {
  const char *name, *cells;
};

constexpr Puzzle PUZZLES[] = {
    {"morning paper", "53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79"},
    {"seventeen givens", ".......1. 4........ .2....... ....5.4.7 ..8...3.. ..1.9.... 3..4..2.. .5.1..... ...8.6..."},
    {"hard to search", "8........ ..36..... .7..9.2.. .5...7... ....457.. ...1...3. ..1....68 ..85...1. .9....4.."},
    {"several ways", ".8...9743 .5...8.1. .1....... 8....5... ...8.4... ...3....6 .......7. .3.5...8. 9724...5."},
    {"one row twice", "11....... ......... ......... ......... ......... ......... ......... ......... ........."},
    {"cut short", "53..7"},
};

constexpr size_t LIMIT = 50;

void show(const Puzzle &puzzle) {
  const Grid grid(puzzle.cells);
  if (const auto words = grid.conflict()) {
    std::printf("%s: %s\n", puzzle.name, words->c_str());
    return;
  }
  const Answer answer = solve(grid, LIMIT);
  std::printf("%s: %d givens, %zu solution%s, %llu nodes\n", puzzle.name, grid.givens(), answer.solutions.size(),
              answer.solutions.size() == 1 ? "" : "s", static_cast<unsigned long long>(answer.visited));
  if (answer.solutions.size() == 1) std::printf("%s", answer.solutions.front().picture().c_str());
}

}  // namespace

int main() {
  for (const Puzzle &puzzle : PUZZLES) {
    try {
      show(puzzle);
    } catch (const std::exception &error) {
      std::printf("%s: %s\n", puzzle.name, error.what());
    }
  }
  const Answer empty = solve(Grid(std::string(Grid::CELLS, '.')), LIMIT);
  std::printf("an empty grid: the last of the first %zu solutions is %s\n", empty.solutions.size(),
              empty.solutions.back().line().c_str());
}
