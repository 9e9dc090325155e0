// A request -> the run of its program on this thread, and how it ended.
import { readFileSync } from "node:fs";
import { TenonError } from "@tenon/contract/core";
import type { InputStream, OutputStream, WasiOptions } from "@tenon/wasi/preview1";
import { ClosedPipe } from "./trap.ts";
import { type RunOutcome, failure } from "./outcome.ts";
import type { RunRequest } from "./request.ts";

/** Where the guest's standard input comes from; its outputs are the process's own descriptors. */
export type OpenInput = () => Promise<InputStream>;

const MAX_BYTES = 256 * 1024 * 1024;
/** `\0asm`, then the version and layer: core modules and components (component-model Binary.md, "Component Definitions"). */
const MODULE = "0061736d01000000";
const COMPONENT = "0061736d0d000100";

/** Runs to the end. Never rejects. */
export async function runGuest(request: RunRequest, openInput: OpenInput): Promise<RunOutcome> {
  try {
    const bytes = readProgram(request.file);
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.length)).toString("hex");
    if (head === COMPONENT) {
      const { runComponent } = await import("./component-guest.ts");
      return await runComponent(bytes, request, await wasiOptions(request, openInput));
    }
    if (head !== MODULE) throw notWasm(request.file, bytes, head);
    if (request.net.length + request.listen.length > 0) throw noSockets();
    const { runCore } = await import("./core-guest.ts");
    return await runCore(bytes, request, await wasiOptions(request, openInput));
  } catch (thrown) {
    return failure(thrown);
  }
}

function readProgram(file: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EISDIR") throw new TenonError("file-missing", `${file} is a folder`, { sideEffects: "none" });
    if (code === "ENOENT") throw new TenonError("file-missing", `there is no ${file}`, { sideEffects: "none" });
    throw TenonError.from(thrown, "file-missing", { sideEffects: "none" });
  }
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new TenonError("resource-exhausted", `${file} has more than ${MAX_BYTES} bytes`, { sideEffects: "none" });
}

function notWasm(file: string, bytes: Uint8Array, head: string): TenonError {
  const isCut = bytes.length < 8 && (MODULE.startsWith(head) || COMPONENT.startsWith(head));
  const isText = /^\s*(\(|;;)/.test(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(64, bytes.length)).toString());
  const what = isCut
    ? `${file} ends after ${bytes.length} bytes, within the head of a WebAssembly binary`
    : `${file} is neither a WebAssembly module nor a component`;
  const hint = isText ? "assemble the text first, for example with `wat2wasm`" : "`tenon inspect` says what a file is";
  return new TenonError("artifact-invalid", what, { hint, sideEffects: "none" });
}

function noSockets(): TenonError {
  return new TenonError("usage", "--net and --listen are for components: preview1 has no way to open a socket", {
    hint: "leave them out, or build the program as a component",
    sideEffects: "none",
  });
}

async function wasiOptions(
  { argv0, args, env, dirs, net, listen, invoke }: RunRequest,
  openInput: OpenInput,
): Promise<WasiOptions> {
  const { hostDirectory, hostOutput } = await import("@tenon/wasi/preview1");
  return {
    args: invoke === undefined ? [argv0, ...args] : [argv0],
    // Without a prototype, as names are the caller's.
    env: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(env)),
    mounts: Object.fromEntries(
      dirs.map(({ host, guest, isReadOnly }) => [guest, hostDirectory(host, { readOnly: isReadOnly })]),
    ),
    ...(net.length + listen.length > 0 && { network: { allow: net, listen } }),
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
