// A builder plugin in C++, as a shared library: every .cpp file of a project becomes an object, all of them one program.
#include <algorithm>
#include <filesystem>
#include <stdexcept>

#define TENON_PLUGIN
#include "compiler.hpp"

namespace fs = std::filesystem;

namespace {

using Built = decltype(builder_build({}));

/// Objects of one build, gone with it.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "build-cxx-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("there is no room for temporary files");
    path = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch &) = delete;
};

bool is_source(std::string_view file) { return file.size() > 4 && file.substr(file.size() - 4) == ".cpp"; }

bool is_main(std::string_view file) { return file == "main.cpp" || (file.size() > 9 && file.substr(file.size() - 9) == "/main.cpp"); }

diagnostic_t diagnostic(const Message &from) {
  diagnostic_t to{};
  to.severity = from.severity;
  to.message = text(from.text);
  if (!from.file.empty()) to.file = some(from.file);
  if (from.line > 0) to.line = {true, from.line};
  if (from.column > 0) to.column = {true, from.column};
  return to;
}

list_diagnostic_t diagnostics(const std::vector<Message> &messages) { return list<list_diagnostic_t>(messages, diagnostic); }

bool has_error(const std::vector<Message> &messages) {
  return std::any_of(messages.begin(), messages.end(), [](auto &one) { return one.severity == SEVERITY_ERROR; });
}

Built refused(build_error_t error) {
  Built answer{};
  answer.is_err = true;
  answer.err = error;
  return answer;
}

Built unsupported(const std::string &why) {
  build_error_t error{};
  error.tag = BUILD_ERROR_UNSUPPORTED;
  error.unsupported = text(why);
  return refused(error);
}

Built failed(const std::vector<Message> &messages) {
  build_error_t error{};
  error.tag = BUILD_ERROR_COMPILE_FAILED;
  error.compile_failed = diagnostics(messages);
  return refused(error);
}

std::vector<std::string> sources() {
  auto files = project_list_files(tenon_text(""));
  if (files.is_err) throw std::runtime_error("the project's files could not be listed");
  std::vector<std::string> found;
  for (size_t i = 0; i < files.ok.length; i++)
    if (is_source(view(files.ok.items[i]))) found.emplace_back(view(files.ok.items[i]));
  std::sort(found.begin(), found.end());
  return found;
}

Built make(const build_request_t &request, const std::string &compiler, const std::vector<std::string> &files) {
  const Scratch scratch;
  std::vector<std::string> objects;
  std::vector<Message> messages;
  for (const std::string &file : files) {
    const option_uint8_t percent = {true, static_cast<uint8_t>(objects.size() * 100 / (files.size() + 1))};
    report_progress(text("compiling " + file), percent);
    objects.push_back((scratch.path / (std::to_string(objects.size()) + ".o")).string());
    std::vector<std::string> args = {"-std=c++17", "-Wall", "-Wextra", "-fdiagnostics-color=never"};
    for (const char *flag : request.release ? std::vector{"-O2", "-DNDEBUG"} : std::vector{"-O0", "-g"}) args.push_back(flag);
    args.insert(args.end(), {"-c", file, "-o", objects.back()});
    const Outcome outcome = run(compiler, args);
    auto own = messages_of(outcome.errors, view(request.project));
    if (outcome.exit_code != 0 && !has_error(own)) own.push_back({SEVERITY_ERROR, outcome.errors, file});
    messages.insert(messages.end(), own.begin(), own.end());
  }
  if (has_error(messages)) return failed(messages);
  const std::string name = fs::path(std::string(view(request.project))).filename().string();
  const fs::path program = fs::path(std::string(view(request.out_dir))) / name;
  objects.insert(objects.end(), {"-o", program.string()});
  const Outcome linked = run(compiler, objects);
  if (linked.exit_code != 0) {
    messages.push_back({SEVERITY_ERROR, linked.errors, ""});
    return failed(messages);
  }
  Built answer{};
  const std::vector<std::string> made = {name};
  answer.ok.artifacts = list<list_artifact_t>(made, [&](auto &path) {
    return artifact_t{text(path), ARTIFACT_KIND_EXECUTABLE, fs::file_size(program)};
  });
  answer.ok.diagnostics = diagnostics(messages);
  answer.ok.run.is_some = true;
  answer.ok.run.value.program = text(name);
  return answer;
}

list_tool_status_t tools() {
  const std::optional<std::string> found = find_compiler();
  const std::vector<std::string> names = {found.value_or(COMPILERS[0])};
  return list<list_tool_status_t>(names, [&](auto &name) {
    return tool_status_t{text(name), found.has_value(), none(), tenon_text("install g++ or clang (Debian: apt-get install g++)")};
  });
}

}  // namespace

plugin_info_t builder_info(void) {
  const std::vector<std::string> languages = {"c++"}, targets = {"native"};
  const auto copy = [](const std::string &one) { return text(one); };
  return {tenon_text("cxx"), tenon_text("0.1.0"), tenon_text("C++ programs, with g++, clang++ or c++."),
          list<list_text_t>(languages, copy), list<list_text_t>(targets, copy)};
}

option_detection_t builder_detect(list_text_t files) {
  option_detection_t found{};
  for (size_t i = 0; i < files.length; i++) {
    const std::string_view file = view(files.items[i]);
    if (!is_source(file)) continue;
    if (found.is_some && !is_main(file)) continue;
    found.is_some = true;
    found.value = {tenon_text("c++"), static_cast<uint8_t>(is_main(file) ? 80 : 50), is_main(file) ? some(file) : none()};
  }
  return found;
}

list_tool_status_t builder_check_tools(void) { return tools(); }

Built builder_build(build_request_t request) {
  const std::string target(request.target.is_some ? view(request.target.value) : "native");
  if (target != "native") return unsupported("there is no target " + target + ", only native");
  if (request.options.length > 0) return unsupported("there is no option " + std::string(view(request.options.items[0].f0)));
  const std::optional<std::string> compiler = find_compiler();
  if (!compiler.has_value()) {
    build_error_t error{};
    error.tag = BUILD_ERROR_TOOL_MISSING;
    error.tool_missing = tools();
    return refused(error);
  }
  const std::vector<std::string> files = sources();
  if (files.empty()) return unsupported("the project has no .cpp file");
  try {
    return make(request, *compiler, files);
  } catch (const tenon_failure &) {
    throw;
  } catch (const std::exception &error) {
    build_error_t io{};
    io.tag = BUILD_ERROR_IO;
    io.io = text(error.what());
    return refused(io);
  }
}

decltype(builder_clean({}, {})) builder_clean(text_t, text_t) { return {}; }
