// A finding -> what a person needs: what is wrong, the input, and how to see it again.
import { formatInput } from "@tenon/verify/fuzz";
import type { FuzzFinding } from "@tenon/verify/fuzz";

export function describeFinding({ target, kind, what, seed, run, input, thrown }: FuzzFinding): string {
  const line = formatInput(input);
  const stack = thrown instanceof Error ? `\n${thrown.stack}` : "";
  return `${target}: ${kind}: ${what}
  input ${run} of seed ${seed}, ${input.length} bytes: ${line}
  again: npm run fuzz -- --target ${target} --seed ${seed + run} --input '${line.replaceAll("'", String.raw`'\''`)}'${stack}`;
}
