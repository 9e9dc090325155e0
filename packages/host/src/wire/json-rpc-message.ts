// One line of JSON-RPC 2.0 -> a message that the peer can act on, or protocol-error.
import { Buffer, isAscii } from "node:buffer";
import { isErrorCode, TenonError, type Json } from "@tenon/contract/core";
import { quote } from "./handshake.ts";

/** Ids of foreign requests; ours are numbers. */
export type RequestId = string | number;

export type RpcMessage =
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RequestId; readonly error: unknown };

/** jsonrpc.org/specification §5.1, and LSP 3.17 for the last one. */
export const RPC_CODE = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  failed: -32000,
  cancelled: -32800,
} as const;

/** An id must be kept while its request is served, so it has a limit. */
const MAX_ID_CHARACTERS = 256;
/** Longest text taken over from a peer's error. */
const MAX_TEXT = 2048;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Most lines are ASCII, above all the long ones, which are base64: those need no decoder, which takes five times as long. */
function textOf(line: Uint8Array): string {
  if (!isAscii(line)) return decoder.decode(line);
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("latin1");
}

/** Reads one line. Total: every line gives a message or throws protocol-error. */
export function parseMessage(line: Uint8Array): RpcMessage {
  let parsed: unknown;
  try {
    parsed = JSON.parse(textOf(line));
  } catch {
    throw broken("a line is not JSON", line);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw broken("a line is not a JSON-RPC message", line);
  // JSON.parse makes own members of every name, and only those may count.
  const own = (key: string): unknown =>
    Object.hasOwn(parsed, key) ? (parsed as Record<string, unknown>)[key] : undefined;
  const method = own("method");
  const hasId = Object.hasOwn(parsed, "id");
  if (method !== undefined) {
    if (typeof method !== "string") throw broken('"method" is not a string', line);
    return hasId
      ? { kind: "request", id: checkId(own("id"), line), method, params: own("params") }
      : { kind: "notification", method, params: own("params") };
  }
  if (own("tenon") !== undefined) throw broken("the handshake line came twice", line);
  if (!hasId) throw broken('a message has neither "method" nor "id"', line);
  const error = own("error");
  if (error !== undefined && error !== null) return { kind: "error", id: checkId(own("id"), line), error };
  return { kind: "result", id: checkId(own("id"), line), result: own("result") };
}

function checkId(id: unknown, line: Uint8Array): RequestId {
  const isFit = typeof id === "number" || (typeof id === "string" && id.length <= MAX_ID_CHARACTERS);
  if (isFit) return id;
  throw broken('"id" is neither a number nor a short string', line);
}

function broken(what: string, line: Uint8Array): TenonError {
  return new TenonError("protocol-error", `${what}: ${quote(line)}`, {
    hint: "print one JSON-RPC message per line to standard output and everything else to standard error",
  });
}

/** The `error` member of a plugin's answer as what its caller gets. Total. */
export function errorFromRpc(error: unknown): TenonError {
  const isObject = typeof error === "object" && error !== null && !Array.isArray(error);
  const own = (key: string): unknown =>
    isObject && Object.hasOwn(error, key) ? (error as Record<string, unknown>)[key] : undefined;
  const data = own("data");
  if (
    typeof data === "object" &&
    data !== null &&
    Object.hasOwn(data, "code") &&
    isErrorCode((data as { code: unknown }).code)
  )
    return TenonError.fromJSON(data);
  const text = isObject ? own("message") : error;
  const what = typeof text === "string" ? text.slice(0, MAX_TEXT) : "an error without a message";
  const number = own("code");
  const details = isObject
    ? ({
        ...(typeof number === "number" && { code: number }),
        ...(data !== undefined && { data: data as Json }),
      } satisfies Json)
    : undefined;
  if (number === RPC_CODE.methodNotFound)
    return new TenonError("function-missing", what, { details, sideEffects: "none" });
  return new TenonError(number === RPC_CODE.cancelled ? "cancelled" : "plugin-trap", what, { details });
}

/** The `error` member for a plugin: a code that JSON-RPC libraries know, and the whole error as data. */
export function errorToRpc(error: TenonError): Json {
  const json = JSON.parse(JSON.stringify(error)) as Json;
  const code =
    error.code === "function-missing"
      ? RPC_CODE.methodNotFound
      : error.code === "value-invalid"
        ? RPC_CODE.invalidParams
        : RPC_CODE.failed;
  return { code, message: error.what, data: json };
}
