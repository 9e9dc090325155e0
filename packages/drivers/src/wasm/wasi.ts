// The grants of an artifact -> the preview1 context of one instance.
import type { OutputStream } from "@tenon/wasi";
import type { WasiGuest } from "./guest-instance.ts";
import type { WasiGrants } from "./options.ts";

/** Takes what the guest prints. */
export type Print = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

/** Milliseconds that an instance may sleep in all where it holds the host's own thread. */
const MAX_BLOCK_MS_INLINE = 1000;

export interface WasiSetting {
  readonly grants: WasiGrants;
  readonly print: Print;
  readonly isInline: boolean;
}

/** Loads the implementation, which guests without WASI never need, and gives what makes contexts. */
export async function wasiFor({
  grants,
  print,
  isInline,
}: WasiSetting): Promise<(onStderr: (bytes: Uint8Array) => void) => WasiGuest> {
  const { createPreview1, hostDirectory } = await import("@tenon/wasi");
  return (onStderr) => {
    const output = (stream: "stdout" | "stderr"): OutputStream => ({
      write: (bytes) => {
        // A copy, because the guest's memory goes on changing.
        const printed = bytes.slice();
        if (stream === "stderr") onStderr(printed);
        print(stream, printed);
      },
      isTerminal: false,
    });
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
