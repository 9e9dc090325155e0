// TenonError <-> gRPC status: a number every peer understands, and for our own peers the whole error in a trailer.
// Source: grpc/grpc doc/statuscodes.md.
import { TenonError, terminalSafe, type ErrorCode } from "@tenon/contract/core";
import { ERROR_KEY } from "./messages.ts";

/** The numbers that are used here. */
export const STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const NUMBERS: Readonly<Partial<Record<ErrorCode, number>>> = {
  cancelled: STATUS.cancelled,
  "value-invalid": STATUS.invalidArgument,
  "protocol-error": STATUS.invalidArgument,
  "deadline-exceeded": STATUS.deadlineExceeded,
  "capability-denied": STATUS.permissionDenied,
  "resource-exhausted": STATUS.resourceExhausted,
  "function-missing": STATUS.unimplemented,
  internal: STATUS.internal,
  unavailable: STATUS.unavailable,
};

const CODES: Readonly<Partial<Record<number, ErrorCode>>> = {
  [STATUS.cancelled]: "cancelled",
  [STATUS.deadlineExceeded]: "deadline-exceeded",
  [STATUS.resourceExhausted]: "resource-exhausted",
  [STATUS.unimplemented]: "function-missing",
};

/** Peers allow 8 KiB of metadata; the rest of a long error is notes that the log has too. */
const MAX_ERROR_BYTES = 4096;

/** The part of gRPC's metadata that errors need. */
export interface Trailers {
  get(key: string): readonly (string | Buffer)[];
}

/** What stands in a failed call. */
export interface FailedCall {
  readonly code: number;
  readonly details: string | undefined;
  readonly metadata?: Trailers | undefined;
}

/** The status number of an error. */
export function statusOf(error: TenonError): number {
  return NUMBERS[error.code] ?? STATUS.unknown;
}

/** The error as bytes for the trailer; short enough for every peer. */
export function errorTrailer(error: TenonError): Buffer {
  const whole = Buffer.from(JSON.stringify(error));
  if (whole.length <= MAX_ERROR_BYTES) return whole;
  const { code, hint, call, sideEffects } = error;
  return Buffer.from(
    JSON.stringify({ code, what: error.what.slice(0, 1000), hint: hint.slice(0, 500), call, sideEffects }),
  );
}

/** What the caller gets to know of a failed call, whoever serves it. */
export function errorOfStatus({ code, details, metadata }: FailedCall, path: string): TenonError {
  const own = metadata?.get(ERROR_KEY)[0];
  if (own !== undefined) return parseError(own, path);
  // Against its types the library leaves the text out where a server breaks the protocol.
  const said = terminalSafe((details ?? "no reason was given").slice(0, 2048));
  const hint = code === STATUS.unimplemented ? "the plugin does not serve this method; check its version" : undefined;
  return new TenonError(CODES[code] ?? "plugin-trap", `${path} failed: ${said} (gRPC status ${code})`, {
    call: path,
    hint,
    details: { status: code },
    ...(code === STATUS.unimplemented && { sideEffects: "none" as const }),
  });
}

function parseError(own: string | Buffer, path: string): TenonError {
  try {
    return TenonError.fromJSON(JSON.parse(own.toString())).with({ call: path });
  } catch {
    // A trailer of this name that is no JSON is some other text of the peer.
    return TenonError.fromJSON({ what: own.toString() }).with({ call: path });
  }
}
