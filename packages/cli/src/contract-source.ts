// A WIT path and a world's name -> the Resolve and the contract that a verb works with.
import { contractFromResolve, loadWit, selectWorld, TenonError, type Contract, type LoadedWit } from "@tenon/contract";
import { diskFiles } from "./wit-files.ts";

/** The options that every verb with a WIT path has. */
export interface WitSelection {
  readonly world?: string | undefined;
  /** Comma-separated. */
  readonly features?: string | undefined;
  readonly allFeatures?: boolean | undefined;
}

export interface WorldSource extends LoadedWit {
  /** Index in `resolve.worlds`. */
  readonly world: number;
  readonly contract: Contract;
}

/** Throws WitError, file-missing or resource-exhausted. */
export function readWit(path: string, selection: WitSelection = {}): LoadedWit {
  const features = (selection.features ?? "").split(",").flatMap((name) => name.trim() || []);
  try {
    return loadWit(path, diskFiles, { features, allFeatures: selection.allFeatures ?? false });
  } catch (thrown) {
    // The loader sees only that its reader failed; the reader knows why.
    const { cause } = thrown as { readonly cause?: unknown };
    throw cause instanceof TenonError ? cause : thrown;
  }
}

/** Throws also config-invalid when the world is missing or not unique. */
export function readWorld(path: string, selection: WitSelection = {}): WorldSource {
  const loaded = readWit(path, selection);
  const world = selectWorld(loaded.resolve, loaded.rootPackage, selection.world);
  return { ...loaded, world, contract: contractFromResolve(loaded.resolve, world) };
}
