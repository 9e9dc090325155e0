// Two bridges, from a plugin to a version between and from there to the host -> one, whose plans are fused.
import { TenonError } from "@tenon/contract/base";
import type { Bridge, Bridged, CallByKey, Route } from "./bridge.ts";
import { PlanComposer } from "./compose.ts";
import { compileConversion, then } from "./convert.ts";

export function composeBridges(lower: Bridge, upper: Bridge): Bridge {
  const composer = new PlanComposer();
  return {
    exports: composeSide(upper.exports, lower.exports, composer),
    imports: composeSide(lower.imports, upper.imports, composer),
  };
}

/** `outer` leads from the caller to the version between, `inner` from there on. */
function composeSide(
  outer: ReadonlyMap<string, Bridged>,
  inner: ReadonlyMap<string, Bridged>,
  composer: PlanComposer,
): Map<string, Bridged> {
  const far = farCalls(inner);
  const found = new Map<string, Bridged>();
  for (const [key, first] of outer) {
    if ("emulate" in first) {
      found.set(key, { emulate: (args, call) => first.emulate(args, (target, own) => far(target)(own, call)) });
      continue;
    }
    const next = inner.get(first.target);
    // What the version between may lack, the far side lacks.
    if (next === undefined) continue;
    if ("emulate" in next) {
      const convert = around(key, first);
      found.set(key, { emulate: (args, call) => convert(args, (own) => next.emulate(own, call)) });
      continue;
    }
    found.set(key, {
      target: next.target,
      args: composer.compose(first.args, next.args),
      result: composer.compose(next.result, first.result),
      sent: { args: first.sent.args, result: next.sent.result },
    });
  }
  return found;
}

/** Arguments and answer of one function, converted around a call. */
function around(
  key: string,
  { args, result, sent }: Route,
): (args: readonly unknown[], call: (own: readonly unknown[]) => unknown) => unknown {
  const into = compileConversion(args, { path: "", sent: sent.args });
  const back = compileConversion(result, { path: `${key} -> result`, sent: sent.result });
  return (given, call) => then(call(into === undefined ? given : (into(given) as unknown[])), back);
}

type FarCall = (args: readonly unknown[], call: CallByKey) => unknown;

/** Functions of the version between, for an emulation that calls them; each is compiled when it is called first. */
function farCalls(functions: ReadonlyMap<string, Bridged>): (key: string) => FarCall {
  const made = new Map<string, FarCall>();
  const make = (key: string): FarCall => {
    const found = functions.get(key);
    if (found === undefined)
      throw new TenonError("function-missing", `the other side has no function ${key}`, { sideEffects: "none" });
    if ("emulate" in found) return found.emulate;
    const convert = around(key, found);
    return (args, call) => convert(args, (own) => call(found.target, own));
  };
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
