// A Lua error that a script let pass -> the error that the caller gets: its text with file and line, and the traceback.
import { TenonError, terminalSafe } from "@tenon/contract/core";
import { describe } from "./codec/misfit.ts";
import type { Task } from "./task.ts";
import { LUA_STATUS } from "./vm/api.ts";
import { outOfMemory } from "./vm/environment.ts";
import type { Machine } from "./vm/machine.ts";

const MAX_TEXT_BYTES = 2048;
const MAX_NOTES = 12;

export interface Failure {
  readonly task: Task;
  /** What `lua_resume` answered. */
  readonly code: number;
  readonly memoryMiB: number;
}

/** Leaves the main thread's stack higher than it was. */
export function luaFailure(machine: Machine, { task, code, memoryMiB }: Failure): TenonError {
  const { api, main } = machine;
  if (code === LUA_STATUS.memory) {
    const { what, hint, details } = outOfMemory();
    return new TenonError("resource-exhausted", `${what} of ${memoryMiB} MiB`, { hint, details });
  }
  if (code === LUA_STATUS.yield) return trap("attempt to yield from outside a coroutine", []);
  const { L, failure } = task;
  machine.budget.reset();
  const text = terminalSafe(textOf(machine, L, api.lua_gettop(L)));
  // An error of a host function that came through unchanged is still that error.
  if (failure !== undefined && failure.text === text) return failure.error;
  api.luaL_traceback(main, L, 0, 0);
  const lines = textOf(machine, main, api.lua_gettop(main))
    .split("\n")
    .slice(1, 1 + MAX_NOTES);
  return trap(
    text,
    lines.map((line) => terminalSafe(line.trim())),
  );
}

/** An error need not be a string. */
function textOf(machine: Machine, L: number, index: number): string {
  const bytes = machine.readBytes(L, index, MAX_TEXT_BYTES);
  if (bytes === undefined) return `the script raised an error that is no text: ${describe(machine, L, index)}`;
  return new TextDecoder().decode(bytes);
}

function trap(what: string, notes: readonly string[]): TenonError {
  return new TenonError("plugin-trap", what, { notes });
}
