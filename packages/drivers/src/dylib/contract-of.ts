// What a library says it was built for -> the one of the host's contracts that it means. The text is what `tenon_contract_v1`
// gives, and stands in the library's bytes as it is.
import { TenonError } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { chooseContract, type Stamp } from "@tenon/host/driver";

/** Throws artifact-invalid for what is not such a text, contract-mismatch with both lists and what differs. */
export function contractOfText(text: string, offers: readonly Contract[]): Contract {
  const stamp = parse(text);
  if (stamp !== undefined) return chooseContract(offers, [stamp], "the library");
  throw new TenonError("artifact-invalid", "the library's tenon_contract_v1 gives no contract", {
    hint: "build it against the header of `tenon codegen --c`",
    sideEffects: "none",
  });
}

const MARK = Buffer.from('{"tenon":1,"id":"');
const MAX_TEXT = 1024 * 1024;

/**
 * The same by the bytes of a library that must not be loaded here: the first of `offers` where they have no such text.
 * Whoever loads the library asks the function itself.
 */
export function contractOfBytes(bytes: Uint8Array, offers: readonly Contract[]): Contract {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stamps: Stamp[] = [];
  for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, at + 1)) {
    const end = data.indexOf(0, at);
    if (end < 0 || end - at > MAX_TEXT) continue;
    const stamp = parse(data.toString("utf8", at, end));
    if (stamp !== undefined) stamps.push(stamp);
  }
  return stamps.length === 0 ? offers[0]! : chooseContract(offers, stamps, "the library");
}

function parse(text: string): Stamp | undefined {
  const { id, digest, exports, imports } = parseObject(text);
  if (typeof id !== "string" || typeof digest !== "string" || !isTexts(exports) || !isTexts(imports)) return undefined;
  return { id, digest, exports, imports };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // The caller says what is wrong.
    return {};
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string");
}
