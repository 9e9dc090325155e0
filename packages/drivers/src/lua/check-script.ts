// The text of a script -> the contract that it was written for, before it is run. It says so in a comment at its head, or
// in the table that it returns:
//
//   -- contract: demo:greeter/plugin@0.1.0
//   -- contract: demo:greeter/plugin@0.1.0 abi:sha256:...
//   return { tenon = { contract = "demo:greeter/plugin@0.1.0", digest = "abi:sha256:..." }, greeter = { ... } }
import type { Contract } from "@tenon/contract/core";
import { chooseContract, type Stamp } from "@tenon/host/driver";

const LINE = /^--+[ \t]*contract:[ \t]*(\S{1,200})(?:[ \t]+(abi:sha256:[0-9a-f]{1,64}))?[ \t]*$/;
/** Lines looked at; the comment stands among the first ones or nowhere. */
const MAX_LINES = 32;
/** The table as literals: it is read before any of the script runs, so that nothing can be computed in it. */
const TABLE =
  /(?:^|[^\w.])tenon[ \t]*=[ \t]*\{\s*contract[ \t]*=[ \t]*"([^"\\\n]{1,200})"\s*(?:[,;]\s*digest[ \t]*=[ \t]*"(abi:sha256:[0-9a-f]{1,64})"\s*)?[,;]?\s*\}/;

/** The one of `offers` that the script names; the first where it names none. Throws contract-mismatch. */
export function contractOfScript(text: string, offers: readonly Contract[]): Contract {
  const stamp = stampOf(text);
  return stamp === undefined ? offers[0]! : chooseContract(offers, [stamp], "the script");
}

function stampOf(text: string): Stamp | undefined {
  const [, id, digest] = headOf(text) ?? TABLE.exec(withoutComments(text)) ?? [];
  return id === undefined ? undefined : { id, digest };
}

function headOf(text: string): RegExpExecArray | undefined {
  for (const line of text.split(/\r?\n/, MAX_LINES)) {
    if (line.trim() !== "" && !line.startsWith("--") && !line.startsWith("#")) return undefined;
    const found = LINE.exec(line);
    if (found !== null) return found;
  }
  return undefined;
}

/** Lines that are comments from their first character on. */
function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*--/.test(line))
    .join("\n");
}
