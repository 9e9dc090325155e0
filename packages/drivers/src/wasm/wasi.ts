// The grants of an artifact -> the preview1 context of one instance.
import type { OutputStream } from "@tenon/wasi";
import type { WasiGuest } from "./guest-instance.ts";
import type { WasiGrants } from "./options.ts";

/** Takes what the guest prints. */
export type Print = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

/** A guest that runs on the host's own thread may not make it sleep. */
const MAX_BLOCK_MS_INLINE = 0;

export interface WasiSetting {
  readonly grants: WasiGrants;
  readonly print: Print;
  readonly isInline: boolean;
}

/** Loads the implementation, which guests without WASI never need, and gives what makes contexts. */
export async function wasiFor({ grants, print, isInline }: WasiSetting): Promise<() => WasiGuest> {
  const { createPreview1, hostDirectory } = await import("@tenon/wasi");
  const output = (stream: "stdout" | "stderr"): OutputStream => ({
    // A copy, because the guest's memory goes on changing.
    write: (bytes) => print(stream, bytes.slice()),
    isTerminal: false,
  });
  return () => {
    const mounts = Object.entries(grants.folders ?? {}).map(([path, folder]) => [
      path,
      hostDirectory(folder.path, { readOnly: folder.readOnly ?? true }),
    ]);
    return createPreview1({
      args: grants.args ?? [],
      env: grants.env ?? {},
      mounts: Object.fromEntries(mounts) as Record<string, ReturnType<typeof hostDirectory>>,
      stdout: output("stdout"),
      stderr: output("stderr"),
      ...(isInline && { limits: { maxBlockMs: MAX_BLOCK_MS_INLINE } }),
    });
  };
}
