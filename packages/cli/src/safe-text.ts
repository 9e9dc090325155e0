// Foreign text -> text that cannot act on the terminal.
import { terminalSafe } from "@tenon/contract";

/** Control characters shown as escapes, line breaks kept. */
export function safe(text: string): string {
  return text.split("\n").map(terminalSafe).join("\n");
}
