// What sandboxed guests are run by elsewhere than on the host's own thread: this package knows all drivers.
import { stdioDriver } from "@tenon/drivers/stdio";
import type { IsolationOptions } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";

/** For `createWasmDriver` and its like: what guests are run by on a thread and in a process. */
export const isolations: IsolationOptions = {
  worker: workerDriver,
  process: {
    stdio: stdioDriver,
    program: new URL(`./child-sandbox${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url),
  },
};
