// A world's name, or none -> the world that is meant. Rules: component-model WIT.md, "Specifying a World".

import { TenonError } from "../errors.ts";
import type { Resolve } from "../ir.ts";

/**
 * Index in `resolve.worlds`. `name` is a label of the package (`plugin`) or a full id (`tenon:builder/plugin@0.1.0`,
 * the version only where it is needed to tell packages apart); without it the package must have exactly one world.
 * Throws `config-invalid` with the worlds that there are.
 */
export function selectWorld(resolve: Resolve, packageIndex: number, name?: string): number {
  const own = resolve.packages[packageIndex];
  if (own === undefined)
    throw new TenonError("config-invalid", `there is no package ${packageIndex}`, { sideEffects: "none" });
  if (name === undefined) {
    const [only, ...others] = Object.values(own.worlds);
    if (only !== undefined && others.length === 0) return only;
    throw noWorld(
      resolve,
      only === undefined ? `package ${own.name} has no world` : `package ${own.name} has several worlds`,
    );
  }
  const slash = name.indexOf("/");
  if (slash === -1) return worldIn(resolve, packageIndex, name);
  const at = name.indexOf("@", slash);
  const label = name.slice(slash + 1, at === -1 ? undefined : at);
  const packageName = name.slice(0, slash) + (at === -1 ? "" : name.slice(at));
  return worldIn(resolve, findPackage(resolve, packageName), label);
}

function findPackage(resolve: Resolve, name: string): number {
  const exact = resolve.packages.findIndex((pkg) => pkg.name === name);
  if (exact !== -1) return exact;
  const versions = resolve.packages.flatMap((pkg, index) => (pkg.name.startsWith(`${name}@`) ? [index] : []));
  const [only, ...others] = versions;
  if (only === undefined) throw noWorld(resolve, `package ${name} is not here`);
  if (others.length > 0) throw noWorld(resolve, `package ${name} is here in several versions`);
  return only;
}

function worldIn(resolve: Resolve, packageIndex: number, label: string): number {
  const pkg = resolve.packages[packageIndex];
  const id = pkg !== undefined && Object.hasOwn(pkg.worlds, label) ? pkg.worlds[label] : undefined;
  if (id === undefined) throw noWorld(resolve, `there is no world ${label} in package ${pkg?.name ?? ""}`);
  return id;
}

function noWorld(resolve: Resolve, what: string): TenonError {
  const ids = resolve.worlds.slice(0, 20).map((world) => {
    const [name = "", version] = (resolve.packages[world.package]?.name ?? "").split("@");
    return `${name}/${world.name}${version === undefined ? "" : `@${version}`}`;
  });
  const hint = ids.length === 0 ? "add a world to the package" : `name one of: ${ids.join(", ")}`;
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}
