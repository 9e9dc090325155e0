// Named WIT types and interfaces -> exported TypeScript declarations.
import { functionKind, typeDef } from "../from-resolve.ts";
import type { CaseDef, FieldDef, FunctionDef, InterfaceDef, NameDef, TypeDef } from "../ir.ts";
import { camelCase, functionLabel } from "../names.ts";
import { jsDoc, oneLine } from "./comments.ts";
import { group, indent, line, print } from "./layout.ts";
import type { Doc } from "./layout.ts";
import { kindDoc, signatureDoc, typeDoc } from "./print-type.ts";
import { isOption, isTaggedOption } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** Columns in generated code. */
export const WIDTH = 120;

/** The declaration of named type `index`; `functions` are those of its interface or world, for a resource's members. */
export function typeDeclaration(scope: Scope, index: number, functions: readonly FunctionDef[]): string {
  const def = typeDef(scope.resolve, index);
  const name = scope.typeName(index) ?? "";
  const { kind } = def;
  if (kind === "resource") return resourceDeclaration(scope, index, functions);
  if ("record" in kind)
    return interfaceText(
      def,
      name,
      kind.record.fields.map((field) => fieldText(scope, field)),
    );
  if ("flags" in kind) {
    return interfaceText(
      def,
      name,
      kind.flags.flags.map((flag) => member(flag, `${camelCase(flag.name)}?: boolean | undefined;`)),
    );
  }
  if ("enum" in kind) {
    const cases = kind.enum.cases.map((one) => JSON.stringify(one.name));
    return unionText(def, name, cases, kind.enum.cases);
  }
  if ("variant" in kind) {
    const cases = kind.variant.cases.map((one) => caseDoc(scope, one));
    return unionText(def, name, cases, kind.variant.cases);
  }
  return `${jsDoc(def)}${print(group(`export type ${name} = `, kindDoc(scope, kind), ";"), WIDTH)}\n`;
}

/** The TypeScript interface of a WIT interface: its functions, and the classes of its resources. */
export function interfaceDeclaration(scope: Scope, def: InterfaceDef, name: string): string {
  const functions = Object.values(def.functions);
  return interfaceText(def, name, [
    ...classMembers(scope, Object.values(def.types), functions),
    ...functions
      .filter((func) => functionKind(func).kind === "freestanding")
      .map((func) => functionMember(scope, func)),
  ]);
}

/** One member of an interface: `build: (request: BuildRequest) => ...;` */
export function functionMember(scope: Scope, func: FunctionDef): string {
  return member(func, [camelCase(func.name), ": ", signatureDoc(scope, func, " => "), ";"], paramTags(func));
}

/** The members that hold the classes of those `types` that are resources with something to call on the class. */
export function classMembers(scope: Scope, types: readonly number[], functions: readonly FunctionDef[]): string[] {
  return types
    .filter((index) => typeDef(scope.resolve, index).kind === "resource" && classFunctions(functions, index).length > 0)
    .map((index) => member({}, `${scope.typeName(index) ?? ""}: ${scope.className(index)};`));
}

/** An exported interface; `members` are finished texts. */
export function interfaceText(
  documented: Pick<TypeDef, "docs" | "stability">,
  name: string,
  members: readonly string[],
): string {
  const head = `${jsDoc(documented)}export interface ${name} {`;
  return members.length === 0 ? `${head}}\n` : `${head}\n${members.join("")}}\n`;
}

function member(documented: Pick<TypeDef, "docs" | "stability">, doc: Doc, tags: readonly string[] = []): string {
  return `${jsDoc(documented, "  ", tags)}  ${print(doc, WIDTH, 2)}\n`;
}

function fieldText(scope: Scope, field: FieldDef): string {
  const isOptional = isOption(scope.resolve, field.type) && !isTaggedOption(scope.resolve, field.type);
  return member(field, [camelCase(field.name), isOptional ? "?: " : ": ", typeDoc(scope, field.type), ";"]);
}

function caseDoc(scope: Scope, one: CaseDef): Doc {
  const tag = `tag: ${JSON.stringify(one.name)}`;
  if (one.type === null) return `{ ${tag} }`;
  return ["{ ", tag, "; val: ", typeDoc(scope, one.type), " }"];
}

/** Comments inside a union would stop formatters from joining its lines, so the cases are described above it. */
function unionText(
  def: TypeDef,
  name: string,
  cases: readonly Doc[],
  described: readonly (CaseDef | NameDef)[],
): string {
  const list = described.flatMap((one) => (one.docs === undefined ? [] : [`- \`${one.name}\`: ${oneLine(one.docs)}`]));
  const [only] = cases;
  const body =
    cases.length === 1 && only !== undefined ? [" ", only] : indent(cases.map((one, index) => [line, bar(index), one]));
  return `${jsDoc(def, "", list)}${print(group(`export type ${name} =`, body, ";"), WIDTH)}\n`;
}

function bar(index: number): Doc {
  return index === 0 ? { kind: "if-broken", body: "| " } : "| ";
}

/** An instance's interface, and the interface of its class if there is anything to call on it. */
function resourceDeclaration(scope: Scope, index: number, functions: readonly FunctionDef[]): string {
  const def = typeDef(scope.resolve, index);
  const name = scope.typeName(index) ?? "";
  const methods = functions.filter((func) => {
    const { kind, resource } = functionKind(func);
    return kind === "method" && resource === index;
  });
  const instance = interfaceText(def, name, [
    ...methods.map((func) => member(func, [label(func), signatureDoc(scope, func, ": "), ";"], paramTags(func))),
    "  /** Gives the resource back to its owner; it cannot be used afterwards. */\n  [Symbol.dispose](): void;\n",
  ]);
  const statics = classFunctions(functions, index);
  if (statics.length === 0) return instance;
  const members = statics.map((func) => classMember(scope, func, name));
  const about = { docs: { contents: `What creates a \`${name}\`.` } };
  return `${instance}\n${interfaceText(about, scope.className(index), members)}`;
}

/** A constructor that cannot fail is `new`; one that returns a `result` is `create`, because results are values. */
function classMember(scope: Scope, func: FunctionDef, name: string): string {
  if (functionKind(func).kind === "static") {
    return member(func, [label(func), signatureDoc(scope, func, ": "), ";"], paramTags(func));
  }
  const canFail = typeof func.result === "number" && isResult(scope, func.result);
  const signature = canFail ? signatureDoc(scope, func, ": ") : signatureDoc(scope, func, ": ", name);
  return member(func, [canFail ? "create" : "new ", signature, ";"], paramTags(func));
}

function isResult(scope: Scope, index: number): boolean {
  const { kind } = typeDef(scope.resolve, index);
  return typeof kind === "object" && "result" in kind;
}

function classFunctions(functions: readonly FunctionDef[], resource: number): FunctionDef[] {
  return functions.filter((func) => {
    const of = functionKind(func);
    return of.resource === resource && of.kind !== "method";
  });
}

function label(func: FunctionDef): string {
  return camelCase(functionLabel(func.name));
}

function paramTags(func: FunctionDef): string[] {
  return func.params.flatMap((param) =>
    param.docs === undefined ? [] : [`@param ${camelCase(param.name)} ${oneLine(param.docs)}`],
  );
}
