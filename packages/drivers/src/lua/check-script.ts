// The comments at the head of a script -> the proof that it was written for this contract, before it is run.
//
//   -- contract: demo:greeter/plugin@0.1.0
//   -- contract: demo:greeter/plugin@0.1.0 abi:sha256:...
import { TenonError } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";

const LINE = /^--+[ \t]*contract:[ \t]*(\S{1,200})(?:[ \t]+(abi:sha256:[0-9a-f]{1,64}))?[ \t]*$/;
/** Lines looked at; the declaration stands among the first comments or nowhere. */
const MAX_LINES = 32;

/** A script need not say what it was written for. Throws contract-mismatch where it says something else. */
export function checkScript(text: string, contract: Contract): void {
  for (const line of text.split(/\r?\n/, MAX_LINES)) {
    if (line.trim() !== "" && !line.startsWith("--") && !line.startsWith("#")) return;
    const [, id, digest] = LINE.exec(line) ?? [];
    if (id === undefined) continue;
    if (id === contract.id && (digest === undefined || digest === contract.digest)) return;
    throw new TenonError(
      "contract-mismatch",
      `the script was written for ${id}${digest === undefined ? "" : ` (${digest})`}, the host speaks ${contract.id} (${contract.digest})`,
      { sideEffects: "none" },
    );
  }
}
