// A plan -> a function that follows it with closures: what runs where no code may be generated, and what says where a value
// does not fit, because it keeps a path.
import { TenonError } from "@tenon/contract/base";
import type { TenonErrorOptions } from "@tenon/contract/core";
import { readerOf, setField } from "../mapping.ts";
import { adaptFuture, adaptStream } from "./late-values.ts";
import type { CasesPlan, FlagsPlan, ListPlan, OptionPlan, Plan, PlanNode, RecordPlan, TuplePlan } from "./plan.ts";

/** Takes a value that the sender's contract allows. Throws `value-invalid`, naming `path` and where in it. */
export type Conversion = (value: unknown, path: string) => unknown;

/** Plans of shared types are shared, and so are their functions. */
export class PlanRunner {
  readonly #known = new Map<PlanNode, Conversion>();

  conversion(plan: Plan): Conversion {
    if (plan === undefined) return same;
    const found = this.#known.get(plan);
    if (found !== undefined) return found;
    const made = this.#make(plan);
    this.#known.set(plan, made);
    return made;
  }

  #make(plan: PlanNode): Conversion {
    switch (plan.kind) {
      case "record":
        return this.#record(plan);
      case "tuple":
        return this.#tuple(plan);
      case "cases":
        return this.#cases(plan);
      case "enum":
        return (value, path) => plan.labels.get(value as string) ?? refuseCase(path, value);
      case "flags":
        return flags(plan);
      case "list":
        return this.#list(plan);
      case "map": {
        const [key, item] = [this.conversion(plan.key), this.conversion(plan.value)];
        return (value, path) => {
          const entries = [...(value as ReadonlyMap<unknown, unknown>)];
          return new Map(
            entries.map(([name, one]) => [key(name, `${path} key`), item(one, `${path}[${String(name)}]`)]),
          );
        };
      }
      case "option":
        return this.#option(plan);
      case "wrap": {
        const item = this.conversion(plan.item);
        return (value, path) => ({ tag: "ok", val: item(value, path) });
      }
      case "unwrap": {
        const item = this.conversion(plan.item);
        return (value, path) => {
          const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
          if (tag !== "ok") throw refused(path, "an err is no value here");
          return item(val, path);
        };
      }
      case "leaf":
        return (value, path) => {
          const made = plan.convert(value);
          if (made === undefined) throw refused(path, `${String(value)} is no ${plan.wanted}`);
          return made;
        };
      case "stream": {
        const element = this.conversion(plan.element);
        return (value, path) => adaptStream(value, plan, (one) => element(one, `${path}[]`));
      }
      case "future": {
        const element = this.conversion(plan.element);
        return (value, path) => adaptFuture(value, (one) => element(one, path));
      }
      case "handle":
        return plan.convert;
      case "constant":
        return plan.make;
      case "made":
        return (value, path) => runMade(plan, value, path);
      case "chain": {
        const [first, then] = [this.conversion(plan.first), this.conversion(plan.then)];
        return (value, path) => then(first(value, path), path);
      }
    }
  }

  #record({ fields }: RecordPlan): Conversion {
    const steps = fields.map(({ key, from, plan }) => ({
      key,
      read: from === undefined ? undefined : readerOf(from),
      convert: this.conversion(plan),
    }));
    return (value, path) => {
      const made: Record<string, unknown> = {};
      for (const { key, read, convert } of steps) {
        const part = read === undefined ? value : read(value as Record<string, unknown>);
        setField(made, key, convert(part, `${path}.${key}`));
      }
      return made;
    };
  }

  #tuple({ items }: TuplePlan): Conversion {
    const steps = items.map(({ name, from, plan }) => ({ name, from, convert: this.conversion(plan) }));
    return (value, path) =>
      steps.map(({ name, from, convert }) => {
        const part = from === undefined ? value : (value as readonly unknown[])[from];
        // The arguments of a function have no path of their own.
        return convert(part, path === "" ? name : `${path}${name}`);
      });
  }

  #cases({ arms }: CasesPlan): Conversion {
    const steps = new Map(
      [...arms].map(([sent, { tag, payload }]) => [sent, { tag, convert: payload && this.conversion(payload.plan) }]),
    );
    return (value, path) => {
      const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
      const arm = steps.get(tag);
      if (arm === undefined) return refuseCase(path, tag);
      return arm.convert === undefined ? { tag: arm.tag } : { tag: arm.tag, val: arm.convert(val, `${path}.${tag}`) };
    };
  }

  #list({ element, length, array }: ListPlan): Conversion {
    const convert = this.conversion(element);
    return (value, path) => {
      const items = value as ArrayLike<unknown>;
      if (length !== undefined && items.length !== length) throw refusedLength(path, items.length, length);
      const made = (array?.create(items.length) ?? []) as unknown[];
      for (let index = 0; index < items.length; index++) made[index] = convert(items[index], `${path}[${index}]`);
      return made;
    };
  }

  #option({ from, to, item, standIn }: OptionPlan): Conversion {
    const convert = this.conversion(item);
    return (value, path) => {
      const tagged = value as { readonly tag: string; readonly val?: unknown };
      const isNone = from === "plain" ? value === undefined : from === "tagged" && tagged.tag === "none";
      if (!isNone) {
        const made = convert(from === "tagged" ? tagged.val : value, path);
        return to === "tagged" ? { tag: "some", val: made } : made;
      }
      if (to !== "bare") return to === "tagged" ? { tag: "none" } : undefined;
      if (standIn === undefined) throw refused(path, "none is no value here");
      return standIn();
    };
  }
}

const same: Conversion = (value) => value;

function flags({ flags: sent, keys }: FlagsPlan): Conversion {
  const steps = sent.map((flag) => ({ ...flag, read: readerOf(flag.from) }));
  return (value, path) => {
    const made: Record<string, unknown> = {};
    for (const key of keys) setField(made, key, false);
    for (const { label, read, to, isCritical } of steps) {
      if (read(value as Record<string, unknown>) !== true) continue;
      if (to !== undefined) setField(made, to, true);
      else if (isCritical) throw refused(path, `the flag ${label} has no counterpart`);
    }
    return made;
  };
}

/** What an author's function gives, checked. An error of the author has the place in the migration in its `details`. */
export function runMade({ make, check, name }: PlanNode & { kind: "made" }, value: unknown, path: string): unknown {
  try {
    const made = make(value);
    check(made, path || "the arguments");
    return made;
  } catch (thrown) {
    throw refused(path || "arguments", `${name} of the migration fails: ${TenonError.from(thrown).what}`, {
      cause: thrown,
      details: { migration: name },
    });
  }
}

function refuseCase(path: string, label: unknown): never {
  throw refused(path, `the case ${String(label)} has no counterpart`);
}

function refusedLength(path: string, length: number, wanted: number): TenonError {
  return refused(path, `a list of ${length} is no list of ${wanted}`);
}

/** A value that has no counterpart in the other version. */
function refused(path: string, why: string, more: TenonErrorOptions = {}): TenonError {
  return new TenonError("value-invalid", `${path} cannot be converted between the versions of the contract: ${why}`, {
    hint: "pass a value that both versions have, or build the plugin against the host's contract",
    ...more,
  });
}
