// What host and library find each other by: the symbols of the C ABI, and the text of the contract.
import type { Contract } from "@tenon/contract";

/** `tenon_v1__values__echoU8`; without a key for functions of the world itself. */
export function symbolOf(key: string, member: string): string {
  return `tenon_v1__${key === "" ? "" : `${key}__`}${member}`;
}

/** What `tenon_contract_v1` gives: the host reads it before it calls anything else. */
export function contractText({ id, digest, exports, imports }: Contract): string {
  const side = (interfaces: Contract["exports"]): Record<string, string> =>
    Object.fromEntries(interfaces.map((one) => [one.id, one.digest]));
  return JSON.stringify({ tenon: 1, id, digest, exports: side(exports), imports: side(imports) });
}
