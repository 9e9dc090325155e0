// Words of a text, counted: assembly/plugin.ts of what `tenon new plugin --lang assemblyscript` makes.
import { Tuple2 } from "./contract";

export function wordsCount(text: string): u32 {
  return words(text).length;
}

export function wordsMostCommon(text: string, top: u32): Array<Tuple2<string, u32>> {
  const counts = new Map<string, u32>();
  const all = words(text);
  for (let i = 0; i < all.length; i++) counts.set(all[i], counts.has(all[i]) ? counts.get(all[i]) + 1 : 1);
  const keys = counts.keys();
  const sorted = new Array<Tuple2<string, u32>>();
  for (let i = 0; i < keys.length; i++) sorted.push(new Tuple2<string, u32>(keys[i], counts.get(keys[i])));
  sorted.sort((a, b) => (a.f1 != b.f1 ? <i32>b.f1 - <i32>a.f1 : a.f0 < b.f0 ? -1 : 1));
  return sorted.slice(0, top);
}

function words(text: string): string[] {
  const found: string[] = [];
  const lower = text.toLowerCase();
  let from = -1;
  for (let i = 0; i <= lower.length; i++) {
    const isLetter = i < lower.length && isLetterUnit(lower.charCodeAt(i));
    if (isLetter && from < 0) from = i;
    if (!isLetter && from >= 0) {
      found.push(lower.substring(from, i));
      from = -1;
    }
  }
  return found;
}

/** a-z, and what lies beyond ASCII. */
function isLetterUnit(unit: i32): bool {
  return (unit >= 97 && unit <= 122) || unit > 127;
}
