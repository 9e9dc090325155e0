// A plan -> the source of straight-line code that follows it; the fast twin of run-plan.ts. It keeps no path: where a value
// has no counterpart it throws REFUSED, and the value is converted again by closures that can say where.
import { Generator, literalKey, readField, text } from "../generate.ts";
import type { CasesPlan, FlagsPlan, LeafPlan, ListPlan, OptionPlan, Plan, PlanNode, RecordPlan } from "./plan.ts";
import { PlanRunner, runMade } from "./run-plan.ts";

/** Thrown by generated code; the one who catches it knows better. */
export const REFUSED: unique symbol = Symbol("refused");

/** One function `(v) => converted`. */
export function generatePlan(plan: PlanNode): (value: unknown) => unknown {
  const generator = new Generator();
  return generator.compile(`(v)=>${expression(generator, plan, "v")}`);
}

/** An expression that yields the converted value of the expression `from`. */
export function expression(generator: Generator, plan: Plan, from: string): string {
  if (plan === undefined) return from;
  if (plan.kind === "constant") return constant(generator, plan.make);
  if (plan.kind === "handle") return `${generator.constant(plan.convert)}(${from})`;
  if (plan.kind === "chain") return expression(generator, plan.then, expression(generator, plan.first, from));
  if (plan.kind === "wrap") return `({tag:"ok",val:${expression(generator, plan.item, from)}})`;
  return `${functionOf(generator, plan)}(${from})`;
}

/** Most defaults are a number, a text or none, which the code can hold itself. */
function constant(generator: Generator, make: () => unknown): string {
  const value = make();
  if (value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return `${generator.constant(make)}()`;
}

function functionOf(generator: Generator, plan: PlanNode): string {
  return generator.functionFor(plan, () => `(v){${body(generator, plan)}}`);
}

function body(generator: Generator, plan: PlanNode): string {
  switch (plan.kind) {
    case "record":
      return recordBody(generator, plan);
    case "tuple":
      return `return [${plan.items
        .map(({ from, plan: part }) => expression(generator, part, from === undefined ? "v" : `v[${from}]`))
        .join(",")}];`;
    case "cases":
      return casesBody(generator, plan);
    case "enum":
      return switchBody(
        "v",
        [...plan.labels].map(([sent, label]) => [sent, text(label)]),
        generator,
      );
    case "flags":
      return flagsBody(generator, plan);
    case "list":
      return listBody(generator, plan);
    case "map":
      return `const m=new Map();for(const e of v)m.set(${expression(generator, plan.key, "e[0]")},${expression(generator, plan.value, "e[1]")});return m;`;
    case "option":
      return optionBody(generator, plan);
    case "unwrap":
      return `if(v.tag!=="ok")${refuse(generator)};return ${expression(generator, plan.item, "v.val")};`;
    case "leaf":
      return leafBody(generator, plan);
    case "stream":
    case "future":
      // What comes later is converted when nobody is left who could convert it again: closures say at once where it was.
      return `return ${generator.constant(new PlanRunner().conversion(plan))}(v,${text(`a ${plan.kind}`)});`;
    case "made":
      return `return ${generator.constant(runMade)}(${generator.constant(plan)},v,"a value");`;
    default:
      return `return ${expression(generator, plan, "v")};`;
  }
}

function refuse(generator: Generator): string {
  return `throw ${generator.constant(REFUSED)}`;
}

function recordBody(generator: Generator, { fields }: RecordPlan): string {
  const shared = new Map<PlanNode, string>();
  let before = "";
  const parts = fields.map(({ key, from, plan }) => {
    if (from !== undefined) return `${literalKey(key)}:${expression(generator, plan, readField(from))}`;
    // Several fields that an author makes of one earlier form of the record share it.
    if (plan?.kind !== "chain") return `${literalKey(key)}:${expression(generator, plan, "v")}`;
    const name = shared.get(plan.first) ?? `w${shared.size}`;
    if (!shared.has(plan.first)) before += `const ${name}=${expression(generator, plan.first, "v")};`;
    shared.set(plan.first, name);
    return `${literalKey(key)}:${expression(generator, plan.then, name)}`;
  });
  return `${before}return {${parts.join(",")}};`;
}

function switchBody(
  on: string,
  arms: readonly (readonly [sent: string, give: string])[],
  generator: Generator,
): string {
  const cases = arms.map(([sent, give]) => `case ${text(sent)}:return ${give};`);
  return `switch(${on}){${cases.join("")}}${refuse(generator)};`;
}

function casesBody(generator: Generator, { arms }: CasesPlan): string {
  const rows = [...arms].map(([sent, { tag, payload }]): [string, string] => {
    const val = payload === undefined ? "" : `,val:${expression(generator, payload.plan, "v.val")}`;
    return [sent, `{tag:${text(tag)}${val}}`];
  });
  return switchBody("v.tag", rows, generator);
}

function flagsBody(generator: Generator, { flags, keys }: FlagsPlan): string {
  const sources = new Map(flags.flatMap(({ from, to }) => (to === undefined ? [] : [[to, from] as const])));
  const critical = flags
    .filter(({ to, isCritical }) => to === undefined && isCritical)
    .map(({ from }) => `if(${readField(from)}===true)${refuse(generator)};`);
  const parts = keys.map((key) => {
    const from = sources.get(key);
    return `${literalKey(key)}:${from === undefined ? "false" : `${readField(from)}===true`}`;
  });
  return `${critical.join("")}return {${parts.join(",")}};`;
}

function listBody(generator: Generator, { element, length, array }: ListPlan): string {
  const check = length === undefined ? "" : `if(n!==${length})${refuse(generator)};`;
  const item = expression(generator, element, "v[i]");
  const [made, add] =
    array === undefined ? ["[]", `a.push(${item})`] : [`${generator.constant(array)}.create(n)`, `a[i]=${item}`];
  return `const n=v.length;${check}const a=${made};for(let i=0;i<n;i++)${add};return a;`;
}

function optionBody(generator: Generator, { from, to, item, standIn }: OptionPlan): string {
  const some = expression(generator, item, from === "tagged" ? "v.val" : "v");
  const whole = to === "tagged" ? `{tag:"some",val:${some}}` : some;
  if (from === "bare") return `return ${whole};`;
  const none =
    to === "tagged"
      ? `return {tag:"none"};`
      : to === "plain"
        ? "return undefined;"
        : standIn === undefined
          ? `${refuse(generator)};`
          : `return ${constant(generator, standIn)};`;
  return `if(${from === "tagged" ? `v.tag==="none"` : "v===undefined"}){${none}}return ${whole};`;
}

function leafBody(generator: Generator, { convert, fast }: LeafPlan): string {
  const quick = fast === undefined ? "" : `if(${fast.when})return ${fast.give};`;
  return `${quick}const r=${generator.constant(convert)}(v);if(r===undefined)${refuse(generator)};return r;`;
}
