// A driver and an artifact -> the traits by which the core, its tables and its refusals have to go.
import { TenonError } from "@tenon/contract/core";
import type { AnyDriver, DriverTraits } from "./driver.ts";

/**
 * The traits that a plugin with this artifact has. Throws `capability-unenforceable` where the artifact asks for an
 * isolation that the driver does not have: running it elsewhere would be a promise that nobody keeps.
 */
export function traitsFor({ boundary, traits, isolations, elsewhere }: AnyDriver, artifact: unknown): DriverTraits {
  const choice = choiceOf(artifact);
  if (choice === undefined) return traitsElsewhere(elsewhere, artifact) ?? traits;
  const found =
    isolations !== undefined && Object.hasOwn(isolations, choice)
      ? (isolations as Readonly<Record<string, DriverTraits>>)[choice]
      : undefined;
  if (found !== undefined) return found;
  const has = Object.keys(isolations ?? {}).join(", ") || "none to choose from";
  throw new TenonError(
    "capability-unenforceable",
    `the ${boundary} boundary cannot run a plugin with isolation ${JSON.stringify(choice)}`,
    { hint: `it has ${has}; make its driver with what the isolation needs`, boundary, sideEffects: "none" },
  );
}

/** The driver with the traits of this artifact as its own. */
export function driverFor(driver: AnyDriver, artifact: unknown): AnyDriver {
  const traits = traitsFor(driver, artifact);
  if (traits === driver.traits) return driver;
  return { boundary: driver.boundary, traits, open: (one, context) => driver.open(one, context) };
}

function traitsElsewhere(elsewhere: AnyDriver["elsewhere"], artifact: unknown): DriverTraits | undefined {
  if (elsewhere === undefined || typeof artifact !== "object" || artifact === null) return undefined;
  const members = Object.keys(elsewhere).filter((member) => Object.hasOwn(artifact, member));
  return members[0] === undefined ? undefined : elsewhere[members[0]];
}

function choiceOf(artifact: unknown): string | undefined {
  if (typeof artifact !== "object" || artifact === null || !Object.hasOwn(artifact, "isolation")) return undefined;
  const { isolation } = artifact as { readonly isolation?: unknown };
  return isolation === undefined || typeof isolation === "string" ? isolation : JSON.stringify(isolation);
}
