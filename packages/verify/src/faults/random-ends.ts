// A driver for guests of an engine -> a test that ends them at random points, over a long row of calls whose answers are
// known: what follows a call that was ended is answered by an instance on which it has left no mark.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@tenon/abi/testing";
import type { Random } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import type { ErrorCode } from "@tenon/contract";
import { createHost, traitsFor } from "@tenon/host";
import type { AnyDriver, DriverTraits, IsolationChoice } from "@tenon/host";
import { faultContract } from "./contract.ts";
import type { FaultPlugin } from "./fault.ts";

export interface RandomEndsOptions {
  readonly driver: AnyDriver;
  /** Of the `faults` kind; `fuel` is how far a call may go, where the artifact can say so. */
  readonly artifact: (fuel: number) => object;
  /** Where the guests run, of a driver that leaves the choice. */
  readonly isolation?: IsolationChoice;
  /** Plugins, each with fuel of its own, and calls of each. */
  readonly plugins: number;
  readonly calls: number;
  /** Of the longest call; it takes about a nanosecond each. */
  readonly maxRounds: number;
  readonly title?: string;
  /** Default 2026. */
  readonly seed?: number;
}

/** How a call may end that was cut off. Anything else is a failure of the test. */
const ENDS: ReadonlySet<ErrorCode> = new Set([
  "plugin-trap",
  "resource-exhausted",
  "host-function-failed",
  "deadline-exceeded",
  // A call that came while the lost thread or process was being put away goes down with it.
  "plugin-crashed",
]);
const WORDS = 4096;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** The guest's memory as it must be, and its function `stir` as it is in the contract. */
class Model {
  readonly #words: Uint32Array;

  constructor(words: Uint32Array = new Uint32Array(WORDS)) {
    this.#words = words;
  }

  copy(): Model {
    return new Model(this.#words.slice());
  }

  stir(seed: number, rounds: number): number {
    let x = seed;
    for (let left = rounds; left > 0; left--) {
      const at = x & (WORDS - 1);
      x ^= this.#words[at]!;
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      this.#words[at] = x;
      if ((left & 255) === 0) x = (x + 1) | 0;
    }
    return x >>> 0;
  }
}

/** Registers the test; call it at the top level of a test file. */
export function runRandomEnds(options: RandomEndsOptions): void {
  const { driver, plugins, calls, seed = 2026 } = options;
  const title = options.title ?? driver.boundary;
  test(`${title}: wherever ${plugins * calls} calls are ended, the next one is not touched by it (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const tally = { answered: 0, ended: new Map<string, number>() };
    for (let left = plugins; left > 0; left--) await onePlugin(options, random, tally);
    const ended = [...tally.ended.values()].reduce((sum, count) => sum + count, 0);
    // Else the row would show nothing.
    assert.ok(tally.answered > ended / 20 && ended > tally.answered / 20, `${tally.answered} answered, ${ended} ended`);
    assert.ok(tally.ended.size > 1, [...tally.ended.keys()].join());
  });
}

interface Tally {
  answered: number;
  readonly ended: Map<string, number>;
}

async function onePlugin(options: RandomEndsOptions, random: Random, tally: Tally): Promise<void> {
  const { driver, isolation, artifact, calls, maxRounds } = options;
  const traits = traitsFor(driver, { isolation });
  const fuel = 1 + below(random, maxRounds * 2);
  let ticksLeft = Infinity;
  const host = createHost({ drivers: [driver] });
  try {
    const plugin: FaultPlugin = await host.load(faultContract, {
      id: "guest",
      boundary: driver.boundary,
      artifact: { ...artifact(fuel), ...(isolation !== undefined && { isolation }) },
      imports: {
        host: {
          tick: (n) => {
            if (ticksLeft-- <= 0) throw new Error("the host has enough");
            return (n + 1) % 2 ** 32;
          },
          nest: () => 0,
          hang: () => 0,
        },
      },
      limits: { cancelGraceMs: 1 },
      restart: { backoffMs: 1, maxBackoffMs: 1, maxCrashes: Number.MAX_SAFE_INTEGER },
    });
    let possible = [new Model()];
    for (let left = calls; left > 0; left--) {
      const drawn = randomCall(random, maxRounds, traits);
      // Each end of which nobody knows how far it came doubles the states; a call that answers says which it is.
      const call = possible.length < MOST_STATES ? drawn : { ...drawn, ...UNDISTURBED };
      ticksLeft = call.ticks;
      possible = await oneCall(plugin, call, possible, tally);
    }
  } finally {
    await host.close();
  }
}

const MOST_STATES = 32;
const UNDISTURBED = { trapAt: 0, growAt: 0, ticks: Infinity, deadlineMs: 30_000 } as const;

interface RandomCall {
  readonly seed: number;
  readonly rounds: number;
  readonly trapAt: number;
  readonly growAt: number;
  /** Calls of the host until it throws. */
  readonly ticks: number;
  readonly deadlineMs: number;
}

function randomCall(random: Random, maxRounds: number, traits: DriverTraits): RandomCall {
  const rounds = 1 + below(random, random() < 0.5 ? maxRounds : maxRounds / 50);
  const how = random();
  const canTerminate = traits.cancellation === "terminate";
  return {
    seed: below(random, 2 ** 32),
    rounds,
    trapAt: how < 0.2 ? 1 + below(random, rounds) : 0,
    growAt: random() < 0.3 ? 1 + below(random, rounds) : 0,
    ticks: how > 0.2 && how < 0.3 ? below(random, 1 + rounds / 256) : Infinity,
    // Soon enough to come at any moment of a long call, or too late to matter.
    deadlineMs: canTerminate && how > 0.6 ? 1 + below(random, 20) : 30_000,
  };
}

/** Gives the states that the memory may be in afterwards. */
async function oneCall(
  plugin: FaultPlugin,
  call: RandomCall,
  possible: readonly Model[],
  tally: Tally,
): Promise<Model[]> {
  const { seed, rounds, trapAt, growAt, deadlineMs } = call;
  let answer: number;
  try {
    answer = await plugin.faults.stir(seed, rounds, trapAt, growAt, { deadlineMs });
  } catch (thrown) {
    if (!(thrown instanceof TenonError) || !ENDS.has(thrown.code)) throw thrown;
    tally.ended.set(thrown.code, (tally.ended.get(thrown.code) ?? 0) + 1);
    const isCertain = thrown.code !== "deadline-exceeded" && thrown.code !== "plugin-crashed";
    if (isCertain) return [new Model()];
    // It may have come to its end all the same before it was stopped, or not have begun.
    const late = possible.map((model) => {
      const after = model.copy();
      after.stir(seed, rounds);
      return after;
    });
    return [new Model(), ...late, ...possible];
  }
  tally.answered++;
  const next = possible.map((model) => model.copy()).filter((model) => model.stir(seed, rounds) === answer);
  assert.ok(next.length > 0, `stir(${seed}, ${rounds}) gave ${answer}, which no untouched instance would`);
  assert.equal(trapAt, 0, "a trap ends a call");
  return next.slice(0, 1);
}
