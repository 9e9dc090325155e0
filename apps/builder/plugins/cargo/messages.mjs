// cargo's `--message-format=json` -> messages with file, line and column, and the files that were made.

const SEVERITIES = {
  error: "error",
  warning: "warning",
  note: "note",
  help: "note",
  "failure-note": "note",
  "error: internal compiler error": "error",
};
/** Crates that make something to run or to load. */
const WANTED = new Set(["bin", "cdylib", "dylib", "staticlib"]);

export function readMessages(text) {
  const messages = [];
  const programs = [];
  for (const line of text.split("\n")) {
    const entry = parse(line);
    if (entry?.reason === "compiler-message") messages.push(...toMessages(entry.message));
    if (entry?.reason === "compiler-artifact" && entry.target.kind.some((kind) => WANTED.has(kind))) {
      programs.push(...(entry.executable ? [entry.executable] : entry.filenames));
    }
  }
  return { messages, programs };
}

function parse(line) {
  try {
    return line.startsWith("{") ? JSON.parse(line) : undefined;
  } catch {
    // A build script printed something that looks like JSON.
    return undefined;
  }
}

/** The last message of a failed build only counts the others. */
function toMessages({ level, message, code, spans }) {
  if (/^(aborting due to|\d+ warnings? emitted)/.test(message)) return [];
  const span = spans.find((one) => one.is_primary) ?? spans[0];
  const place =
    span === undefined
      ? {}
      : { file: span.file_name.replaceAll("\\", "/"), line: span.line_start, column: span.column_start };
  const label = span?.label ? ` (${span.label})` : "";
  return [
    {
      severity: SEVERITIES[level] ?? "note",
      message: `${message}${label}`,
      ...place,
      ...(code && { code: code.code }),
    },
  ];
}
