// One attempt to open a session: its output, its deadline, and what is left behind by a driver that comes too late.
import { TenonError } from "@tenon/contract/core";
import type { Driver, Session } from "./driver.ts";
import { Output } from "./output.ts";
import { patientTimeout } from "./patient-timeout.ts";
import type { SlotOptions } from "./slot-options.ts";

export class Opening {
  /** Rejects with a TenonError that has plugin, boundary and notes. */
  readonly session: Promise<Session>;
  readonly #abort = new AbortController();

  constructor(options: SlotOptions) {
    this.session = this.#open(options);
  }

  /** Gives up: `session` rejects with `error`, and what the driver still opens is closed. */
  abort(error: TenonError): void {
    this.#abort.abort(error);
  }

  async #open(options: SlotOptions): Promise<Session> {
    const { id, driver, contract, plan, limits, artifact, folder, granted, hostFunctions } = options;
    const { signal } = this.#abort;
    const output = new Output(id, limits, options.onLog);
    const cancel = patientTimeout(limits.startMs, () => {
      this.abort(
        new TenonError("start-failed", `plugin ${id} was not ready within ${limits.startMs} ms`, {
          hint: "raise limits.startMs, or read the plugin's output",
          plugin: id,
          boundary: driver.boundary,
          sideEffects: "none",
          notes: output.tail(),
        }),
      );
    });
    const { exports, imports } = plan;
    const context = {
      pluginId: id,
      folder,
      granted,
      contract,
      exports,
      imports,
      hostFunctions,
      limits,
      signal,
      output,
    };
    // What a driver throws at once is a rejection as well.
    const opening = (async () => (driver as Driver<unknown>).open(artifact, context))();
    try {
      return await raceAbort(opening, signal);
    } catch (thrown) {
      // A driver that resolves after its deadline would leak what it opened.
      void opening.then((late) => late.close()).catch(() => {});
      output.flush();
      throw TenonError.from(thrown, "start-failed", { plugin: id, boundary: driver.boundary, sideEffects: "none" });
    } finally {
      cancel();
    }
  }
}

/** `pending`, or the signal's reason as soon as it fires. */
function raceAbort<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // A turn later: a driver that rejects by then knows more of the reason, such as what the plugin printed instead.
    const onAbort = (): void => void setImmediate(() => reject(signal.reason as Error));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
