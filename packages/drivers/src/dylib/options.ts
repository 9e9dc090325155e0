// What a `dylib` artifact may be -> its bytes, and whether they may run in the host's own process.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { TenonError } from "@tenon/contract/core";
import type { IsolationChoice } from "@tenon/host/driver";

/** A shared library that was built against the contract's generated header; see docs/boundaries/dylib.md. */
export interface DylibArtifact {
  /** A file URL or an absolute path, or the library's bytes. It is loaded from a private copy of exactly these bytes. */
  readonly library: string | URL | Uint8Array;
  /** Default `process`. `inline` runs native code in the host's own process, which `trusted` has to allow. */
  readonly isolation?: IsolationChoice;
  /** `sha256:` and 64 hex digits: the one file that may run inline. A fault of it is a fault of the host. */
  readonly trusted?: string;
}

export interface LibraryBytes {
  readonly bytes: Uint8Array;
  /** `sha256:...` of the bytes. */
  readonly digest: string;
}

/** Rejects with file-missing or config-invalid. */
export async function readLibrary(artifact: DylibArtifact): Promise<LibraryBytes> {
  const bytes = await bytesOf(artifact);
  return { bytes, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}

async function bytesOf(artifact: DylibArtifact): Promise<Uint8Array> {
  const { library } = artifact ?? {};
  if (library instanceof Uint8Array) return library;
  if (typeof library !== "string" && !(library instanceof URL)) {
    throw new TenonError("config-invalid", `artifact.library must be a path, a URL or bytes, not ${typeof library}`, {
      hint: "name the shared library",
      sideEffects: "none",
    });
  }
  try {
    return await readFile(typeof library === "string" && library.startsWith("file:") ? new URL(library) : library);
  } catch (thrown) {
    throw TenonError.from(thrown, "file-missing", { sideEffects: "none" });
  }
}

/** Throws capability-unenforceable unless policy names this very file. */
export function checkTrust({ trusted }: DylibArtifact, { digest }: LibraryBytes): void {
  if (trusted === digest) return;
  throw new TenonError(
    "capability-unenforceable",
    `native code in the host's own process can do whatever the host can, and ${digest} is not trusted` +
      (trusted === undefined ? "" : ` (artifact.trusted names ${String(trusted)})`),
    {
      hint: `leave artifact.isolation as "process", or set artifact.trusted to ${JSON.stringify(digest)} if you trust that file`,
      sideEffects: "none",
    },
  );
}
