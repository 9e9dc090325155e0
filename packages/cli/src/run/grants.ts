// What a command line grants a program -> the options of WASI, but for arguments and streams.
import type { WasiOptions } from "@tenon/wasi/preview1";
import type { RunRequest } from "./request.ts";

export async function grantsOf({
  env,
  dirs,
  net,
  listen,
}: Pick<RunRequest, "env" | "dirs" | "net" | "listen">): Promise<WasiOptions> {
  const { hostDirectory } = await import("@tenon/wasi/preview1");
  return {
    // Without a prototype, as names are the caller's.
    env: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(env)),
    mounts: Object.fromEntries(
      dirs.map(({ host, guest, isReadOnly }) => [guest, hostDirectory(host, { readOnly: isReadOnly })]),
    ),
    ...(net.length + listen.length > 0 && { network: { allow: net, listen } }),
  };
}
