// What went wrong in a script -> the error that the caller gets: for Lua's own, its text with file and line, and the traceback.
import { TenonError, describeThrown, terminalSafe } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import { describe } from "./codec/misfit.ts";
import type { LuaMisfit } from "./codec/misfit.ts";
import type { LuaSettings } from "./options.ts";
import type { Task } from "./task.ts";
import { LUA_STATUS } from "./vm/api.ts";
import { LuaHalt, outOfMemory } from "./vm/environment.ts";
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

/** Why a state that threw `thrown` is spent. */
export function killReason(thrown: unknown, isDry: boolean, { fuel }: LuaSettings): TenonError {
  if (thrown instanceof LuaHalt) return thrown.error;
  if (isDry) {
    return new TenonError("resource-exhausted", `the plugin used up its fuel of ${fuel} ticks`, {
      hint: "give it more fuel if the work is legitimate",
      details: { limit: "fuel", allowed: fuel },
    });
  }
  if (thrown instanceof TenonError) return thrown;
  return new TenonError("plugin-trap", `Lua ended: ${describeThrown(thrown)}`, { cause: thrown });
}

export function badResult(misfit: LuaMisfit, func: FunctionRef | undefined): TenonError {
  const isResult = func?.function.result?.kind === "result";
  return new TenonError(
    "plugin-trap",
    `${func?.path ?? "the script"} returned what does not fit: ${misfit.at("value")}`,
    {
      ...(isResult && misfit.path === "" && { hint: "return ok(value) or err(value)" }),
      call: func?.path,
    },
  );
}

export function tooDeep(maxDepth: number): TenonError {
  return new TenonError("resource-exhausted", `host and plugin called each other ${maxDepth} times deep`, {
    hint: "call less deeply",
    details: { limit: "depth", allowed: maxDepth },
  });
}
