// The messages of gRPC's reflection, for both sides of it. Source: grpc/grpc-proto reflection v1 and v1alpha, which are the same.
import { compileMessage, type MessageCodec, type ProtoMessage } from "@tenon/abi/proto";
import type { ValueType } from "@tenon/contract/core";

export const REFLECTION_PATHS = [
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
] as const;

const text: ValueType = { kind: "string" };
const bytes: ValueType = { kind: "list", element: { kind: "u8" } };
const string = { kind: "scalar", scalar: "string" } as const;

/** `query` is undefined for questions that this project never asks, such as those about extensions. */
export interface ReflectionRequest {
  readonly query:
    | { readonly tag: "file-by-filename" | "file-containing-symbol" | "list-services"; readonly val: string }
    | undefined;
}
export type ReflectionReply =
  | { readonly tag: "files"; readonly val: { readonly files: readonly Uint8Array[] } }
  | { readonly tag: "services"; readonly val: { readonly services: readonly { readonly name: string }[] } }
  | { readonly tag: "error"; readonly val: { readonly code: number; readonly message: string } };

const queries = ["file-by-filename", "file-containing-symbol", "list-services"].map((name) => ({ name, type: text }));
export const reflectionRequest: MessageCodec<ReflectionRequest> = compileMessage<ReflectionRequest>(
  record({ query: { kind: "option", item: { kind: "variant", cases: queries } } }),
  {
    shape: {
      as: "record",
      members: [
        {
          kind: "oneof",
          isOptional: true,
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

export const reflectionReply: MessageCodec<{ readonly reply: ReflectionReply | undefined }> = compileMessage<{
  readonly reply: ReflectionReply | undefined;
}>(
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
