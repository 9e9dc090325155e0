// The exit codes of tenon-build, as its help lists them.
export const EXIT = {
  /** Built; with `--run`, the program's own code instead. */
  ok: 0,
  /** The project does not compile, or the plugin refused it. */
  failed: 1,
  /** The command line, a manifest or the policy is wrong. */
  usage: 2,
  /** A tool is missing. */
  toolMissing: 3,
  /** A plugin crashed, hung or broke its contract. */
  pluginFault: 4,
  /** Ended by Ctrl-C. */
  cancelled: 130,
} as const;
