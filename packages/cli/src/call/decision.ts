// A target and policies -> what the plugin may do when the command line opens it.
import type { Decision, Policy } from "@tenon/policy";
import { decidePlaced } from "../policy/decide-artifact.ts";
import type { Target } from "./target.ts";

/** A plugin with a manifest is decided about as in any host, as soon as there is a policy; a bare file is the user's own word. */
export async function decisionFor(
  { manifest, boundary, artifact }: Target,
  policies: readonly Policy[],
): Promise<Decision | undefined> {
  if (manifest === undefined || policies.length === 0) return undefined;
  return await decidePlaced({ manifest, policies, boundary, artifact });
}
