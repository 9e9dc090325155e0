// Random contracts, and random changes in them, as WIT text. Most changes give a valid contract; the resolver decides.

export type Random = (below: number) => number;

interface Type {
  name: string;
  kind: "record" | "variant" | "enum" | "flags" | "alias";
  /** Fields, cases and flags; an alias has one whose type it stands for. */
  members: { name: string; type: string }[];
}
interface Func {
  name: string;
  owner: string;
  isStatic: boolean;
  isAsync: boolean;
  params: { name: string; type: string }[];
  result: string;
}
interface Interface {
  name: string;
  uses: string[];
  resources: string[];
  types: Type[];
  funcs: Func[];
}
export interface World {
  interfaces: Interface[];
  imports: string[];
  exports: string[];
}

const LABELS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];
const PLAIN = [
  "u8",
  "u32",
  "u64",
  "s32",
  "string",
  "bool",
  "f64",
  "list<u8>",
  "option<string>",
  "tuple<u8, string>",
  "result<u8, string>",
];

/** The same numbers for the same seed (Numerical Recipes' constants). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

export function randomWorld(random: Random, { hasResources = true } = {}): World {
  const shared = randomInterface(random, "shared", [], 0, hasResources);
  const known = [...shared.types.map(({ name }) => name), ...shared.resources];
  const rest = ["host", "plugin", "extra"].map((name) =>
    randomInterface(random, name, known, 1 + random(3), hasResources),
  );
  return { interfaces: [shared, ...rest], imports: ["host"], exports: ["plugin", ...(random(2) ? ["extra"] : [])] };
}

function randomInterface(
  random: Random,
  name: string,
  known: readonly string[],
  funcs: number,
  hasResources = true,
): Interface {
  const one: Interface = {
    name,
    uses: known.filter(() => random(2) > 0),
    resources: random(3) || !hasResources ? [] : [`${name}-res`],
    types: [],
    funcs: [],
  };
  for (let n = random(3); n > 0; n--) one.types.push(randomType(random, one, `${name}-t${n}`));
  for (let n = 0; n < funcs; n++) one.funcs.push(randomFunc(random, one, pick(random, LABELS)));
  return one;
}

function randomType(random: Random, inside: Interface, name: string): Type {
  const kind = pick(random, ["record", "variant", "enum", "flags", "alias"] as const);
  const count = kind === "alias" ? 1 : 1 + random(4);
  return {
    name,
    kind,
    members: LABELS.slice(0, count).map((label) => ({
      name: label,
      type: random(4) ? valueType(random, inside) : "u8",
    })),
  };
}

function randomFunc(random: Random, inside: Interface, name: string): Func {
  const params = LABELS.slice(0, random(3)).map((label) => ({ name: label, type: valueType(random, inside) }));
  const owner = inside.resources.length > 0 && random(3) === 0 ? inside.resources[0]! : "";
  return {
    name,
    owner,
    isStatic: random(2) > 0,
    isAsync: random(8) === 0,
    params,
    result: random(2) ? valueType(random, inside) : "",
  };
}

function valueType(random: Random, { types, resources, uses }: Interface): string {
  const values = [...PLAIN, ...types.map(({ name }) => name), ...uses, ...resources];
  const type = pick(random, values);
  return random(6) ? type : `list<${type}>`;
}

/** One to three changes. */
export function changed(random: Random, world: World): World {
  const copy = structuredClone(world);
  for (let n = 1 + random(3); n > 0; n--) changeOnce(random, copy);
  return copy;
}

function changeOnce(random: Random, world: World): void {
  const one = pick(random, world.interfaces);
  const type = pick(random, one.types);
  const func = pick(random, one.funcs);
  const changes: (() => unknown)[] = [
    () => void one.types.push(randomType(random, one, `${one.name}-new`)),
    () => void one.funcs.push(randomFunc(random, one, pick(random, LABELS))),
    () => void one.funcs.splice(random(one.funcs.length), 1),
    () => void one.types.splice(random(one.types.length), 1),
    () => void one.types.reverse(),
    () => void one.funcs.reverse(),
    () => void one.resources.push(`${one.name}-more`),
    () => void one.resources.pop(),
    () => void one.uses.pop(),
    () => void (world.exports = world.exports.length > 1 ? ["plugin"] : ["plugin", "extra"]),
    () => void (world.imports = world.imports.length > 1 ? ["host"] : ["host", "shared"]),
  ];
  if (type !== undefined) {
    changes.push(
      () => void type.members.push({ name: pick(random, LABELS), type: "option<u8>" }),
      () => void type.members.pop(),
      () => void type.members.reverse(),
      () => type.members.splice(0, 1, { name: "renamed", type: type.members[0]?.type ?? "u8" }),
      () => type.members.splice(0, 1, { name: type.members[0]?.name ?? "alpha", type: pick(random, PLAIN) }),
      () => void (type.name = `${one.name}-other`),
    );
  }
  if (func !== undefined) {
    changes.push(
      () => void func.params.push({ name: "more", type: pick(random, PLAIN) }),
      () => void func.params.pop(),
      () => void func.params.reverse(),
      () => void (func.result = pick(random, PLAIN)),
      () => void (func.isAsync = !func.isAsync),
      () => void (func.isStatic = !func.isStatic),
      () => void (func.name = "renamed"),
    );
  }
  pick(random, changes)();
}

export function printWorld({ interfaces, imports, exports }: World): string {
  const lines = (names: readonly string[], word: string): string =>
    names.map((name) => `  ${word} ${name};`).join("\n");
  return `package demo:random@1.0.0;\n${interfaces.map(printInterface).join("\n")}\nworld w {\n${lines(imports, "import")}\n${lines(exports, "export")}\n}\n`;
}

function printInterface({ name, uses, resources, types, funcs }: Interface): string {
  const use = uses.length > 0 ? `  use shared.{${uses.join(", ")}};\n` : "";
  const members = (owner: string): string =>
    funcs
      .filter((func) => func.owner === owner)
      .map(printFunc)
      .join(" ");
  return `interface ${name} {\n${use}${resources.map((one) => `  resource ${one} { ${members(one)} }\n`).join("")}${types.map(printType).join("\n")}\n  ${members("")}\n}`;
}

function printType({ name, kind, members }: Type): string {
  if (kind === "alias") return `  type ${name} = ${members[0]?.type ?? "u8"};`;
  const parts = members.map((one) =>
    kind === "record"
      ? `${one.name}: ${one.type}`
      : kind === "variant" && one.type !== "u8"
        ? `${one.name}(${one.type})`
        : one.name,
  );
  return `  ${kind} ${name} { ${parts.join(", ")} }`;
}

function printFunc({ name, owner, isStatic, isAsync, params, result }: Func): string {
  const words = `${owner !== "" && isStatic ? "static " : ""}${isAsync ? "async " : ""}`;
  const list = params.map((one) => `${one.name}: ${one.type}`).join(", ");
  return `${name}: ${words}func(${list})${result === "" ? "" : ` -> ${result}`};`;
}
