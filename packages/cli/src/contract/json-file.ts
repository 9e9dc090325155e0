// A file on disk -> the JSON in it, within bounds.
import { TenonError } from "@tenon/contract";
import { readBounded } from "../foreign-file.ts";

const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** Throws file-missing, resource-exhausted, or contract-invalid for what is no JSON. */
export function readJson(path: string): unknown {
  const text = readBounded(path, MAX_JSON_BYTES).toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TenonError("contract-invalid", `${path} is no JSON`, {
      hint: "restore it from version control",
      cause,
      sideEffects: "none",
    });
  }
}
