// What every plugin of the contract in `../stdio-python/words.wit` has to answer, in whichever language and behind whichever boundary.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit, TenonError } from "tenon";

export const wit = fileURLToPath(new URL("../stdio-python/words.wit", import.meta.url));
export const contract = contractFromResolve(resolveWit(readFileSync(wit, "utf8")).resolve, 0);
const TEXT = "The tongue of wood that fits the mortise: the joint holds without glue, and comes apart again.";

/** Throws where an answer is wrong; else one line that says what came out. */
export async function checkWords(words) {
  assert.equal(await words.count(TEXT), 17);
  assert.deepEqual(await words.mostCommon(TEXT, 1), [["the", 3]]);
  assert.deepEqual(await words.mostCommon("b a b \u00dc", 9), [
    ["b", 2],
    ["a", 1],
    ["\u00fc", 1],
  ]);
  // A wrong value is refused before it leaves the host; the plugin never sees it.
  await assert.rejects(words.count(17), (error) => error instanceof TenonError && error.code === "value-invalid");
  const lengths = Array.from({ length: 100 }, (_, index) => index);
  assert.deepEqual(await Promise.all(lengths.map((length) => words.count("word ".repeat(length)))), lengths);
  const [[word, times]] = await words.mostCommon(TEXT, 1);
  return `17 words, and the most common one is "${word}", ${times} times`;
}
