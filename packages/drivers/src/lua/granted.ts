// What policy leaves of a script's requests -> the artifact with no more than that: Lua has no files, hosts or programs to give.
import type { Granted, OpenContext } from "@tenon/host/driver";
import { requestedOf, resolveClock, resolveRandom } from "@tenon/policy";
import type { LuaArtifact } from "./options.ts";

/** `os.time` and `os.clock` need any clock at all; a seed of the host's needs `secure`. */
export function grantedLua(artifact: LuaArtifact, _: OpenContext, { grants, audit }: Granted): LuaArtifact {
  const clock = resolveClock(grants);
  const random = resolveRandom(grants);
  const { fs = [], net = [] } = requestedOf(grants);
  const nothing = { isAllowed: false, rule: "the lua boundary has none to give" };
  for (const { path, mode } of fs) audit("fs", `${mode} ${path}`, nothing);
  for (const { host, port } of net) audit("net", `${host}:${port}`, nothing);
  return {
    ...artifact,
    trusted: false,
    clock: artifact.clock === true && clock !== "none",
    random: artifact.random === true && random === "secure",
  };
}
