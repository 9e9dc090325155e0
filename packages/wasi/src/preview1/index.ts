// Preview1 alone, with the files and streams that it is granted: half of the modules, for programs that start often.
export type { OutputOption, WasiOptions } from "../core/context.ts";
export { hostInput, hostOutput } from "../core/host-streams.ts";
export { hostDirectory } from "../core/mounts.ts";
export type { InputStream, OutputStream } from "../core/streams.ts";
export { createPreview1, type Preview1 } from "./create.ts";
