// gRPC's reflection on the plugin's side: which services the contract has, and the files that describe them.
import type * as Grpc from "@grpc/grpc-js";
import type { Contract } from "@tenon/contract/core";
import { describeExports, type FileDescriptor } from "./descriptors.ts";
import { toBuffer } from "./identity.ts";
import {
  REFLECTION_PATHS,
  reflectionReply,
  reflectionRequest,
  type ReflectionReply,
  type ReflectionRequest,
} from "./reflection-messages.ts";
import { STATUS } from "./status.ts";

type Reply = { readonly reply: ReflectionReply };

/** Services of the plumbing are not listed: they are the same in every plugin. */
export function addReflection(server: Grpc.Server, contract: Contract): void {
  let files: readonly FileDescriptor[] | undefined;
  const handler = (stream: Grpc.ServerDuplexStream<ReflectionRequest, Reply>): void => {
    stream.on("data", ({ query }: ReflectionRequest) => {
      stream.write({ reply: replyTo(query, (files ??= describeExports(contract))) });
    });
    stream.on("error", () => {});
    stream.on("end", () => stream.end());
  };
  const serialize = (reply: Reply): Buffer => toBuffer(reflectionReply.encode(reply));
  for (const path of REFLECTION_PATHS) server.register(path, handler, serialize, reflectionRequest.decode, "bidi");
}

function replyTo(query: ReflectionRequest["query"], files: readonly FileDescriptor[]): ReflectionReply {
  if (query === undefined) return failure(STATUS.unimplemented, "only services and files are described");
  const { tag, val } = query;
  if (tag === "list-services")
    return { tag: "services", val: { services: files.map(({ service }) => ({ name: service })) } };
  // Packages of one contract may begin alike; a symbol belongs to the longest of those that it begins with.
  const found =
    tag === "file-by-filename"
      ? files.find(({ name }) => name === val)
      : files
          .filter((file) => val.startsWith(`${file.package}.`))
          .sort((a, b) => b.package.length - a.package.length)[0];
  if (found === undefined) return failure(NOT_FOUND, `nothing is known of ${val.slice(0, 200)}`);
  return { tag: "files", val: { files: [found.bytes] } };
}

const NOT_FOUND = 5;

function failure(code: number, message: string): ReflectionReply {
  return { tag: "error", val: { code, message } };
}
