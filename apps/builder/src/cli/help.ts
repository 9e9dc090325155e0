// What `tenon-build --help` prints.
export const HELP = `tenon-build PROJECT [options] [-- ARGUMENTS]

Builds a project in any language that a plugin knows, and runs what was built.

  -p, --plugin ID        build with this plugin instead of the one that is surest
  -t, --target TARGET    one of the plugin's targets
  -r, --release          optimise; --small: for size
  -j, --jobs N           how many compilers may run at once
  -o, --out DIR          where the output goes (default: build, in the project)
      --option NAME=VALUE  a setting of the plugin's own
      --run              run the built program and exit with its code; ARGUMENTS are the program's
  -w, --watch            build again whenever a source changes
      --json             print one JSON document instead of text
      --clean            remove what earlier builds left

Plugins and what they may do
      --list             the plugins, their boundaries and languages; --tools: and which tools they find
      --plugins DIR      a folder with further plugins
      --policy FILE      trust, grants and boundaries of plugins (default: the builder's own policy.json)
      --boundary ID=B    run a plugin behind another boundary: import, worker, exec, stdio
      --grant ID=GRANT   allow more: fs:r:PATTERN, fs:rw:PATTERN or exec:PROGRAM
      --deny ID=GRANT    forbid, whatever was granted
      --trust ID         let a plugin run although its boundary cannot keep it to its grants

  -h, --help             this text
  -V, --version

Exit codes: 0 built, 1 the project does not compile, 2 wrong usage, 3 a tool is missing, 4 a plugin failed, 130 cancelled.
`;
