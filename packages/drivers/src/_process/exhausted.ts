// Descriptors or threads of this process that have run out -> one error, early enough where Node would not forget it.
import { closeSync, openSync } from "node:fs";
import { TenonError } from "@tenon/contract/core";

/** Node reads what a module imports in parallel; most graphs have no more than so many files open at a time. */
const FOR_MODULES = 16;
/** Where there is no such device, as on Windows, no such limit is near either. */
const NOTHING = "/dev/null";

/**
 * `resource-exhausted` where `thrown` says that this process (EMFILE) or the system (ENFILE) has no descriptor left;
 * undefined for everything else. `purpose` ends the sentence "no file descriptors are left to".
 */
export function descriptorsExhausted(thrown: unknown, purpose: string): TenonError | undefined {
  const errno = errnoOf(thrown);
  if (errno === undefined) return undefined;
  return new TenonError("resource-exhausted", `no file descriptors are left to ${purpose} (${errno})`, {
    hint: "close files or plugins, or raise the limit (ulimit -n)",
    cause: thrown,
    sideEffects: "none",
    details: { exhausted: "descriptors", errno },
  });
}

/** Threads and loaders of the system put it in words only. */
function errnoOf(thrown: unknown): string | undefined {
  try {
    const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
    if (code === "EMFILE" || code === "ENFILE") return code;
    if (typeof message !== "string") return undefined;
    if (message.includes("Too many open files")) return message.includes("in system") ? "ENFILE" : "EMFILE";
    return /\b(?:EMFILE|ENFILE)\b/.exec(message)?.[0];
  } catch {
    // Nothing was thrown, or what a plugin threw throws in turn: neither is the system's word.
    return undefined;
  }
}

/**
 * Throws `resource-exhausted` where `import()` would find no descriptors: Node remembers for its whole life that a module
 * could not be read, so that it must not try in vain.
 */
export function requireDescriptors(purpose: string): void {
  const opened: number[] = [];
  try {
    while (opened.length < FOR_MODULES) opened.push(openSync(NOTHING, "r"));
  } catch (thrown) {
    const error = descriptorsExhausted(thrown, purpose);
    if (error !== undefined) throw error;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** `resource-exhausted` where a thread could not be made because the user may have no more (EAGAIN); undefined for the rest. */
export function threadsExhausted(thrown: unknown): TenonError | undefined {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  // pthread_create(3); Node has the system's word in its text only.
  if (code !== "ERR_WORKER_INIT_FAILED" || !String(message).includes("EAGAIN")) return undefined;
  return new TenonError("resource-exhausted", "no room for another thread (EAGAIN)", {
    hint: "end other processes, or raise the limit of processes (ulimit -u)",
    cause: thrown,
    sideEffects: "none",
    details: { exhausted: "threads", errno: "EAGAIN" },
  });
}
