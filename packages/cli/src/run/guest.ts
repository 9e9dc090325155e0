// A request -> the run of its program on this thread, and how it ended.
import { TenonError } from "@tenon/contract/core";
import type { InputStream, OutputStream, WasiOptions } from "@tenon/wasi/preview1";
import { ClosedPipe } from "./trap.ts";
import { grantsOf } from "./grants.ts";
import { type RunOutcome, failure } from "./outcome.ts";
import { readProgram } from "./program-file.ts";
import type { RunRequest } from "./request.ts";

/** Where the guest's standard input comes from; its outputs are the process's own descriptors. */
export type OpenInput = () => Promise<InputStream>;

/** Runs to the end. Never rejects. */
export async function runGuest(request: RunRequest, openInput: OpenInput): Promise<RunOutcome> {
  try {
    const { bytes, kind } = readProgram(request.file);
    if (kind === "component") {
      const { runComponent } = await import("./component-guest.ts");
      return await runComponent(bytes, request, await wasiOptions(request, openInput));
    }
    if (request.net.length + request.listen.length > 0) throw noSockets();
    const { runCore } = await import("./core-guest.ts");
    return await runCore(bytes, request, await wasiOptions(request, openInput));
  } catch (thrown) {
    return failure(thrown);
  }
}

function noSockets(): TenonError {
  return new TenonError("usage", "--net and --listen are for components: preview1 has no way to open a socket", {
    hint: "leave them out, or build the program as a component",
    sideEffects: "none",
  });
}

async function wasiOptions(request: RunRequest, openInput: OpenInput): Promise<WasiOptions> {
  const { hostOutput } = await import("@tenon/wasi/preview1");
  const { argv0, args, invoke } = request;
  return {
    ...(await grantsOf(request)),
    args: invoke === undefined ? [argv0, ...args] : [argv0],
    stdin: await openInput(),
    stdout: untilClosed(hostOutput(1)),
    stderr: untilClosed(hostOutput(2)),
  };
}

/** A program that does not look at its errors would go on for ever: a reader that has seen enough ends it, as SIGPIPE does. */
function untilClosed(output: OutputStream): OutputStream {
  return {
    ...output,
    write(bytes) {
      try {
        output.write(bytes);
      } catch (thrown) {
        throw (thrown as { readonly code?: unknown }).code === "pipe" ? new ClosedPipe() : thrown;
      }
    },
  };
}
