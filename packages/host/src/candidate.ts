// The next version of a plugin while the present one serves: it opens, and shows that it is well before it gets a call.
import { TenonError } from "@tenon/contract/core";
import type { Session } from "./driver.ts";
import type { HealthMonitor } from "./health.ts";
import { InFlight } from "./in-flight.ts";
import type { Leaving, LeavingSessions } from "./leaving.ts";
import { lossOf } from "./loss.ts";
import { Opening } from "./opening.ts";
import type { SlotOptions } from "./slot-options.ts";

export class Candidate {
  readonly #options: SlotOptions;
  readonly #opening: Opening;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#opening = new Opening(options);
  }

  /** Gives up: `proven` rejects, with `error` if the session was not there yet. */
  abort(error: TenonError): void {
    this.#opening.abort(error);
  }

  /**
   * Its session, once that has answered the probe. Until somebody takes it out it is one of `leaving`, so that it ends
   * with the plugin whatever comes between. Rejects when it does not answer, or ends before; then nothing of it is left.
   */
  async proven(leaving: LeavingSessions, monitor: HealthMonitor | undefined): Promise<Leaving> {
    const session = await this.#opening.session;
    const opened = leaving.add(session, new InFlight(this.#options.tally));
    try {
      await this.#prove(session, monitor);
      return opened;
    } catch (thrown) {
      await leaving.end(opened);
      throw thrown;
    }
  }

  async #prove(session: Session, monitor: HealthMonitor | undefined): Promise<void> {
    const lost = session.closed.then((reason): never => {
      throw lossOf(reason, this.#options);
    });
    // Handled even when the race is over.
    lost.catch(() => {});
    const probed = monitor?.probe(session).then(({ isHealthy, what }) => {
      if (!isHealthy) throw new TenonError("start-failed", `the plugin ${what}`);
    });
    // Even without a probe a turn of the loop passes in which a candidate that ends at once is seen to.
    await Promise.race([lost, probed ?? new Promise<void>((resolve) => setImmediate(resolve))]);
  }
}
