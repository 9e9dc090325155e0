// One plugin in a sandbox of the operating system, for tests of what becomes of its processes.
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit, type Contract } from "@tenon/contract";
import { hasSandbox } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createHost, type Host, type Plugin } from "@tenon/host";
import { decide, NO_REQUESTS, type Decision, type Trust } from "@tenon/policy";

const WIT = `package demo:confined@0.1.0;
interface acts {
  escape: func() -> u32;
  hold: func() -> u32;
  look: func() -> string;
}
world plugin {
  export acts;
}`;

export interface Acts {
  readonly acts: { readonly escape: () => number; readonly hold: () => number; readonly look: () => string };
}
const contract = contractFromResolve(resolveWit(WIT).resolve, 0) as Contract<Acts, object>;
export const FIXTURES: string = fileURLToPath(new URL("fixtures", import.meta.url));

/** A decision that grants nothing; trusted plugins may start processes in their sandbox. */
export function confinedDecision(trust: Trust, boundary = "stdio"): Decision {
  const { enforcement, takesSandbox } = stdioDriver.traits;
  return decide({
    plugin: "demo/confined",
    requests: NO_REQUESTS,
    boundary,
    trust,
    enforcement,
    takesSandbox,
    sandbox: "required",
    hasSandbox,
    policies: [],
  });
}

/** With `marker` in the command line of all its processes. Close the host. */
export async function openConfined(marker: string, trust: Trust): Promise<{ host: Host; plugin: Plugin<Acts> }> {
  const host = createHost({ drivers: [stdioDriver] });
  const plugin = await host.load(contract, {
    id: "demo/confined",
    boundary: "stdio",
    artifact: { command: ["python3", "-B", `${FIXTURES}/confined-plugin.py`, marker] },
    folder: FIXTURES,
    decision: confinedDecision(trust),
    limits: { closeGraceMs: 100 },
  });
  return { host, plugin };
}
