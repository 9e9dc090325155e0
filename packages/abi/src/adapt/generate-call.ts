// The plans of a function's arguments and result -> the source of one function around another: it converts, calls and converts
// back. All of it is one piece of straight-line code, so that the engine can inline what it calls and leave out objects that
// nobody keeps.
import { Generator } from "../generate.ts";
import type { Convert } from "./convert.ts";
import { expression } from "./generate-plan.ts";
import type { Plan } from "./plan.ts";

/** A function as one of the two sides has it. */
export type Called = (...args: unknown[]) => unknown;

/** The same with its arguments in an array, and beside them something that goes on untouched. */
export type CalledWith<C> = (args: readonly unknown[], context: C) => unknown;

export interface CallPlans {
  /** How many parameters the caller's function has. What is passed beyond them goes on where no argument converts, else it is dropped. */
  readonly arity: number;
  readonly args: Plan;
  readonly result: Plan;
  /** The same conversions, for values that generated code refuses and for answers that come later. */
  readonly convertArgs: Convert | undefined;
  readonly convertResult: Convert | undefined;
}

let made = 0;

/** `(target) => (a0, a1) => ...`, and what the engine learns of it is its own: texts that it has seen before it knows again. */
export function generateCall(plans: CallPlans): (target: Called) => Called {
  const generator = new Generator();
  const number = `/*${made++}*/`;
  if (plans.args === undefined)
    return generator.compile(`(t)=>(...a)=>{${number}${resultCode(generator, plans, "t(...a)")}}`);
  const params = Array.from({ length: plans.arity }, (_, index) => `a${index}`);
  const { convert, items, list } = argumentsCode(generator, plans, params, `[${params.join(",")}]`);
  const code = `${number}${convert}${resultCode(generator, plans, `t(${items ?? `...${list}`})`)}`;
  return generator.compile(`(t)=>(${params.join(",")})=>{${code}}`);
}

/** `(target) => (args, context) => ...` */
export function generateCallWith(plans: CallPlans): <C>(target: CalledWith<C>) => CalledWith<C> {
  const generator = new Generator();
  const params = Array.from({ length: plans.arity }, (_, index) => `a[${index}]`);
  const { convert, list } = argumentsCode(generator, plans, params, "a");
  return generator.compile(`(t)=>(a,c)=>{${convert}${resultCode(generator, plans, `t(${list},c)`)}}`);
}

interface ArgumentsCode {
  readonly convert: string;
  /** The converted arguments as an array, and one by one where that is known. */
  readonly list: string;
  readonly items?: string;
}

/** `params` are the expressions of the arguments, `given` that of all of them. */
function argumentsCode(
  generator: Generator,
  { args, convertArgs }: CallPlans,
  params: readonly string[],
  given: string,
): ArgumentsCode {
  if (args === undefined) return { convert: "", list: given };
  const again = `${generator.constant(convertArgs)}(${given})`;
  if (args.kind !== "tuple")
    return { convert: `let b;try{b=${expression(generator, args, given)};}catch{b=${again};}`, list: "b" };
  const items = args.items.map((_, index) => `b${index}`).join(",");
  const list = `[${items}]`;
  if (items === "") return { convert: "", list, items };
  const made = args.items.map(({ from, plan }, index) => {
    const source = from === undefined ? given : (params[from] as string);
    return `b${index}=${expression(generator, plan, source)};`;
  });
  return { convert: `let ${items};try{${made.join("")}}catch{${list}=${again};}`, list, items };
}

function resultCode(generator: Generator, { result, convertResult }: CallPlans, call: string): string {
  if (result === undefined) return `return ${call};`;
  const again = generator.constant(convertResult);
  const late = `if(typeof r==="object"&&r!==null&&typeof r.then==="function")return r.then(${again});`;
  return `const r=${call};${late}try{return ${expression(generator, result, "r")};}catch{return ${again}(r);}`;
}
