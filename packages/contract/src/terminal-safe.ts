// Text of strangers -> text that is safe to print to a terminal.

// C0 (but tab), DEL, C1, and the bidirectional overrides that make a log line read differently from its bytes.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** The text with every control character replaced by a visible escape. */
export function terminalSafe(text: string): string {
  return text.replace(UNSAFE, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
