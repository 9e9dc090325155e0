// FileDescriptorProto bytes, as reflection and protoc give them -> the messages, enums and services in them.
// Source: protocolbuffers/protobuf descriptor.proto; only what a contract needs is read.
import { Budget } from "@tenon/abi";
import { ProtoReader } from "@tenon/abi/proto";
import { TenonError } from "@tenon/contract/core";

export interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly isRepeated: boolean;
  /** FieldDescriptorProto.Type: 1 double to 18 sint64; 11 message, 14 enum. */
  readonly type: number;
  /** `.package.Message`, for messages and enums. */
  readonly typeName: string;
  /** Index into the message's oneofs, or -1. */
  readonly oneof: number;
  readonly isProto3Optional: boolean;
  readonly isPacked: boolean | undefined;
}

export interface MessageDescriptor {
  readonly fullName: string;
  readonly fields: readonly FieldDescriptor[];
  readonly oneofs: readonly string[];
  readonly isMapEntry: boolean;
  readonly isProto3: boolean;
}

export interface EnumDescriptor {
  readonly fullName: string;
  readonly values: readonly { readonly name: string; readonly number: number }[];
}

export interface MethodDescriptor {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly isClientStream: boolean;
  readonly isServerStream: boolean;
}

export interface ServiceDescriptor {
  /** `package.Service`, without a dot in front. */
  readonly fullName: string;
  readonly package: string;
  readonly methods: readonly MethodDescriptor[];
}

export interface Descriptors {
  readonly messages: ReadonlyMap<string, MessageDescriptor>;
  readonly enums: ReadonlyMap<string, EnumDescriptor>;
  readonly services: readonly ServiceDescriptor[];
}

/** The name of a file and those that it needs. */
export interface FileHead {
  readonly name: string;
  readonly dependencies: readonly string[];
}

/** More than any plugin's schema has (Terraform's is 40 KiB). */
const MAX_SCHEMA_BYTES = 16 * 1024 * 1024;
const MAX_NESTING = 32;

type Handlers = Readonly<Record<number, () => void>>;

/** Reads all files. Throws artifact-invalid for bytes that are no descriptors. */
export function readDescriptors(files: readonly Uint8Array[]): Descriptors {
  const messages = new Map<string, MessageDescriptor>();
  const enums = new Map<string, EnumDescriptor>();
  const services: ServiceDescriptor[] = [];
  let left = MAX_SCHEMA_BYTES;
  for (const file of files) {
    left -= file.length;
    if (left < 0) throw new TenonError("resource-exhausted", `a schema of more than ${MAX_SCHEMA_BYTES} bytes`);
    reading(() => new FileReader(file, messages, enums, services).read());
  }
  const known = (name: string): boolean => messages.has(name) || enums.has(name);
  for (const [name, message] of messages) {
    const whole = message.fields.map((field) => ({ ...field, typeName: wholeName(field.typeName, name, known) }));
    messages.set(name, { ...message, fields: whole });
  }
  return { messages, enums, services };
}

/** protoc writes whole names; other compilers write them as seen from where they are used, the innermost scope first. */
function wholeName(name: string, from: string, isKnown: (name: string) => boolean): string {
  if (name === "" || name.startsWith(".")) return name;
  for (let scope = from; scope !== ""; scope = scope.slice(0, scope.lastIndexOf(".")))
    if (isKnown(`${scope}.${name}`)) return `${scope}.${name}`;
  return `.${name}`;
}

/** Throws artifact-invalid. */
export function readFileHead(file: Uint8Array): FileHead {
  return reading(() => {
    const reader = readerOf(file);
    const head = { name: "", dependencies: [] as string[] };
    fields(reader, { 1: () => (head.name = reader.string()), 3: () => head.dependencies.push(reader.string()) });
    return head;
  });
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const { what } = TenonError.from(thrown);
    throw new TenonError("artifact-invalid", `the plugin's schema is damaged: ${what}`, {
      cause: thrown,
      hint: "take the .proto of this version of the plugin",
      sideEffects: "none",
    });
  }
}

function readerOf(bytes: Uint8Array): ProtoReader {
  return new ProtoReader(bytes, new Budget({ maxBytes: MAX_SCHEMA_BYTES * 4 }));
}

function fields(reader: ProtoReader, handlers: Handlers): void {
  while (reader.at < reader.end) {
    const tag = reader.uint32();
    const handler = handlers[tag >>> 3];
    if (handler === undefined) reader.skip(tag & 7);
    else handler();
  }
}

class FileReader {
  readonly #reader: ProtoReader;
  readonly #messages: Map<string, MessageDescriptor>;
  readonly #enums: Map<string, EnumDescriptor>;
  readonly #services: ServiceDescriptor[];
  #isProto3 = false;

  constructor(
    file: Uint8Array,
    messages: Map<string, MessageDescriptor>,
    enums: Map<string, EnumDescriptor>,
    services: ServiceDescriptor[],
  ) {
    this.#reader = readerOf(file);
    this.#messages = messages;
    this.#enums = enums;
    this.#services = services;
  }

  read(): void {
    const reader = this.#reader;
    let name = "";
    // The package and the syntax may stand behind what they are about.
    fields(reader, {
      2: () => (name = reader.string()),
      12: () => (this.#isProto3 = reader.string() === "proto3"),
    });
    reader.at = 0;
    const scope = name === "" ? "" : `.${name}`;
    fields(reader, {
      4: () => this.#message(scope, 0),
      5: () => this.#enum(scope),
      6: () => this.#service(name),
    });
  }

  #message(scope: string, depth: number): void {
    const reader = this.#reader;
    if (depth > MAX_NESTING) reader.fail(`messages nest more than ${MAX_NESTING} deep`);
    reader.part(() => {
      const start = reader.at;
      let name = "";
      fields(reader, { 1: () => (name = reader.string()) });
      const fullName = `${scope}.${name}`;
      const found: FieldDescriptor[] = [];
      const oneofs: string[] = [];
      let isMapEntry = false;
      reader.at = start;
      fields(reader, {
        2: () => found.push(this.#field()),
        3: () => this.#message(fullName, depth + 1),
        4: () => this.#enum(fullName),
        7: () => reader.part(() => fields(reader, { 7: () => (isMapEntry = reader.bool()) })),
        8: () => reader.part(() => fields(reader, { 1: () => oneofs.push(reader.string()) })),
      });
      this.#messages.set(fullName, { fullName, fields: found, oneofs, isMapEntry, isProto3: this.#isProto3 });
    });
  }

  #field(): FieldDescriptor {
    const reader = this.#reader;
    const field = {
      name: "",
      number: 0,
      isRepeated: false,
      type: 0,
      typeName: "",
      oneof: -1,
      isProto3Optional: false,
      isPacked: undefined as boolean | undefined,
    };
    reader.part(() =>
      fields(reader, {
        1: () => (field.name = reader.string()),
        3: () => (field.number = reader.int32()),
        4: () => (field.isRepeated = reader.int32() === 3),
        5: () => (field.type = reader.int32()),
        6: () => (field.typeName = reader.string()),
        8: () => reader.part(() => fields(reader, { 2: () => (field.isPacked = reader.bool()) })),
        9: () => (field.oneof = reader.int32()),
        17: () => (field.isProto3Optional = reader.bool()),
      }),
    );
    return field;
  }

  #enum(scope: string): void {
    const reader = this.#reader;
    let name = "";
    const values: { name: string; number: number }[] = [];
    reader.part(() =>
      fields(reader, {
        1: () => (name = reader.string()),
        2: () => {
          const value = { name: "", number: 0 };
          reader.part(() =>
            fields(reader, { 1: () => (value.name = reader.string()), 2: () => (value.number = reader.int32()) }),
          );
          values.push(value);
        },
      }),
    );
    this.#enums.set(`${scope}.${name}`, { fullName: `${scope}.${name}`, values });
  }

  #service(scope: string): void {
    const reader = this.#reader;
    let name = "";
    const methods: MethodDescriptor[] = [];
    reader.part(() =>
      fields(reader, {
        1: () => (name = reader.string()),
        2: () => {
          const method = { name: "", input: "", output: "", isClientStream: false, isServerStream: false };
          reader.part(() =>
            fields(reader, {
              1: () => (method.name = reader.string()),
              2: () => (method.input = reader.string()),
              3: () => (method.output = reader.string()),
              5: () => (method.isClientStream = reader.bool()),
              6: () => (method.isServerStream = reader.bool()),
            }),
          );
          methods.push(method);
        },
      }),
    );
    this.#services.push({ fullName: scope === "" ? name : `${scope}.${name}`, package: scope, methods });
  }
}
