// The `grpc` boundary under the conformance cases: a program that the host starts, and a server that runs already.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { runConformance, type ArtifactKind } from "@tenon/verify";

function served(kind: ArtifactKind): string {
  const name = kind === "throws" || kind === "stuck" ? kind : `serve-grpc-${kind}`;
  return fileURLToPath(import.meta.resolve(`@tenon/verify/plugins/${name}`));
}

runConformance({
  driver: grpcDriver,
  title: "grpc, a TypeScript plugin behind serveGrpc()",
  artifact: (kind) => ({ command: [process.execPath, served(kind)] }),
});
