// What can go wrong in a system interface, as data: one closed set of codes that each face maps to its own error numbers.

const CODES = [
  "acces",
  "again",
  "badf",
  "busy",
  "exist",
  "fault",
  "fbig",
  "ilseq",
  "intr",
  "inval",
  "io",
  "isdir",
  "loop",
  "mfile",
  "mlink",
  "nametoolong",
  "noent",
  "nomem",
  "nospc",
  "nosys",
  "notcapable",
  "notdir",
  "notempty",
  "notsock",
  "notsup",
  "nxio",
  "overflow",
  "perm",
  "pipe",
  "rofs",
  "spipe",
  "txtbsy",
  "xdev",
] as const;

/** POSIX names in lower case without their E; `notcapable` is a path that would leave its directory, or a missing right. */
export type FaultCode = (typeof CODES)[number];

/**
 * An ordinary failure of one operation, an answer for the guest and never an error of the host: it does not leave this package.
 * There is one object per code, since guests probe for missing files often and a stack trace each time would be waste.
 */
export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode) {
    super(code);
    this.code = code;
  }
}

const faults = new Map<string, Fault>(CODES.map((code) => [code, new Fault(code)]));

export function fault(code: FaultCode): Fault {
  return faults.get(code)!;
}

export function isFault(thrown: unknown, code?: FaultCode): thrown is Fault {
  return thrown instanceof Fault && (code === undefined || thrown.code === code);
}

/** A system error of Node as a fault; `EINTR` and the like keep their name, what has none here is `io`. */
export function systemFault(thrown: unknown): unknown {
  if (thrown instanceof Fault || !(thrown instanceof Error) || !("code" in thrown)) return thrown;
  const { code } = thrown;
  if (typeof code !== "string") return thrown;
  // Node refuses some arguments itself, before any system call.
  if (code.startsWith("ERR_")) return fault("inval");
  return faults.get(code.slice(1).toLowerCase()) ?? fault("io");
}
