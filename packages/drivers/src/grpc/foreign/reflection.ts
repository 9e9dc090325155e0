// A running server -> the descriptors of its services, by gRPC's reflection. Source: grpc/grpc-proto reflection v1 and v1alpha.
import type * as Grpc from "@grpc/grpc-js";
import { compileMessage, type ProtoMessage } from "@tenon/abi/proto";
import { TenonError, type ValueType } from "@tenon/contract/core";
import { STATUS, toBuffer } from "@tenon/plugin/grpc";
import { readFileHead } from "./descriptors.ts";

const PATHS = [
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
] as const;
const MAX_FILES = 1000;
const REFLECT_MS = 10_000;

const text: ValueType = { kind: "string" };
const bytes: ValueType = { kind: "list", element: { kind: "u8" } };
const string = { kind: "scalar", scalar: "string" } as const;

type Request = {
  readonly query: {
    readonly tag: "file-by-filename" | "file-containing-symbol" | "list-services";
    readonly val: string;
  };
};
type Reply =
  | { readonly tag: "files"; readonly val: { readonly files: readonly Uint8Array[] } }
  | { readonly tag: "services"; readonly val: { readonly services: readonly { readonly name: string }[] } }
  | { readonly tag: "error"; readonly val: { readonly code: number; readonly message: string } };

const queries = ["file-by-filename", "file-containing-symbol", "list-services"].map((name) => ({ name, type: text }));
const requestCodec = compileMessage<Request>(
  { kind: "record", fields: [{ name: "query", type: { kind: "variant", cases: queries } }] },
  {
    shape: {
      as: "record",
      members: [
        {
          kind: "oneof",
          isOptional: false,
          cases: [3, 4, 7].map((number) => ({ number, rule: "optional", type: string })),
        },
      ],
    },
  },
);

const files: ProtoMessage = {
  as: "record",
  members: [{ kind: "field", number: 1, rule: "repeated", type: { kind: "scalar", scalar: "bytes" } }],
};
const service: ProtoMessage = { as: "record", members: [{ kind: "field", number: 1, rule: "implicit", type: string }] };
const services: ProtoMessage = {
  as: "record",
  members: [{ kind: "field", number: 1, rule: "repeated", type: { kind: "message", message: service } }],
};
const fault: ProtoMessage = {
  as: "record",
  members: [
    { kind: "field", number: 1, rule: "implicit", type: { kind: "scalar", scalar: "int32" } },
    { kind: "field", number: 2, rule: "implicit", type: string },
  ],
};

function record(fields: Readonly<Record<string, ValueType>>): ValueType {
  return { kind: "record", fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}

const replyCodec = compileMessage<{ readonly reply: Reply | undefined }>(
  record({
    reply: {
      kind: "option",
      item: {
        kind: "variant",
        cases: [
          { name: "files", type: record({ files: { kind: "list", element: bytes } }) },
          { name: "services", type: record({ services: { kind: "list", element: record({ name: text }) } }) },
          { name: "error", type: record({ code: { kind: "s32" }, message: text }) },
        ],
      },
    },
  }),
  {
    shape: {
      as: "record",
      members: [
        {
          kind: "oneof",
          isOptional: true,
          cases: [
            { number: 4, rule: "optional", type: { kind: "message", message: files } },
            { number: 6, rule: "optional", type: { kind: "message", message: services } },
            { number: 7, rule: "optional", type: { kind: "message", message: fault } },
          ],
        },
      ],
    },
  },
);

export interface Reflected {
  readonly services: readonly string[];
  readonly files: readonly Uint8Array[];
}

/** Asks by v1, then by v1alpha. Rejects with boundary-unsupported where the server has no reflection. */
export async function reflect(client: Grpc.Client): Promise<Reflected> {
  for (const path of PATHS) {
    try {
      return await reflectBy(client, path);
    } catch (thrown) {
      if ((thrown as Grpc.ServiceError).code !== STATUS.unimplemented) throw TenonError.from(thrown, "start-failed");
    }
  }
  throw new TenonError("boundary-unsupported", "the plugin does not describe itself (it has no gRPC reflection)", {
    hint: "give its .proto file: go-plugin has reflection since version 1.2, other servers only where they turned it on",
    sideEffects: "none",
  });
}

async function reflectBy(client: Grpc.Client, path: string): Promise<Reflected> {
  const stream: Grpc.ClientDuplexStream<Request, { readonly reply: Reply | undefined }> = client.makeBidiStreamRequest(
    path,
    (request: Request) => toBuffer(requestCodec.encode(request)),
    (message: Buffer) => replyCodec.decode(message),
    { deadline: Date.now() + REFLECT_MS },
  );
  const replies = stream[Symbol.asyncIterator]() as AsyncIterator<{ readonly reply: Reply | undefined }>;
  const ask = async (tag: Request["query"]["tag"], val: string): Promise<Reply> => {
    stream.write({ query: { tag, val } });
    const { value } = await replies.next();
    const reply = (value as { readonly reply: Reply | undefined } | undefined)?.reply;
    if (reply === undefined) throw new TenonError("protocol-error", "the plugin's reflection ended without an answer");
    if (reply.tag !== "error") return reply;
    throw new TenonError(
      "protocol-error",
      `the plugin's reflection knows no ${val.slice(0, 200)}: ${reply.val.message.slice(0, 500)}`,
    );
  };
  try {
    const listed = await ask("list-services", "");
    const names = listed.tag === "services" ? listed.val.services.map(({ name }) => name) : [];
    const found = new Map<string, Uint8Array>();
    const take = (reply: Reply): void => {
      for (const file of reply.tag === "files" ? reply.val.files : []) found.set(readFileHead(file).name, file);
      if (found.size > MAX_FILES)
        throw new TenonError("resource-exhausted", `a schema of more than ${MAX_FILES} files`);
    };
    for (const name of names) take(await ask("file-containing-symbol", name));
    for (;;) {
      const needed = [...found.values()]
        .flatMap((file) => readFileHead(file).dependencies)
        .filter((name) => !found.has(name));
      if (needed.length === 0) break;
      for (const name of new Set(needed)) take(await ask("file-by-filename", name));
    }
    return { services: names, files: [...found.values()] };
  } finally {
    stream.end();
    stream.cancel();
  }
}
