// The names by which items of a contract are the same from one version to the next.
import { splitId } from "../names.ts";

/** An interface's id without its version: what stays the same from one version of a contract to the next. */
export function interfaceKey(id: string): string {
  const { pkg, name } = splitId(id);
  return pkg === "" ? name : `${pkg}/${name}`;
}

/** `tenon:builder/builder.build` */
export function functionKey(interfaceIdText: string, name: string): string {
  return `${interfaceKey(interfaceIdText)}.${name}`;
}
