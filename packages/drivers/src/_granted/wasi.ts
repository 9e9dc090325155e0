// What policy leaves of a guest's requests -> its WASI grants: folders, variables, hosts, clock and random.
import { realpathSync } from "node:fs";
import { join, relative, isAbsolute, sep } from "node:path";
import { TenonError } from "@tenon/contract/core";
import type { Granted, OpenContext } from "@tenon/host/driver";
import { grantedFolders, grantedNet, requestedOf, resolveClock, resolveNet, resolveRandom } from "@tenon/policy";
import type { WasiFolder, WasiGrants } from "../_wasm/settings.ts";
import { grantedEnvironment } from "./environment.ts";
import { watched } from "./guard.ts";

/**
 * The grants of a guest whose plugin policy has decided about. The artifact's own words count for arguments, for variables with a
 * value of their own and for folders of the plugin, read only; for nothing of the host. A granted folder `${project}/pages/**` is
 * `/project/pages` for the guest. Throws `capability-denied` for an artifact that helps itself to other folders or to the network.
 */
export function grantedWasi(own: WasiGrants | undefined, context: OpenContext, granted: Granted): WasiGrants {
  const { grants } = granted;
  if (own?.network !== undefined) throw helpsItself("network", "net");
  const asked = requestedOf(grants);
  const net = grantedNet(grants).map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  for (const request of asked.net ?? []) {
    const { left, rule } = resolveNet(grants, request);
    granted.audit("net", `${request.host}:${request.port}`, { isAllowed: left.length > 0, rule });
  }
  return {
    ...(own?.args !== undefined && { args: own.args }),
    env: { ...grantedEnvironment(granted), ...own?.env },
    folders: { ...ownFolders(own?.folders ?? {}, context), ...foldersOf(granted) },
    ...(net.length > 0 && { network: { allow: net } }),
    watched: watched(granted),
    clocks: resolveClock(grants),
    // The same bytes in every run, whatever the seed.
    random: resolveRandom(grants) === "secure" ? "secure" : { seed: 0 },
  };
}

function foldersOf({ grants, roots, audit }: Granted): Readonly<Record<string, WasiFolder>> {
  const folders: Record<string, WasiFolder> = {};
  const given = grantedFolders(grants).filter(({ root }) => Object.hasOwn(roots, root));
  for (const { root, path, mode } of given) {
    const guest = `/${root}${path === "" ? "" : `/${path}`}`;
    // Of two grants of one folder the one that gives more.
    const readOnly = mode === "r" && (folders[guest]?.readOnly ?? true);
    folders[guest] = { path: join(roots[root]!, path), readOnly };
  }
  for (const { path, mode } of requestedOf(grants).fs ?? []) {
    const isAllowed = given.some((one) => path.startsWith(`\${${one.root}}/`));
    audit("fs", `${mode} ${path}`, {
      isAllowed,
      rule: isAllowed ? "as folders" : "no folder of it is granted as a whole",
    });
  }
  return folders;
}

function ownFolders(
  folders: Readonly<Record<string, WasiFolder>>,
  { folder }: OpenContext,
): Readonly<Record<string, WasiFolder>> {
  return Object.fromEntries(
    Object.entries(folders).map(([guest, { path }]) => {
      if (folder === undefined || !isBelow(folder, path)) throw helpsItself(`folder ${path}`, "fs");
      return [guest, { path, readOnly: true }];
    }),
  );
}

function isBelow(folder: string, path: string): boolean {
  try {
    const inside = relative(realpathSync(folder), realpathSync(path));
    return !isAbsolute(inside) && inside !== ".." && !inside.startsWith(`..${sep}`);
  } catch {
    // What is not there is nobody's.
    return false;
  }
}

function helpsItself(what: string, kind: string): TenonError {
  return new TenonError("capability-denied", `the artifact gives itself the ${what}`, {
    hint: `ask for it in the manifest, as ${kind} below "capabilities"`,
    sideEffects: "none",
  });
}
