// The grants of one guest to the interfaces of WASI 0.2 that its component imports.
import { TenonError } from "@tenon/contract/core";
import type { WasiBudget } from "../core/budget.ts";
import { openContext, type WasiOptions } from "../core/context.ts";
import { ExitSignal, outcomeOf } from "../core/exit.ts";
import { release, type ComponentGuest, type Preview2Interface } from "./component-guest.ts";
import { filesystemInterfaces } from "./filesystem.ts";
import { httpInterfaces } from "./http.ts";
import { answerHttp, type HttpCall, type HttpOutcome } from "./http-server.ts";
import { socketInterfaces } from "./sockets.ts";
import { ioInterfaces } from "./streams.ts";
import { cliInterfaces, clockInterfaces, randomInterfaces } from "./system.ts";

/** One guest's preview2: one component instance, one set of handles. */
export interface Preview2 {
  /** The interfaces by their names without a version (`wasi:io/streams`). */
  readonly interfaces: Readonly<Record<string, Preview2Interface>>;
  /** What the guest has used up so far. */
  readonly budget: WasiBudget;
  /** Known once the guest has called `exit`. */
  readonly exitCode: number | undefined;
  /**
   * Those of `names` that are WASI 0.2 interfaces, under exactly these names: every 0.2 version is served alike, since they
   * only ever add. Names of anything else are left out.
   */
  importsFor(names: Iterable<string>): Readonly<Record<string, Preview2Interface>>;
  /**
   * Runs `call`, which calls an export. Throws `plugin-crashed` when the guest exits meanwhile, `resource-exhausted` or
   * `deadline-exceeded` when a limit ends it, `plugin-trap` when it traps.
   */
  run<T>(call: () => T): T;
  /** Runs a command to its end and closes everything: `call` calls `wasi:cli/run#run`. Returns the exit code; throws as `run` does. */
  start(call: () => unknown): number;
  /**
   * One HTTP request to a component that exports wasi:http/incoming-handler: `handle` calls that export's `handle` with the two
   * resources. The answer's body may have `maxBodyBytes`, 16 MiB. Throws as `run` does; an instance may answer many requests.
   */
  answerHttp(
    request: HttpCall,
    handle: (request: object, responseOut: object) => unknown,
    maxBodyBytes?: number,
  ): HttpOutcome;
  /** Closes all handles and ends half lines of log output. May be called again. */
  close(): void;
}

const DEFAULT_ANSWER_BYTES = 16 * 1024 * 1024;
const NAME = /^(wasi:[a-z-]+\/[a-z-]+)@0\.2\.\d+$/;

/** Opens what `options` grant. Nothing is granted by default; the caller closes, unless `start` runs to its end. */
export function createPreview2(options: WasiOptions = {}): Preview2 {
  const context = openContext(options);
  const guest: ComponentGuest = { context, open: new Set() };
  const interfaces = withResources({
    ...ioInterfaces(guest),
    ...cliInterfaces(guest),
    ...clockInterfaces(guest),
    ...randomInterfaces(guest),
    ...filesystemInterfaces(guest),
    ...socketInterfaces(guest),
    ...httpInterfaces(guest),
  });
  const exitCode = (): number | undefined => (guest.ended instanceof ExitSignal ? guest.ended.exitCode : undefined);
  const close = (): void => {
    guest.ended ??= new TenonError("session-closed", "the WASI context of this guest is closed");
    for (const handle of guest.open) release(guest, handle);
    context.network?.close();
    context.stdout.end?.();
    context.stderr.end?.();
  };
  const run = <T>(call: () => T): T => {
    try {
      return call();
    } catch (thrown) {
      throw outcomeOf(guest.ended, thrown);
    }
  };
  return {
    interfaces,
    budget: context.budget,
    get exitCode() {
      return exitCode();
    },
    importsFor(names) {
      const found: Record<string, Preview2Interface> = Object.create(null);
      for (const name of names) {
        const key = NAME.exec(name)?.[1];
        if (key !== undefined && Object.hasOwn(interfaces, key)) found[name] = interfaces[key]!;
      }
      return found;
    },
    run,
    answerHttp: (request, handle, maxBodyBytes = DEFAULT_ANSWER_BYTES) =>
      run(() => answerHttp(guest, request, maxBodyBytes, handle)),
    start(call) {
      try {
        return codeOf(call());
      } catch (thrown) {
        const code = exitCode();
        if (code !== undefined) return code;
        throw outcomeOf(guest.ended, thrown);
      } finally {
        close();
      }
    },
    close,
  };
}

/** An interface that uses another's resource names it as its own; the names are all different, so each gets every one. */
function withResources(
  interfaces: Readonly<Record<string, Preview2Interface>>,
): Readonly<Record<string, Preview2Interface>> {
  const members = Object.values(interfaces).flatMap((one) => Object.entries(one));
  const resources = Object.fromEntries(members.filter(([, member]) => typeof member !== "function"));
  return Object.fromEntries(Object.entries(interfaces).map(([name, one]) => [name, { ...resources, ...one }]));
}

/** `run` of wasi:cli returns a bare `result`. */
function codeOf(result: unknown): number {
  return typeof result === "object" && result !== null && "tag" in result && result.tag === "err" ? 1 : 0;
}
