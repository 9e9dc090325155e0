// The builder's own plugins and policy, and what a run adds to them -> a set of plugins behind every boundary.
import { fileURLToPath } from "node:url";
import { execDriver } from "@tenon/drivers/exec";
import { grpcDriver } from "@tenon/drivers/grpc";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { componentDriver } from "tenon/component";
import { dylibDriver } from "tenon/dylib";
import { luaDriver } from "tenon/lua";
import { readPolicies } from "./config/policy.ts";
import { builderHistory } from "./host/history.ts";
import { openPluginSet, type PluginSet, type PluginSetOptions } from "./host/plugin-set.ts";

export interface BuilderOptions {
  /** Folders with plugins beside the builder's own. */
  readonly plugins?: readonly string[];
  /** A policy file instead of the builder's own and the user's. */
  readonly policy?: string | undefined;
  readonly changes?: PluginSetOptions["changes"];
  readonly onLog?: PluginSetOptions["onLog"];
  /** One record for each use and each denial of a capability. */
  readonly onAudit?: PluginSetOptions["onAudit"];
  /** The folder of the project that will be built, whose `tenon.policy.json` may tighten what plugins get. */
  readonly project?: string | undefined;
}

const OWN_PLUGINS = fileURLToPath(new URL("../plugins", import.meta.url));
const OWN_POLICY = fileURLToPath(new URL("../policy.json", import.meta.url));

/** Nothing is started before it is needed. Throws what `readPolicies` and `openPluginSet` throw. */
export async function openBuilder(options: BuilderOptions = {}): Promise<PluginSet> {
  return openPluginSet({
    drivers: [importDriver, workerDriver, componentDriver, luaDriver, execDriver, stdioDriver, grpcDriver, dylibDriver],
    folders: [OWN_PLUGINS, ...(options.plugins ?? [])],
    history: [await builderHistory()],
    policies: readPolicies({ own: OWN_POLICY, instead: options.policy, project: options.project }),
    ...(options.changes !== undefined && { changes: options.changes }),
    ...(options.onLog !== undefined && { onLog: options.onLog }),
    ...(options.onAudit !== undefined && { onAudit: options.onAudit }),
  });
}
