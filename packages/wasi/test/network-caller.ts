// Calls of preview2's network interfaces as a guest makes them, and threads that answer on loopback.
import assert from "node:assert/strict";
import { once } from "node:events";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import type { Preview2 } from "@tenon/wasi";

export type Answer = { readonly tag: "ok"; readonly val: never } | { readonly tag: "err"; readonly val: unknown };

/** `sockets/tcp` and `[method]tcp-socket.accept`. */
export function call(wasi: Preview2, interfaceName: string, name: string, ...args: readonly unknown[]): Answer {
  const member = wasi.interfaces[`wasi:${interfaceName}`]![name];
  assert.ok(typeof member === "function", name);
  return member(...args) as Answer;
}

/** What it holds, as the type that the caller says. */
export function ok<T>(answer: Answer): T {
  assert.equal(answer.tag, "ok", inspect(answer.val));
  return answer.val;
}

export function block(wasi: Preview2, pollable: unknown): void {
  call(wasi, "io/poll", "[method]pollable.block", pollable);
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (content: Uint8Array): string => new TextDecoder().decode(content);

/** One thread of test/, and what it told first. The caller terminates it. */
export async function startThread<T>(
  file: string,
  workerData?: unknown,
): Promise<{ readonly worker: Worker; readonly first: T }> {
  const worker = new Worker(new URL(file, import.meta.url), { execArgv: [], workerData });
  const [first] = (await once(worker, "message")) as [T];
  return { worker, first };
}
