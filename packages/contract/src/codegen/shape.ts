// One world -> an interface with its types and functions by path, from which the two ends of a migration are typed.
import { functionKind, typeDef } from "../from-resolve.ts";
import type { Contract } from "../model.ts";
import { camelCase } from "../names.ts";
import { keptInterfaces, worldFunctions } from "./world-items.ts";
import { interfaceText } from "./print-declaration.ts";
import type { Scope } from "./scope.ts";

export interface ShapeNames {
  readonly shape: string;
  readonly exports: string;
  readonly imports: string;
}

/** Paths are those of reports: `builder#build-request`, `builder.build`. Resources and their functions are left out. */
export function shapeText(scope: Scope, worldIndex: number, contract: Contract, names: ShapeNames): string {
  const world = scope.resolve.worlds[worldIndex];
  const kept = keptInterfaces(scope, worldIndex, contract);
  const functions = (side: "exports" | "imports"): string[] => [
    ...kept
      .filter((one) => one.side === side)
      .flatMap(({ index }) => {
        const def = scope.resolve.interfaces[index];
        return Object.values(def?.functions ?? {})
          .filter((func) => functionKind(func).kind === "freestanding")
          .map((func) => row(`${def?.name}.${func.name}`, `${scope.interfaceName(index)}["${camelCase(func.name)}"]`));
      }),
    ...worldFunctions(world?.[side] ?? {})
      .filter((func) => functionKind(func).kind === "freestanding")
      .map((func) => row(`.${func.name}`, `${names[side]}["${camelCase(func.name)}"]`)),
  ];
  const group = (name: string, rows: readonly string[]): string =>
    rows.length === 0 ? `  ${name}: {};\n` : `  ${name}: {\n${rows.join("")}  };\n`;
  const about = { docs: { contents: `The contract \`${contract.id}\` by path, for \`defineMigration\`.` } };
  return interfaceText(about, names.shape, [
    group("types", typeRows(scope)),
    group("exports", functions("exports")),
    group("imports", functions("imports")),
  ]);
}

function typeRows(scope: Scope): string[] {
  return scope.types.flatMap((index) => {
    const { name, kind, owner } = typeDef(scope.resolve, index);
    if (kind === "resource") return [];
    const at = owner !== null && "interface" in owner ? (scope.resolve.interfaces[owner.interface]?.name ?? "") : "";
    return [row(`${at}#${name}`, scope.typeName(index) ?? "unknown")];
  });
}

function row(path: string, type: string): string {
  return `    ${JSON.stringify(path)}: ${type};\n`;
}
