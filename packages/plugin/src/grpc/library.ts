// The gRPC library, which only those who use gRPC have to install.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";

/** The module `@grpc/grpc-js`. */
export type GrpcLibrary = typeof Grpc;

let loading: Promise<GrpcLibrary> | undefined;

/** Loads it once. Rejects with library-missing where it is not installed. */
export function loadGrpc(): Promise<GrpcLibrary> {
  return (loading ??= import("@grpc/grpc-js").catch((cause: unknown) => {
    loading = undefined;
    throw new TenonError("library-missing", "the gRPC boundary needs the package @grpc/grpc-js", {
      cause,
      hint: "run: npm install @grpc/grpc-js",
      sideEffects: "none",
    });
  }));
}
