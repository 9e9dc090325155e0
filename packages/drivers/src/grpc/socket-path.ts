// A path that a plugin named -> the socket behind it, if it is one of this user in the folder that was made for it.
import { lstatSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import process from "node:process";
import { TenonError, terminalSafe } from "@tenon/contract/core";

/** Throws handshake-failed. Nothing else that a plugin names is ever dialled (security R14). */
export function checkedSocket(address: string, folder: string): string {
  const shown = JSON.stringify(terminalSafe(address.slice(0, 200)));
  const real = resolved(address);
  if (real === undefined) throw refused(`there is no socket at ${shown}, where the plugin says it listens`);
  if (!real.startsWith(realpathSync(folder) + sep))
    throw refused(`the plugin names the socket ${shown}, which is outside of the folder that it was given`);
  const stat = lstatSync(real);
  if (!stat.isSocket()) throw refused(`${shown} is no socket`);
  if (stat.uid !== process.getuid?.()) throw refused(`the socket ${shown} belongs to another user`);
  return real;
}

function resolved(address: string): string | undefined {
  try {
    return realpathSync(address);
  } catch {
    // It is not there, or may not be looked at: both are the same to us.
    return undefined;
  }
}

function refused(what: string): TenonError {
  return new TenonError("handshake-failed", what, { sideEffects: "none" });
}
