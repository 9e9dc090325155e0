// The host's end of newline-delimited JSON-RPC 2.0, for plugins without an SDK: the same calls as `Peer`, readable.
import { fromJson, toJson } from "@tenon/abi";
import { camelCase, TenonError, type ContractFunction, type RecordType, type ValueType } from "@tenon/contract/core";
import type { CallContext, FunctionRef, LogLevel } from "../driver.ts";
import { LOG_LEVELS } from "./frames.ts";
import { outsideContract } from "./peer-errors.ts";
import { errorFromRpc, errorToRpc, parseMessage, type RequestId, type RpcMessage } from "./json-rpc-message.ts";

export interface JsonRpcPeerOptions {
  /** Sends one line, newline included. */
  readonly send: (line: string, isAnswer: boolean) => void;
  readonly remote: readonly FunctionRef[];
  readonly local: readonly FunctionRef[];
  /** Runs a host function; may return a promise, may throw. */
  readonly serve: (index: number, args: readonly unknown[]) => unknown;
  /** What the plugin gets to know of a throw. */
  readonly describeFailure: (thrown: unknown, func: FunctionRef) => TenonError;
  readonly maxPendingCalls: number;
  readonly onLog: (level: LogLevel, text: string) => void;
}

interface Outgoing {
  readonly func: FunctionRef;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: TenonError) => void;
}

/**
 * Methods are function paths (`builder.build`); the host sends parameters by name, keyed by their WIT labels, and
 * takes them by name or position. Values are in the JSON form of `toJson`. Further notifications: `$/cancelRequest`
 * with `{ id }` to the plugin, `log` with `{ level, message }` to the host.
 */
export class JsonRpcPeer {
  readonly #options: JsonRpcPeerOptions;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Set<RequestId>();
  readonly #localByPath: ReadonlyMap<string, FunctionRef>;
  readonly #prefixes: readonly string[];
  #nextId = 1;
  /** Host functions that run for notifications. */
  #unanswered = 0;
  #lost: TenonError | undefined;

  constructor(options: JsonRpcPeerOptions) {
    this.#options = options;
    this.#localByPath = new Map(options.local.map((func) => [func.path, func]));
    this.#prefixes = options.remote.map((func) => `{"jsonrpc":"2.0","method":${JSON.stringify(func.path)},"params":`);
  }

  get pending(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Starts a call; rejects with the plugin's error, or with the one given to `fail`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) throw this.#lost.with({ call: func.path });
      if (this.#outgoing.size >= this.#options.maxPendingCalls) {
        throw new TenonError("resource-exhausted", `${this.#outgoing.size} calls are already in flight`, {
          call: func.path,
          sideEffects: "none",
        });
      }
      const params = paramsText(func, args);
      const id = this.#nextId++;
      const trace = context.trace === undefined ? "" : `,"traceparent":${JSON.stringify(context.trace)}`;
      this.#outgoing.set(id, { func, resolve, reject });
      this.#options.send(`${this.#prefixes[func.index]}${params},"id":${id}${trace}}\n`, false);
      if (context.signal !== undefined) this.#cancelWith(context.signal, id);
    });
  }

  /** Handles one line. Throws protocol-error on anything that is not JSON-RPC or answers what was not asked. */
  receive(line: Uint8Array): void {
    if (line.length === 0) return;
    const message = parseMessage(line);
    switch (message.kind) {
      case "result":
      case "error":
        return this.#onAnswer(message);
      case "request":
        return this.#onRequest(message.id, message.method, message.params);
      case "notification":
        return this.#onNotification(message.method, message.params);
    }
  }

  /** Rejects every pending call and all later ones with `error`. */
  fail(error: TenonError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    for (const { func, reject } of this.#outgoing.values()) reject(error.with({ call: func.path }));
    this.#outgoing.clear();
    this.#incoming.clear();
  }

  /** Nothing to say: the end of its standard input tells a plugin to end. */
  sendClose(): void {}

  #cancelWith(signal: AbortSignal, id: number): void {
    const onAbort = (): void => {
      if (!this.#outgoing.has(id)) return;
      this.#options.send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":${id}}}\n`, false);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  }

  #onAnswer(message: Extract<RpcMessage, { kind: "result" | "error" }>): void {
    const call = typeof message.id === "number" ? this.#outgoing.get(message.id) : undefined;
    if (call === undefined)
      throw new TenonError(
        "protocol-error",
        `an answer to call ${JSON.stringify(message.id)} arrived, which is not in flight`,
      );
    this.#outgoing.delete(message.id as number);
    const { func } = call;
    if (message.kind === "error") {
      call.reject(errorFromRpc(message.error).with({ call: func.path }));
      return;
    }
    const type = func.function.result;
    try {
      call.resolve(
        type === undefined ? undefined : fromJson(type, message.result, "result", { code: "protocol-error" }),
      );
    } catch (error) {
      // The line itself was sound, so the session goes on: a wrong value is the fault of one function.
      call.reject(TenonError.from(error, "protocol-error", { call: func.path }));
    }
  }

  /** A host function whose answer the plugin does not want, such as progress; unknown ones are ignored, as JSON-RPC wants it. */
  #onNotification(method: string, params: unknown): void {
    const func = this.#localByPath.get(method);
    if (func === undefined) {
      if (method === "log") this.#onLog(params);
      return;
    }
    const failed = (thrown: unknown): void => {
      this.#options.onLog("warn", `${method}, sent without an id: ${this.#options.describeFailure(thrown, func).what}`);
    };
    if (this.#unanswered >= this.#options.maxPendingCalls) return failed(new Error("too many are running already"));
    this.#unanswered++;
    try {
      const out = Promise.resolve(this.#options.serve(func.index, paramsFromJson(func, params)));
      void out.catch(failed).finally(() => this.#unanswered--);
    } catch (thrown) {
      this.#unanswered--;
      failed(thrown);
    }
  }

  #onRequest(id: RequestId, method: string, params: unknown): void {
    if (this.#incoming.has(id))
      throw new TenonError("protocol-error", `request id ${JSON.stringify(id)} is used twice`);
    const func = this.#localByPath.get(method);
    if (func === undefined) {
      const hint = `it has ${[...this.#localByPath.keys()].join(", ") || "none"}`;
      return this.#refuse(
        id,
        new TenonError("function-missing", `the host has no function ${method.slice(0, 200)}`, {
          hint,
          sideEffects: "none",
        }),
      );
    }
    if (this.#incoming.size >= this.#options.maxPendingCalls) {
      return this.#refuse(
        id,
        new TenonError("resource-exhausted", `${this.#incoming.size} calls are already being served`, {
          sideEffects: "none",
        }),
      );
    }
    this.#incoming.add(id);
    let out: unknown;
    try {
      out = this.#options.serve(func.index, paramsFromJson(func, params));
    } catch (thrown) {
      return this.#answerError(id, func, thrown);
    }
    if (typeof out !== "object" || out === null || typeof (out as { then?: unknown }).then !== "function")
      return this.#answer(id, func, out);
    (out as PromiseLike<unknown>).then(
      (value) => this.#answer(id, func, value),
      (thrown: unknown) => this.#answerError(id, func, thrown),
    );
  }

  #answer(id: RequestId, func: FunctionRef, value: unknown): void {
    if (this.#lost !== undefined) return;
    let result: string;
    try {
      result = resultToJson(func.function, value);
    } catch (thrown) {
      return this.#answerError(id, func, outsideContract(thrown));
    }
    this.#incoming.delete(id);
    this.#options.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}\n`, true);
  }

  #answerError(id: RequestId, func: FunctionRef, thrown: unknown): void {
    this.#incoming.delete(id);
    this.#refuse(id, this.#options.describeFailure(thrown, func));
  }

  #refuse(id: RequestId, error: TenonError): void {
    if (this.#lost !== undefined) return;
    this.#options.send(`${JSON.stringify({ jsonrpc: "2.0", id, error: errorToRpc(error) })}\n`, true);
  }

  #onLog(params: unknown): void {
    const own = (key: string): unknown =>
      typeof params === "object" && params !== null && Object.hasOwn(params, key)
        ? (params as Record<string, unknown>)[key]
        : undefined;
    const message = own("message");
    const level = LOG_LEVELS.find((known) => known === own("level")) ?? "info";
    this.#options.onLog(level, typeof message === "string" ? message : JSON.stringify(params ?? null));
  }
}

const records = new WeakMap<ContractFunction, RecordType>();

/** The JSON text of `params`: an object by WIT labels. */
function paramsText(func: FunctionRef, args: readonly unknown[]): string {
  const { params } = func.function;
  if (args.length > params.length) {
    throw new TenonError("value-invalid", `${func.path} takes ${params.length} arguments, got ${args.length}`, {
      call: func.path,
      sideEffects: "none",
    });
  }
  const members = params.map(({ name, type }, index) => {
    return `${JSON.stringify(name)}:${valueText(type, args[index], camelCase(name))}`;
  });
  return `{${members.join(",")}}`;
}

/** The JSON text of a value. Base64 needs no escapes, and looking for some takes longer than making it did. */
function valueText(type: ValueType, value: unknown, path: string): string {
  const json = toJson(type, value, path);
  const isBase64 = type.kind === "list" && type.element.kind === "u8";
  return isBase64 ? `"${json as string}"` : JSON.stringify(json);
}

/** Arguments by position or by name (WIT label or camelCase). Throws value-invalid with the path of the first bad part. */
function paramsFromJson(func: FunctionRef, json: unknown): unknown[] {
  const { params } = func.function;
  if (Array.isArray(json)) {
    if (json.length > params.length)
      throw new TenonError("value-invalid", `${func.path} takes ${params.length} arguments, got ${json.length}`, {
        sideEffects: "none",
      });
    return params.map(({ name, type }, index) => fromJson(type, json[index], name));
  }
  if (json !== undefined && (typeof json !== "object" || json === null)) {
    throw new TenonError("value-invalid", '"params" must be an array or an object', { sideEffects: "none" });
  }
  // One object per function, because converters are kept by the identity of their type.
  let record = records.get(func.function);
  if (record === undefined) records.set(func.function, (record = { kind: "record", fields: params }));
  const named = fromJson(record, json ?? {}, "params") as Record<string, unknown>;
  return params.map(({ name }) => named[camelCase(name)]);
}

function resultToJson(func: ContractFunction, value: unknown): string {
  if (func.result === undefined) return "null";
  return valueText(func.result, value, "result");
}
