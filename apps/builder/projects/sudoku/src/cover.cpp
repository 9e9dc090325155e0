#include "cover.hpp"

namespace {
constexpr int ROOT = 0;
}

Cover::Cover(int columns) : sizes_(static_cast<size_t>(columns) + 1, 0) {
  for (int column = 0; column <= columns; column++) {
    const int left = column == 0 ? columns : column - 1;
    const int right = column == columns ? 0 : column + 1;
    nodes_.push_back({left, right, column, column, column, -1});
  }
}

void Cover::add(const std::vector<int> &columns) {
  const int first = static_cast<int>(nodes_.size());
  const int count = static_cast<int>(columns.size());
  for (int index = 0; index < count; index++) {
    const int column = columns[static_cast<size_t>(index)] + 1;
    const int self = first + index;
    const int above = nodes_[static_cast<size_t>(column)].up;
    nodes_.push_back({first + (index + count - 1) % count, first + (index + 1) % count, above, column, column, rows_});
    nodes_[static_cast<size_t>(above)].down = self;
    nodes_[static_cast<size_t>(column)].up = self;
    sizes_[static_cast<size_t>(column)]++;
  }
  rows_++;
}

uint64_t Cover::solve(const std::function<bool(const std::vector<int> &)> &found) {
  visited_ = 0;
  chosen_.clear();
  search(found);
  return visited_;
}

int Cover::smallest() const {
  int best = nodes_[ROOT].right;
  for (int column = best; column != ROOT; column = nodes_[static_cast<size_t>(column)].right)
    if (sizes_[static_cast<size_t>(column)] < sizes_[static_cast<size_t>(best)]) best = column;
  return best;
}

void Cover::cover(int column) {
  Node &head = nodes_[static_cast<size_t>(column)];
  nodes_[static_cast<size_t>(head.right)].left = head.left;
  nodes_[static_cast<size_t>(head.left)].right = head.right;
  for (int row = head.down; row != column; row = nodes_[static_cast<size_t>(row)].down) {
    for (int at = nodes_[static_cast<size_t>(row)].right; at != row; at = nodes_[static_cast<size_t>(at)].right) {
      const Node &node = nodes_[static_cast<size_t>(at)];
      nodes_[static_cast<size_t>(node.down)].up = node.up;
      nodes_[static_cast<size_t>(node.up)].down = node.down;
      sizes_[static_cast<size_t>(node.column)]--;
    }
  }
}

void Cover::uncover(int column) {
  Node &head = nodes_[static_cast<size_t>(column)];
  for (int row = head.up; row != column; row = nodes_[static_cast<size_t>(row)].up) {
    for (int at = nodes_[static_cast<size_t>(row)].left; at != row; at = nodes_[static_cast<size_t>(at)].left) {
      const Node &node = nodes_[static_cast<size_t>(at)];
      sizes_[static_cast<size_t>(node.column)]++;
      nodes_[static_cast<size_t>(node.down)].up = at;
      nodes_[static_cast<size_t>(node.up)].down = at;
    }
  }
  nodes_[static_cast<size_t>(head.right)].left = column;
  nodes_[static_cast<size_t>(head.left)].right = column;
}

bool Cover::search(const std::function<bool(const std::vector<int> &)> &found) {
  visited_++;
  if (nodes_[ROOT].right == ROOT) return found(chosen_);
  const int column = smallest();
  if (sizes_[static_cast<size_t>(column)] == 0) return true;
  bool goes_on = true;
  cover(column);
  for (int row = nodes_[static_cast<size_t>(column)].down; row != column && goes_on; row = nodes_[static_cast<size_t>(row)].down) {
    chosen_.push_back(nodes_[static_cast<size_t>(row)].row);
    for (int at = nodes_[static_cast<size_t>(row)].right; at != row; at = nodes_[static_cast<size_t>(at)].right)
      cover(nodes_[static_cast<size_t>(at)].column);
    goes_on = search(found);
    for (int at = nodes_[static_cast<size_t>(row)].left; at != row; at = nodes_[static_cast<size_t>(at)].left)
      uncover(nodes_[static_cast<size_t>(at)].column);
    chosen_.pop_back();
  }
  uncover(column);
  return goes_on;
}
