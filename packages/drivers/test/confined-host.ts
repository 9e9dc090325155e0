// One plugin in a sandbox of the operating system, for tests of what becomes of its processes.
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit, type Contract } from "@tenon/contract";
import { hasSandbox } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createHost, type Host, type Plugin } from "@tenon/host";
import { decide, NO_REQUESTS, type AuditSink, type Decision, type NetAccess, type Trust } from "@tenon/policy";

const WIT = `package demo:confined@0.1.0;
interface acts {
  escape: func() -> u32;
  hold: func() -> u32;
  look: func() -> string;
  fetch: func(url: string) -> string;
  tunnel: func(host: string, port: u16) -> string;
  direct: func(port: u16) -> string;
  attempt: func(host: u32) -> string;
  misuse: func(text: string) -> string;
}
world plugin {
  export acts;
}`;

export interface Acts {
  readonly acts: {
    readonly escape: () => number;
    readonly hold: () => number;
    readonly look: () => string;
    readonly fetch: (url: string) => string;
    readonly tunnel: (host: string, port: number) => string;
    readonly direct: (port: number) => string;
    readonly attempt: (host: number) => string;
    readonly misuse: (text: string) => string;
  };
}
const contract = contractFromResolve(resolveWit(WIT).resolve, 0) as Contract<Acts, object>;
export const FIXTURES: string = fileURLToPath(new URL("fixtures", import.meta.url));

/** A decision that grants hosts and nothing else; trusted plugins may start processes in their sandbox. */
function confinedDecision(trust: Trust, net: readonly NetAccess[]): Decision {
  const { enforcement, takesSandbox } = stdioDriver.traits;
  return decide({
    plugin: "demo/confined",
    requests: { ...NO_REQUESTS, net: net.map((one) => ({ ...one, why: "is granted" })) },
    boundary: "stdio",
    trust,
    enforcement,
    takesSandbox,
    sandbox: "required",
    hasSandbox,
    policies: [
      { file: "p", scope: "user", plugins: [], trustedDigests: [], rules: [{ at: "rule", grant: "requested" }] },
    ],
  });
}

/** With `marker` in the command line of all its processes. Close the host. */
export async function openConfined(
  marker: string,
  trust: Trust,
  { net = [], onAudit }: { readonly net?: readonly NetAccess[]; readonly onAudit?: AuditSink } = {},
): Promise<{ host: Host; plugin: Plugin<Acts> }> {
  const host = createHost({ drivers: [stdioDriver], ...(onAudit !== undefined && { onAudit }) });
  const plugin = await host.load(contract, {
    id: "demo/confined",
    boundary: "stdio",
    artifact: { command: ["python3", "-B", `${FIXTURES}/confined-plugin.py`, marker] },
    folder: FIXTURES,
    decision: confinedDecision(trust, net),
    limits: { closeGraceMs: 100 },
  });
  return { host, plugin };
}
