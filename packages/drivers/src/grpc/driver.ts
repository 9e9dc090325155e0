// The `grpc` boundary: a program that is started as HashiCorp's go-plugin starts its own, or plugins that run anywhere.
import type { Driver, DriverTraits, OpenContext, Session } from "@tenon/host/driver";
import { loadGrpc, type GrpcLibrary } from "@tenon/plugin/grpc";
import { foreignMethods } from "./foreign/schema.ts";
import { discard, launch, type Launched, type ProgramPlan } from "./launch.ts";
import { methodsOf } from "./methods.ts";
import { readArtifact, type GrpcArtifact } from "./options.ts";
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
  enforcement: {
    fs: "none",
    net: "none",
    // A child gets a few variables only, but a process of the same user can read the host's own under /proc.
    env: "advisory",
    clock: "none",
    random: "none",
    subprocess: "none",
    "host-functions": "enforced",
    "cpu-deadline": "enforced",
    memory: "none",
    "output-size": "enforced",
  },
};

/** Nothing can end a machine elsewhere, or a process that is to be left running; both got their environment from others. */
const attached: DriverTraits = {
  ...traits,
  enforcement: { ...traits.enforcement, env: "none", "cpu-deadline": "advisory" },
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
  const foreign = plan.schema && foreignMethods(plan.schema, context.contract);
  const methods = {
    context,
    isForeign: plan.isForeign,
    exports: methodsOf(context.exports, context, foreign),
    imports: methodsOf(context.imports, context, foreign),
  };
  if (plan.kind === "program") {
    const [grpc, launched] = await loadWhileStarting(plan, context);
    return openProgram(launched, { grpc, ...methods });
  }
  const grpc = await loadGrpc();
  if (context.signal.aborted) throw context.signal.reason as Error;
  if (plan.kind === "target") return openTarget(plan, { grpc, ...methods });
  return openReattached(plan, { grpc, ...methods });
}

/** The library takes about as long to load as a program to start; a program whose host lacks the library is ended again. */
async function loadWhileStarting(plan: ProgramPlan, context: OpenContext): Promise<[GrpcLibrary, Launched]> {
  const failed = new AbortController();
  const launching = launch(plan, context.output, AbortSignal.any([context.signal, failed.signal]));
  const loading = loadGrpc();
  const [library, launched] = await Promise.allSettled([
    loading.catch((thrown: unknown) => {
      failed.abort(thrown);
      throw thrown;
    }),
    launching,
  ]);
  if (library.status === "fulfilled" && launched.status === "fulfilled") return [library.value, launched.value];
  if (launched.status === "fulfilled") await discard(launched.value);
  throw (library.status === "rejected" ? library : (launched as PromiseRejectedResult)).reason as Error;
}
