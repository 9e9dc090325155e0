// The events of one test file -> the text of node's spec reporter without its closing lines, which go to a file as a JSON object instead; and
// an end for a file that has failed and does not end by itself. run-files.mjs starts it.
import { writeFileSync, writeSync } from "node:fs";
import { Readable } from "node:stream";
import { spec } from "node:test/reporters";

/** Before the file is killed at its limit. */
const LAST_WORDS_MS = 1_000;

const { report, limitMs, graceMs } = JSON.parse(process.env.TENON_TEST_REPORT);
// What tests start is to know nothing of it.
delete process.env.TENON_TEST_REPORT;

const counts = {};
const open = new Map();
let hasFailed = false;
let grace;

const say = (text) => writeSync(1, `${text}\n`);
const held = () => `open: ${process.getActiveResourcesInfo().join(", ") || "nothing"}`;

/** A failed test may leave a host open, which would hold the process up to the file's limit; hooks may still close it. */
function expectEnd() {
  clearTimeout(grace);
  if (!hasFailed || open.size > 0) return;
  grace = setTimeout(() => {
    say(`every test has ended and a failed one left something behind; this process is ended. ${held()}`);
    process.exit(1);
  }, graceMs).unref();
}

setTimeout(
  () => say(`near its limit, not ended yet: ${[...open.values()].join(", ") || "no test"}. ${held()}`),
  limitMs - LAST_WORDS_MS,
).unref();

function note({ type, data }) {
  const key = `${data?.nesting} ${data?.line}:${data?.column} ${data?.name}`;
  if (type === "test:enqueue") open.set(key, data.name);
  if (type === "test:complete") open.delete(key);
  if (type === "test:fail") hasFailed = true;
  if (type === "test:enqueue" || type === "test:complete" || type === "test:fail") expectEnd();
}

/** `tests 12`, and the like; the last one is how long it took. */
function countOf({ type, data }) {
  const found =
    type === "test:diagnostic" &&
    /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(data.message);
  return found ? [found[1], Number(found[2])] : undefined;
}

async function* shown(source) {
  for await (const event of source) {
    note(event);
    const count = countOf(event);
    if (count === undefined) yield event;
    else if (count[0] !== "duration_ms") counts[count[0]] = count[1];
    // At once, since the process may be about to exit.
    else writeFileSync(report, JSON.stringify(counts));
  }
}

export default async function* reporter(source) {
  yield* Readable.from(shown(source)).pipe(new spec());
}
