// Changes as they are found, one entry for each rule and place however many functions and directions lead there.
import { RULES, worse, isSafe, type Bump, type Consumer, type Conversion, type RuleId } from "./rules.ts";

/** `in`: host to plugin, which is arguments of exports and results of imports. */
export type Direction = "in" | "out";

/** One change that breaks a rule. */
export interface Finding {
  readonly rule: RuleId;
  /** `builder#build-request.release`, `builder.build(request)`, `builder.build -> result`. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
  /** Whether and how the host's adapters bridge it, for plugins built for the older contract. */
  readonly conversion: Conversion;
  /** What the adapters do, or what they cannot, as the end of a sentence. */
  readonly how: string;
  /** The ways in which affected values cross; empty for changes of names and functions. */
  readonly directions: readonly Direction[];
  /** The functions through which affected values cross. */
  readonly uses: readonly string[];
  readonly breaks: readonly Consumer[];
  readonly requiredBump: Bump;
}

/** What a comparison says of one change. */
export interface Report {
  readonly rule: RuleId;
  readonly path: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly conversion: Conversion;
  readonly how: string;
}

interface Entry extends Report {
  readonly directions: Set<Direction>;
  readonly uses: Set<string>;
}

/** The rule that says the same of values in one direction only gives way to the one about the direction that breaks. */
const STRONGER: Partial<Readonly<Record<RuleId, RuleId>>> = {
  ENUM_CASE_NO_ADD: "ENUM_CASE_NO_ADD_IN",
  ENUM_CASE_NO_DELETE: "ENUM_CASE_NO_DELETE_OUT",
  VARIANT_CASE_NO_ADD: "VARIANT_CASE_NO_ADD_IN",
  VARIANT_CASE_NO_DELETE: "VARIANT_CASE_NO_DELETE_OUT",
  FLAGS_NO_ADD: "FLAGS_NO_ADD_IN",
};

export class Findings {
  readonly #entries = new Map<string, Entry>();

  /** Adds a finding and returns its key. Without direction and use it is about names only. */
  add(report: Report, direction?: Direction, use?: string): string {
    const key = `${report.rule} ${report.path}`;
    const before = this.#entries.get(key);
    const isWorse = before === undefined || worse(before.conversion, report.conversion) !== before.conversion;
    const { directions = new Set<Direction>(), uses = new Set<string>() } = before ?? {};
    this.#entries.set(key, { ...(isWorse || before === undefined ? report : before), directions, uses });
    this.use([key], direction, use);
    return key;
  }

  /** Another function through which the same changes matter. */
  use(keys: Iterable<string>, direction?: Direction, use?: string): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (direction !== undefined) entry?.directions.add(direction);
      if (use !== undefined) entry?.uses.add(use);
    }
  }

  has(rule: RuleId, path: string): boolean {
    return this.#entries.has(`${rule} ${path}`);
  }

  /** All findings, the worst first, then by path. */
  list(): Finding[] {
    const order = (conversion: Conversion): number => ["incompatible", "partial", "lossy", "total"].indexOf(conversion);
    return [...this.#entries.values()]
      .filter((entry) => {
        const stronger = STRONGER[entry.rule];
        return stronger === undefined || !this.has(stronger, entry.path);
      })
      .map(finish)
      .sort((a, b) => order(a.conversion) - order(b.conversion) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }
}

function finish({ directions, uses, before, after, ...entry }: Entry): Finding {
  const { breaks, requiredBump } = RULES[entry.rule];
  const isPolicy = breaks.length === 0;
  return {
    ...entry,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    directions: [...directions],
    uses: [...uses],
    breaks: isSafe(entry.conversion) || isPolicy ? breaks : [...breaks, "adapted"],
    requiredBump: isPolicy ? requiredBump : isSafe(entry.conversion) ? "minor" : "major",
  };
}
