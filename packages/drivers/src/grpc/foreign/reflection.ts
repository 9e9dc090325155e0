// A running server -> the descriptors of its services, by gRPC's reflection.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";
import {
  REFLECTION_PATHS,
  reflectionReply,
  reflectionRequest,
  STATUS,
  toBuffer,
  type ReflectionReply,
  type ReflectionRequest,
} from "@tenon/plugin/grpc";
import { readFileHead } from "./descriptors.ts";

const MAX_FILES = 1000;
const REFLECT_MS = 10_000;

export interface Reflected {
  readonly services: readonly string[];
  readonly files: readonly Uint8Array[];
}

/** Asks by v1, then by v1alpha. Rejects with boundary-unsupported where the server has no reflection. */
export async function reflect(client: Grpc.Client): Promise<Reflected> {
  for (const path of REFLECTION_PATHS) {
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
  const stream: Grpc.ClientDuplexStream<ReflectionRequest, { readonly reply: ReflectionReply | undefined }> =
    client.makeBidiStreamRequest(
      path,
      (request: ReflectionRequest) => toBuffer(reflectionRequest.encode(request)),
      (message: Buffer) => reflectionReply.decode(message),
      { deadline: Date.now() + REFLECT_MS },
    );
  const replies = stream[Symbol.asyncIterator]() as AsyncIterator<{
    readonly reply: ReflectionReply | undefined;
  }>;
  const ask = async (tag: NonNullable<ReflectionRequest["query"]>["tag"], val: string): Promise<ReflectionReply> => {
    stream.write({ query: { tag, val } });
    const { value } = await replies.next();
    const reply = (value as { readonly reply: ReflectionReply | undefined } | undefined)?.reply;
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
    const take = (reply: ReflectionReply): void => {
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
