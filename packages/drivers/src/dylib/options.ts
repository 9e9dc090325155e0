// What a `dylib` artifact may be -> its bytes, and whether they may run in the host's own process.
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract/core";
import type { IsolationChoice, OpenContext } from "@tenon/host/driver";
import { readArtifactFile } from "../_process/artifact-file.ts";

/** A shared library that was built against the contract's generated header; see docs/boundaries/dylib.md. */
export interface DylibArtifact {
  /** A file URL or an absolute path, or the library's bytes. It is loaded from a private copy of exactly these bytes. */
  readonly library: string | URL | Uint8Array;
  /** Default `process`. `inline` runs native code in the host's own process, which `trusted` has to allow. */
  readonly isolation?: IsolationChoice;
  /**
   * `sha256:` and 64 hex digits: the one file that may run inline where no policy was asked. Where one was, its `trust.full`
   * says so, and this counts for nothing. A fault of the file is a fault of the host.
   */
  readonly trusted?: string;
}

export interface LibraryBytes {
  readonly bytes: Uint8Array;
  /** `sha256:...` of the bytes. */
  readonly digest: string;
}

/** Rejects with file-missing, config-invalid, artifact-invalid or resource-exhausted. */
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
  return readArtifactFile(library, "library");
}

/**
 * Throws capability-unenforceable unless this very file may run in the host's own process. Where policy has decided, `trust.full`
 * has to have its digest, or that of the plugin's folder that it is in; without a policy the artifact is the host author's own word.
 */
export function checkTrust(artifact: DylibArtifact, { digest }: LibraryBytes, { granted, folder }: OpenContext): void {
  if (granted === undefined) {
    if (artifact.trusted === digest) return;
    throw untrusted(
      digest,
      `set artifact.trusted to ${JSON.stringify(digest)} if you trust that file`,
      artifact.trusted,
    );
  }
  const isAllowed = granted.trustedDigests.includes(digest) || (granted.isTrustedInFull && isBelow(folder, artifact));
  const rule = isAllowed ? "trust.full" : "not in trust.full";
  granted.audit("load", `native code ${digest} in the host's own process`, { isAllowed, rule });
  if (!isAllowed) throw untrusted(digest, `add ${JSON.stringify(digest)} to trust.full of your policy if you trust it`);
}

function isBelow(folder: string | undefined, { library }: DylibArtifact): boolean {
  if (folder === undefined || library instanceof Uint8Array) return false;
  const path = library instanceof URL || library.startsWith("file:") ? fileURLToPath(library) : library;
  try {
    const inside = relative(realpathSync(folder), realpathSync(path));
    return !isAbsolute(inside) && inside !== ".." && !inside.startsWith(`..${sep}`);
  } catch {
    // What has gone is in no folder.
    return false;
  }
}

function untrusted(digest: string, hint: string, named?: string): TenonError {
  return new TenonError(
    "capability-unenforceable",
    `native code in the host's own process can do whatever the host can, and ${digest} is not trusted` +
      (named === undefined ? "" : ` (artifact.trusted names ${String(named)})`),
    { hint: `leave artifact.isolation as "process", or ${hint}`, sideEffects: "none" },
  );
}
