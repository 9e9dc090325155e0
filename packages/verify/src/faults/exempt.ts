// Traits of a driver -> why a fault cannot be shown on it. Data alone decides, never a driver's name.
import type { DriverTraits } from "@tenon/host";

/** Sees to everything that a plugin reaches, as only an engine of its own can. */
const isEngine = ({ enforcement }: DriverTraits): boolean => enforcement.fs === "enforced";

export function unlessEngine(traits: DriverTraits): string | undefined {
  return isEngine(traits) ? undefined : "the plugin is no guest of an engine, which alone ends it so";
}

export function unlessContained({ isolation }: DriverTraits): string | undefined {
  return isolation === "none" ? "nothing stands between the plugin and the host" : undefined;
}

export function unlessLoopsEnd(traits: DriverTraits): string | undefined {
  return traits.enforcement["cpu-deadline"] === "none"
    ? "nothing ends a loop here, which the traits say"
    : unlessContained(traits);
}

export function unlessMemoryIsBound(traits: DriverTraits): string | undefined {
  return traits.enforcement.memory === "enforced" ? undefined : "memory has no bound here, which the traits say";
}

export function unlessCallbacks(traits: DriverTraits): string | undefined {
  return traits.hostCallbacks ? unlessContained(traits) : "plugins cannot call the host here";
}

/** A guest of an engine has its traps instead. */
export function unlessThrows(traits: DriverTraits): string | undefined {
  return isEngine(traits) ? "a guest of an engine traps, which is another fault" : undefined;
}

export function unlessThreadOrProcess(traits: DriverTraits): string | undefined {
  return unlessThrows(traits) ?? unlessContained(traits);
}

export function unlessProcess(traits: DriverTraits): string | undefined {
  if (traits.isolation !== "process") return "the plugin has no process of its own";
  return unlessThrows(traits);
}

/** The first reason of several. */
export function unless(
  ...reasons: readonly ((traits: DriverTraits) => string | undefined)[]
): (traits: DriverTraits) => string | undefined {
  return (traits) => reasons.map((reason) => reason(traits)).find((reason) => reason !== undefined);
}
