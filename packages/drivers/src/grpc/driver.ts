// The `grpc` boundary: a program that is started as HashiCorp's go-plugin starts its own, or plugins that run anywhere.
import { offersOf, speaking } from "@tenon/host/driver";
import type { Driver, DriverTraits, OpenContext, Session } from "@tenon/host/driver";
import { withoutSandbox } from "@tenon/policy";
import { loadGrpc } from "@tenon/plugin/grpc";
import { requireDescriptors } from "../_process/exhausted.ts";
import { contractOfSchema, foreignMethods } from "./foreign/schema.ts";
import { discard, launch, type Launched, type ProgramPlan } from "./launch.ts";
import { spokenIn, type Opening } from "./opening.ts";
import { readArtifact, type GrpcArtifact, type Plan } from "./options.ts";
import { openProgram } from "./program-session.ts";
import { openReattached } from "./reattach-session.ts";
import { openTarget } from "./target-session.ts";

const traits: DriverTraits = {
  encoding: "bytes",
  isolation: "process",
  syncCalls: false,
  hostCallbacks: true,
  resources: false,
  streams: true,
  cancellation: "terminate",
  restartable: true,
  takesSandbox: true,
  enforcement: {
    fs: "sandbox",
    net: "sandbox",
    env: "sandbox",
    clock: "none",
    random: "none",
    subprocess: "sandbox",
    "host-functions": "enforced",
    "cpu-deadline": "enforced",
    memory: "sandbox",
    "output-size": "enforced",
  },
};

/** Nothing can end a machine elsewhere, or a process that is to be left running; both got their environment from others. */
const attached: DriverTraits = {
  ...traits,
  takesSandbox: false,
  enforcement: { ...withoutSandbox(traits.enforcement), env: "none", "cpu-deadline": "advisory" },
};
const remote: DriverTraits = { ...attached, isolation: "machine", cancellation: "cooperative" };

export const grpcDriver: Driver<GrpcArtifact> = {
  boundary: "grpc",
  traits,
  elsewhere: { target: remote, reattach: attached },
  open,
};

async function open(artifact: GrpcArtifact, context: OpenContext): Promise<Session> {
  const plan = readArtifact(artifact, context.granted);
  if (plan.kind === "program") {
    const [opening, launched] = await prepareWhileStarting(plan, context);
    return openProgram(launched, opening);
  }
  const opening = await prepare(plan, context);
  if (context.signal.aborted) throw context.signal.reason as Error;
  return plan.kind === "target" ? openTarget(plan, opening) : openReattached(plan, opening);
}

/** Everything that is to be known of the contract and the library before the plugin is dialled. */
async function prepare({ schema, isForeign }: Plan, given: OpenContext): Promise<Opening> {
  // What others wrote says nothing at the start: its schema has to.
  const context = schema === undefined ? given : speaking(given, contractOfSchema(schema, offersOf(given)));
  const spoken = spokenIn(context, isForeign, schema && foreignMethods(schema, context.contract));
  requireDescriptors("load @grpc/grpc-js");
  return { grpc: await loadGrpc(), ...spoken };
}

/** That takes about as long as a program to start; one that turns out not to be wanted is ended again. */
async function prepareWhileStarting(plan: ProgramPlan, context: OpenContext): Promise<[Opening, Launched]> {
  const failed = new AbortController();
  const launching = launch(plan, context, AbortSignal.any([context.signal, failed.signal]));
  const [opening, launched] = await Promise.allSettled([
    prepare(plan, context).catch((thrown: unknown) => {
      failed.abort(thrown);
      throw thrown;
    }),
    launching,
  ]);
  if (opening.status === "fulfilled" && launched.status === "fulfilled") return [opening.value, launched.value];
  if (launched.status === "fulfilled") await discard(launched.value);
  throw (opening.status === "rejected" ? opening : (launched as PromiseRejectedResult)).reason as Error;
}
