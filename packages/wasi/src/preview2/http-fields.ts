// `fields` of wasi:http/types@0.2: headers and trailers, with the rules for what may stand in them.
import { TenonError } from "@tenon/contract/core";
import type { HttpFields } from "../core/network-protocol.ts";
import { type Member, resource, type Result } from "./component-guest.ts";

type Bytes = Uint8Array;

/** RFC 9110, sections 5.6.2 (token) and 5.5 (field value, with what RFC 7230 called obs-text). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What belongs to one connection and to whoever holds it (RFC 9110, section 7.6.1), and the host, which is the authority. */
const FORBIDDEN = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
/** Bytes of one `fields`, as Wasmtime has it; what may be sent is less. */
const MAX_BYTES = 128 * 1024;

export class Fields {
  /** Values as latin1 text. */
  #entries: (readonly [name: string, value: string])[] = [];
  #bytes = 0;
  readonly isMutable: boolean;

  constructor(entries: HttpFields = [], isMutable = true) {
    for (const [name, value] of entries) this.#add(name, value);
    this.isMutable = isMutable;
  }

  /** What came in, less what belongs to the connection. */
  static received(entries: HttpFields): Fields {
    return new Fields(
      entries.filter(([name]) => !FORBIDDEN.has(name.toLowerCase())),
      false,
    );
  }

  get entries(): HttpFields {
    return this.#entries;
  }

  values(name: string): readonly string[] {
    const key = name.toLowerCase();
    return this.#entries.filter(([one]) => one.toLowerCase() === key).map(([, value]) => value);
  }

  /** As they are sent: each with `: ` and the end of the line. */
  get size(): number {
    return this.#bytes + 4 * this.#entries.length;
  }

  change(name: string, values: readonly Bytes[], keepsOld: boolean): Result<undefined> {
    const texts = values.map(latin1);
    const problem = this.isMutable ? problemOf(name, texts) : "immutable";
    if (problem !== undefined) return { tag: "err", val: { tag: problem } };
    if (!keepsOld) {
      const key = name.toLowerCase();
      this.#entries = this.#entries.filter(([one]) => one.toLowerCase() !== key);
      this.#bytes = this.#entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    }
    for (const text of texts) this.#add(name, text);
    return { tag: "ok", val: undefined };
  }

  #add(name: string, value: string): void {
    const entry = [name, value] as const;
    this.#bytes += sizeOf(entry);
    if (this.#bytes + 4 * this.#entries.length > MAX_BYTES) {
      throw new TenonError(
        "resource-exhausted",
        `the guest put more than ${MAX_BYTES} bytes into one set of HTTP fields`,
      );
    }
    this.#entries.push(entry);
  }
}

function sizeOf([name, value]: readonly [string, string]): number {
  return name.length + value.length;
}

function latin1(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function bytesOf(value: string): Bytes {
  return new Uint8Array(Buffer.from(value, "latin1"));
}

function problemOf(name: string, values: readonly string[]): "invalid-syntax" | "forbidden" | undefined {
  if (!NAME.test(name) || !values.every((value) => VALUE.test(value))) return "invalid-syntax";
  return FORBIDDEN.has(name.toLowerCase()) ? "forbidden" : undefined;
}

export function isToken(text: string): boolean {
  return NAME.test(text);
}

export function fieldsMembers(): Readonly<Record<string, Member>> {
  return {
    fields: resource(Fields),
    "[constructor]fields": () => new Fields(),
    "[static]fields.from-list": (entries: readonly (readonly [string, Bytes])[]) => {
      const fields = new Fields();
      for (const [name, value] of entries) {
        const added = fields.change(name, [value], true);
        if (added.tag === "err") return added;
      }
      return { tag: "ok", val: fields };
    },
    "[method]fields.get": (self: Fields, name: string) => self.values(name).map(bytesOf),
    "[method]fields.has": (self: Fields, name: string) => self.values(name).length > 0,
    "[method]fields.set": (self: Fields, name: string, values: readonly Bytes[]) => self.change(name, values, false),
    "[method]fields.delete": (self: Fields, name: string) => self.change(name, [], false),
    "[method]fields.append": (self: Fields, name: string, value: Bytes) => self.change(name, [value], true),
    "[method]fields.entries": (self: Fields) => self.entries.map(([name, value]) => [name, bytesOf(value)]),
    "[method]fields.clone": (self: Fields) => new Fields(self.entries),
  };
}
