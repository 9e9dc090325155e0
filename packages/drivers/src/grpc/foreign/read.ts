// A plugin that others wrote, or its .proto -> a contract to load it with.
import { DEFAULT_LIMITS, type OutputSink } from "@tenon/host/driver";
import type { Contract } from "@tenon/contract/core";
import { loadGrpc } from "@tenon/plugin/grpc";
import { requireDescriptors } from "../../_process/exhausted.ts";
import { createClient, launchedDial, remoteCredentials, type Dial } from "../channel.ts";
import { launch, removeFolder } from "../launch.ts";
import { invalid, readArtifact, type GrpcProgramArtifact, type GrpcTargetArtifact } from "../options.ts";
import { resolveTarget } from "../resolve-target.ts";
import { readProtoFile } from "./proto-files.ts";
import { reflect } from "./reflection.ts";
import { deriveContract, type ForeignSchema } from "./schema.ts";

/** Where the services are described: by the plugin itself (reflection), or in a file. */
export type ForeignSource = Omit<ForeignSchema, "files"> &
  ({ readonly proto: string } | GrpcProgramArtifact | GrpcTargetArtifact);

export interface ForeignContract {
  /** What `host.load` takes. Services are interfaces, methods functions of one parameter `request`. */
  readonly contract: Contract;
  /** What the artifact takes beside it, with `protocol: "go-plugin"`. */
  readonly schema: ForeignSchema;
}

/** Prints go nowhere while a plugin is only looked at; its newest lines are kept for the error. */
class Tail implements OutputSink {
  readonly #lines: string[] = [];

  write(_stream: string, bytes: Uint8Array): void {
    for (const line of Buffer.from(bytes).toString().split("\n")) this.line("info", line);
  }

  line(_level: string, text: string): void {
    if (text === "") return;
    this.#lines.push(text.slice(0, 1000));
    if (this.#lines.length > 20) this.#lines.shift();
  }

  flush(): void {}

  tail(): readonly string[] {
    return this.#lines;
  }
}

/**
 * Reads the services of a foreign plugin. A program is started for it and ended again. Rejects with boundary-unsupported
 * where it has no reflection, artifact-invalid for a damaged schema, and what starting the program rejects with.
 */
export async function readForeignContract(source: ForeignSource): Promise<ForeignContract> {
  const files = "proto" in source ? await readProtoFile(source.proto) : await reflectedFiles(source);
  const { services, hostServices, brokerFields, brokeredServices } = source;
  const schema: ForeignSchema = {
    files,
    ...(services !== undefined && { services }),
    ...(hostServices !== undefined && { hostServices }),
    ...(brokerFields !== undefined && { brokerFields }),
    ...(brokeredServices !== undefined && { brokeredServices }),
  };
  return { contract: deriveContract(schema).contract, schema };
}

async function reflectedFiles(source: GrpcProgramArtifact | GrpcTargetArtifact): Promise<readonly Uint8Array[]> {
  requireDescriptors("load @grpc/grpc-js");
  const grpc = await loadGrpc();
  const plan = readArtifact({ ...source, protocol: "tenon" });
  const ask = async (dial: Dial): Promise<readonly Uint8Array[]> => {
    const client = createClient(grpc, dial, DEFAULT_LIMITS);
    try {
      return (await reflect(client)).files;
    } finally {
      client.close();
    }
  };
  if (plan.kind === "program") {
    const launched = await launch(
      plan,
      { output: new Tail(), limits: DEFAULT_LIMITS },
      AbortSignal.timeout(DEFAULT_LIMITS.startMs),
    );
    try {
      return await ask(launchedDial(grpc, launched));
    } finally {
      launched.child.kill("SIGKILL");
      await launched.child.ended;
      removeFolder(launched.folder);
    }
  }
  if (plan.kind === "target") {
    const { addresses, authority } = await resolveTarget(plan.target);
    const name = plan.tls === false ? authority : (plan.tls.serverName ?? authority);
    return ask({
      target: addresses[0] ?? plan.target,
      credentials: remoteCredentials(grpc, plan.tls),
      authority: name,
    });
  }
  throw invalid("a plugin is read from a program, a target or a .proto file", "give command, target or proto");
}
