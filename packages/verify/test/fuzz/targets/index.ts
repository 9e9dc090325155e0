// Every decoder of foreign bytes in the project. A new decoder gets a row here.
import type { FuzzTarget } from "@tenon/verify/fuzz";
import { component, coreModule, preview1, rewriter } from "./binaries.ts";
import { contractLock, descriptor, execMapping, snapshot } from "./documents.ts";
import { policy } from "./policy.ts";
import { execPatterns, manifest, wit } from "./texts.ts";
import { canonicalLift, jsonText, waveText, wireValue } from "./values.ts";
import { frames, handshake, jsonRpc } from "./wire.ts";

export const TARGETS: readonly FuzzTarget[] = [
  frames,
  handshake,
  jsonRpc,
  wireValue,
  jsonText,
  waveText,
  canonicalLift,
  wit,
  manifest,
  policy,
  execPatterns,
  execMapping,
  descriptor,
  snapshot,
  contractLock,
  coreModule,
  rewriter,
  component,
  preview1,
];
