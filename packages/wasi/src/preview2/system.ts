// wasi:cli, wasi:clocks and wasi:random@0.2 over the core.
import { ExitSignal } from "../core/exit.ts";
import { type ComponentGuest, defineInterface, type Preview2Interface, resource } from "./component-guest.ts";
import { datetimeOf } from "./descriptor.ts";
import { GuestInput, GuestOutput, Pollable } from "./streams.ts";

class TerminalInput {}
class TerminalOutput {}

export function cliInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const { context } = guest;
  const stdin = GuestInput.ofStream(context.stdin);
  const terminal = (name: "stdout" | "stderr") => () => (context[name].isTerminal ? new TerminalOutput() : undefined);
  return {
    "wasi:cli/environment": defineInterface(guest, {
      "get-environment": () => context.env.map(([name, value]) => [name, value]),
      "get-arguments": () => [...context.args],
      "initial-cwd": () => undefined,
    }),
    "wasi:cli/exit": defineInterface(guest, {
      exit(status: { readonly tag: "ok" | "err" }) {
        throw new ExitSignal(status.tag === "ok" ? 0 : 1);
      },
      "exit-with-code"(code: number) {
        throw new ExitSignal(code);
      },
    }),
    "wasi:cli/stdin": defineInterface(guest, { "get-stdin": () => stdin }),
    "wasi:cli/stdout": defineInterface(guest, { "get-stdout": () => GuestOutput.ofStream(context.stdout) }),
    "wasi:cli/stderr": defineInterface(guest, { "get-stderr": () => GuestOutput.ofStream(context.stderr) }),
    "wasi:cli/terminal-input": defineInterface(guest, { "terminal-input": resource(TerminalInput) }),
    "wasi:cli/terminal-output": defineInterface(guest, { "terminal-output": resource(TerminalOutput) }),
    "wasi:cli/terminal-stdin": defineInterface(guest, {
      "get-terminal-stdin": () => (context.stdin.isTerminal ? new TerminalInput() : undefined),
    }),
    "wasi:cli/terminal-stdout": defineInterface(guest, { "get-terminal-stdout": terminal("stdout") }),
    "wasi:cli/terminal-stderr": defineInterface(guest, { "get-terminal-stderr": terminal("stderr") }),
  };
}

export function clockInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const { clocks } = guest.context;
  const after = (nanoseconds: bigint): Pollable => {
    const dueMs = performance.now() + Number(nanoseconds) / 1e6;
    return new Pollable(() => performance.now() >= dueMs, dueMs);
  };
  return {
    "wasi:clocks/monotonic-clock": defineInterface(guest, {
      now: () => clocks.monotonic(),
      resolution: () => clocks.resolution,
      "subscribe-instant": (when: bigint) => after(when - clocks.monotonic()),
      "subscribe-duration": after,
    }),
    "wasi:clocks/wall-clock": defineInterface(guest, {
      now: () => datetimeOf(clocks.now()),
      resolution: () => datetimeOf(clocks.resolution),
    }),
  };
}

export function randomInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const { budget, random } = guest.context;
  const bytes = (length: bigint): Uint8Array => {
    // Charged before anything is allocated.
    budget.chargeRandom(Number(length));
    const into = new Uint8Array(Number(length));
    random(into);
    return into;
  };
  const word = (): bigint => new DataView(bytes(8n).buffer).getBigUint64(0, true);
  return {
    "wasi:random/random": defineInterface(guest, { "get-random-bytes": bytes, "get-random-u64": word }),
    // No worse than the secure one: there is nothing to gain from a second generator.
    "wasi:random/insecure": defineInterface(guest, {
      "get-insecure-random-bytes": bytes,
      "get-insecure-random-u64": word,
    }),
    "wasi:random/insecure-seed": defineInterface(guest, { "insecure-seed": () => [word(), word()] }),
  };
}
