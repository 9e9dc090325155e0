// The frame of every byte boundary: u32 little-endian length of what follows, u8 kind, varint call id, payload.

/** docs/spec/wire.md has the payloads. Numbers are frozen; new kinds are only sent after a feature was agreed on. */
export const FRAME = {
  /** varint function index, u8 flags, [varint ms left], [varint length, traceparent], parameters. */
  call: 1,
  /** The result value; nothing for a function without one. */
  result: 2,
  /** A TenonError as UTF-8 JSON. */
  error: 3,
  /** The caller no longer waits; the callee should stop and still answer, in whatever way. */
  cancel: 4,
  /** The call id is a resource handle: its remote holder has dropped it. Payload: varint resource index. */
  drop: 5,
  /** Plugin to host, call id 0: u8 level (0 trace .. 4 error), UTF-8 text. */
  log: 6,
  /** Host to plugin, call id 0: finish and end. */
  close: 7,
  /** Only between threads, call id 0: this end reads frames as well as clones, so synchronous calls may come as such. */
  ready: 8,
  /** Only from a process that runs code of the host's own, to the host, call id 0: UTF-8 text for the driver that started it. */
  note: 9,
} as const;

/** Flags of a call frame. */
export const CALL_FLAG = {
  /** The caller is itself serving a call of the callee, so this one may be its continuation and must not be queued. */
  nested: 1,
  /** The caller's thread is blocked until the answer. */
  blocking: 2,
  deadline: 4,
  trace: 8,
} as const;

/** Bytes before the body: the length field. */
export const FRAME_HEADER = 4;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
