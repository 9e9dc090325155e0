// The name of a boundary -> its driver, loaded when it is needed: a driver that nobody asked for costs nothing.
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract";
import type { AnyDriver } from "@tenon/host";

/** The boundaries that are installed: the folders of `@tenon/drivers`, so that a new driver needs no line here. */
export function installedBoundaries(): readonly string[] {
  const folder = dirname(dirname(fileURLToPath(import.meta.resolve("@tenon/drivers/import"))));
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith("_") ? [entry.name] : [])).sort();
}

/** Throws driver-missing for a boundary that is not there; undefined is left to the plugin. */
export function checkBoundary(boundary: string | undefined): void {
  const installed = installedBoundaries();
  if (boundary === undefined || installed.includes(boundary)) return;
  const hint = `this tenon has ${installed.join(", ")}`;
  throw new TenonError("driver-missing", `there is no driver for boundary ${boundary}`, { hint, sideEffects: "none" });
}

/** The driver of an installed boundary. */
export async function loadDriver(boundary: string): Promise<AnyDriver> {
  checkBoundary(boundary);
  const module = (await import(specifierOf(boundary))) as Readonly<Record<string, unknown>>;
  const driver = Object.values(module).find((value) => isDriver(value) && value.boundary === boundary);
  if (driver === undefined) throw new TenonError("internal", `@tenon/drivers/${boundary} exports no driver`);
  return driver as AnyDriver;
}

/** What users import has every isolation; a new driver is not there yet. */
function specifierOf(boundary: string): string {
  const facade = `tenon/${boundary}`;
  return existsSync(fileURLToPath(import.meta.resolve(facade))) ? facade : `@tenon/drivers/${boundary}`;
}

function isDriver(value: unknown): value is AnyDriver {
  return typeof value === "object" && value !== null && typeof (value as Partial<AnyDriver>).open === "function";
}
