#include "grid.hpp"

#include <stdexcept>

Grid::Grid(std::string_view text) {
  size_t count = 0;
  for (const char sign : text) {
    if (sign == ' ' || sign == '|' || sign == '\n') continue;
    if (sign != '.' && (sign < '0' || sign > '9')) throw std::invalid_argument(std::string("'") + sign + "' is no digit");
    if (count == CELLS) throw std::invalid_argument("more than 81 cells");
    cells_[count++] = sign == '.' ? 0 : sign - '0';
  }
  if (count < CELLS) throw std::invalid_argument("only " + std::to_string(count) + " cells");
}

int Grid::givens() const {
  int count = 0;
  for (const int cell : cells_) count += cell != 0;
  return count;
}

std::optional<std::string> Grid::conflict() const {
  std::array<std::array<bool, 10>, SIDE> rows{}, columns{}, boxes{};
  for (int row = 0; row < SIDE; row++) {
    for (int column = 0; column < SIDE; column++) {
      const auto digit = static_cast<size_t>(at(row, column));
      if (digit == 0) continue;
      const auto claim = [&](auto &units, int unit, const char *name) -> std::optional<std::string> {
        bool &taken = units[static_cast<size_t>(unit)][digit];
        if (taken) return std::to_string(digit) + " twice in " + name + " " + std::to_string(unit + 1);
        taken = true;
        return std::nullopt;
      };
      if (auto words = claim(rows, row, "row")) return words;
      if (auto words = claim(columns, column, "column")) return words;
      if (auto words = claim(boxes, box(row, column), "box")) return words;
    }
  }
  return std::nullopt;
}

std::string Grid::line() const {
  std::string text;
  for (const int cell : cells_) text += cell == 0 ? '.' : static_cast<char>('0' + cell);
  return text;
}

std::string Grid::picture() const {
  std::string text;
  for (int row = 0; row < SIDE; row++) {
    if (row > 0 && row % BOX == 0) text += "------+-------+------\n";
    for (int column = 0; column < SIDE; column++) {
      if (column > 0) text += column % BOX == 0 ? " | " : " ";
      text += at(row, column) == 0 ? '.' : static_cast<char>('0' + at(row, column));
    }
    text += '\n';
  }
  return text;
}
