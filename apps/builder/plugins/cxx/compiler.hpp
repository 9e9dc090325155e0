// A compiler of the host's: which one, running it, and its words as diagnostics.
#pragma once
#include <regex>

#include "memory.hpp"

struct Message {
  severity_t severity;
  std::string text, file;
  uint32_t line = 0, column = 0;
};

struct Outcome {
  int32_t exit_code;
  std::string errors;
};

constexpr const char *COMPILERS[] = {"g++", "clang++", "c++"};

inline std::optional<std::string> find_compiler() {
  for (const char *name : COMPILERS)
    if (tools_find_tool(tenon_text(name)).is_some) return name;
  return std::nullopt;
}

/// Throws what the builder answers as `io` where the host cannot run it.
inline Outcome run(const std::string &name, const std::vector<std::string> &args) {
  tool_options_t options{};
  const std::vector<std::pair<std::string, std::string>> env = {{"LC_ALL", "C"}};
  options.env = list<decltype(options.env)>(env, [](auto &pair) {
    return std::remove_pointer_t<decltype(options.env.items)>{text(pair.first), text(pair.second)};
  });
  auto answer = tools_run_tool(text(name), list<list_text_t>(args, [](auto &arg) { return text(arg); }), options);
  if (answer.is_err) throw std::runtime_error(name + " could not be run");
  return {answer.ok.exit_code, std::string(view(answer.ok.stderr_))};
}

/// `src/board.cpp:12:5: error: expected ';'`, of either compiler.
inline std::vector<Message> messages_of(const std::string &errors, std::string_view project) {
  static const std::regex LINE(R"(^(.+?):(\d+):(?:(\d+):)? (?:fatal )?(error|warning|note): (.+)$)");
  std::vector<Message> found;
  size_t at = 0;
  while (at < errors.size()) {
    const size_t end = std::min(errors.find('\n', at), errors.size());
    const std::string line = errors.substr(at, end - at);
    at = end + 1;
    std::smatch part;
    if (!std::regex_match(line, part, LINE)) continue;
    std::string file = part[1];
    if (file.rfind(project, 0) == 0) file.erase(0, project.size() + 1);
    const severity_t severity = part[4] == "error" ? SEVERITY_ERROR : part[4] == "warning" ? SEVERITY_WARNING : SEVERITY_NOTE;
    const uint32_t column = part[3].matched ? static_cast<uint32_t>(std::stoul(part[3])) : 0;
    found.push_back({severity, part[5], file, static_cast<uint32_t>(std::stoul(part[2])), column});
  }
  return found;
}
