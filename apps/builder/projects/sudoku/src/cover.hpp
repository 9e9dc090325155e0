// Exact cover by dancing links: choose rows so that every column has exactly one (Knuth, Dancing Links, 2000).
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

class Cover {
 public:
  explicit Cover(int columns);

  /// Adds a row that covers these columns; rows are numbered in the order in which they come.
  void add(const std::vector<int> &columns);

  /// Calls `found` with the rows of each solution until it returns false. Returns the nodes that were visited.
  uint64_t solve(const std::function<bool(const std::vector<int> &)> &found);

 private:
  struct Node {
    int left, right, up, down, column, row;
  };

  void cover(int column);
  void uncover(int column);
  int smallest() const;
  bool search(const std::function<bool(const std::vector<int> &)> &found);

  std::vector<Node> nodes_;
  std::vector<int> sizes_, chosen_;
  int rows_ = 0;
  uint64_t visited_ = 0;
};
