// A grid of 9 by 9 cells: read from text, held against the rules, printed.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

class Grid {
 public:
  static constexpr int SIDE = 9, BOX = 3, CELLS = SIDE * SIDE;

  /// 81 characters, `.` or `0` for an empty cell; blanks and bars between them do not count. Throws std::invalid_argument.
  explicit Grid(std::string_view text);

  int at(int row, int column) const { return cells_[static_cast<size_t>(row * SIDE + column)]; }
  void set(int row, int column, int digit) { cells_[static_cast<size_t>(row * SIDE + column)] = digit; }
  int givens() const;

  /// The first rule that two cells break, in words.
  std::optional<std::string> conflict() const;

  std::string line() const;
  std::string picture() const;

  static int box(int row, int column) { return row / BOX * BOX + column / BOX; }

 private:
  std::array<int, CELLS> cells_{};
};
