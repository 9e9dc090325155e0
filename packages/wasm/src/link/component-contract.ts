// A link plan -> the component's world as a contract, with the digests by which contracts are compared.
import { contractDigest, createDigester, interfaceKeys } from "@tenon/contract/core";
import type { Contract, ContractInterface } from "@tenon/contract/core";
import type { LinkPlan, PlanInterface } from "./plan.ts";

/** The id that wasm-tools gives to worlds of components, which have no name in the binary. */
const WORLD_ID = "root:component/root";
const known = new WeakMap<LinkPlan, Contract>();

/** The world of a component as a contract. Its digest is that of the WIT world it was built for. */
export function componentContract(plan: LinkPlan): Contract {
  let made = known.get(plan);
  if (made === undefined) known.set(plan, (made = contractOf(plan)));
  return made;
}

function contractOf({ world }: LinkPlan): Contract {
  const digester = createDigester();
  const complete = (side: readonly PlanInterface[]): ContractInterface[] => {
    const keys = interfaceKeys(side.map(({ id }) => id));
    return side.map((one, index) => ({ ...one, key: keys[index] ?? "", digest: digester.interfaceDigest(one) }));
  };
  const sides = { exports: complete(world.exports), imports: complete(world.imports) };
  return { id: WORLD_ID, ...sides, digest: contractDigest(sides) };
}
