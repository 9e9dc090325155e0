// Signals of the operating system -> the end of the host: gracefully at the first, at once at the second.
import { constants } from "node:os";
import process from "node:process";

export interface ShutdownOptions {
  /** Default SIGINT and SIGTERM: what a terminal and a service manager send. */
  readonly signals?: readonly NodeJS.Signals[];
  /** What calls in flight have to end after the first signal; default 5,000, half of what service managers commonly wait. */
  readonly graceMs?: number;
}

interface Ends {
  /** Never rejects late: what fails to close is gone with the process. */
  readonly close: (graceMs: number) => Promise<void>;
  /** Ends all sessions before it returns, as far as they can be ended. */
  readonly terminate: (why: string) => void;
}

export function onSignals(options: ShutdownOptions, { close, terminate }: Ends): Disposable {
  const { signals = ["SIGINT", "SIGTERM"], graceMs = 5000 } = options;
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    // As shells have it.
    const exit = (): never => process.exit(128 + constants.signals[signal]);
    if (isClosing) {
      terminate(`the host got ${signal} twice`);
      exit();
    }
    isClosing = true;
    void close(graceMs).then(exit, exit);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
