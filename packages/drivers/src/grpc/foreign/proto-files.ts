// A .proto file with all that it imports, or a compiled descriptor set -> descriptors.
import { dirname, isAbsolute, join } from "node:path";
import { ProtoReader } from "@tenon/abi/proto";
import { Budget } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type * as ProtobufModule from "protobufjs";
import { readArtifactFile } from "../../_process/artifact-file.ts";
import { requireDescriptors } from "../../_process/exhausted.ts";

/** Reads `path`: `.proto` text by protobufjs, everything else as a FileDescriptorSet of `protoc --include_imports -o`. */
export async function readProtoFile(path: string): Promise<readonly Uint8Array[]> {
  return path.endsWith(".proto") ? compile(path) : splitSet(await readArtifactFile(path, "descriptor set"));
}

/** FileDescriptorSet is `repeated FileDescriptorProto file = 1`. */
function splitSet(set: Uint8Array): readonly Uint8Array[] {
  const reader = new ProtoReader(set, new Budget());
  const files: Uint8Array[] = [];
  try {
    while (reader.at < reader.end) {
      const tag = reader.uint32();
      if (tag === 10) files.push(reader.bytes());
      else reader.skip(tag & 7);
    }
  } catch (thrown) {
    throw new TenonError("artifact-invalid", `this is no descriptor set: ${TenonError.from(thrown).what}`, {
      sideEffects: "none",
    });
  }
  return files;
}

type Protobuf = typeof ProtobufModule;

async function compile(path: string): Promise<readonly Uint8Array[]> {
  let protobuf: Protobuf;
  requireDescriptors("load protobufjs");
  try {
    const loaded = (await import("protobufjs")) as Protobuf & {
      readonly default?: Protobuf;
    };
    protobuf = loaded.default ?? loaded;
    // Adds `toDescriptor` to the roots of the library.
    await import("protobufjs/ext/descriptor/index.js");
  } catch (cause) {
    throw new TenonError("library-missing", "reading .proto files needs the package protobufjs", {
      cause,
      hint: "run: npm install protobufjs, or give a descriptor set of protoc",
      sideEffects: "none",
    });
  }
  const root = new protobuf.Root();
  const plain = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) => {
    if (isAbsolute(target) || origin === "") return plain(origin, target);
    // Imports are found beside the file that names them, or where the library knows them (google/protobuf).
    return protobuf.common.get(target) === null ? join(dirname(path), target) : target;
  };
  // By itself the library would read to the end of what may have none.
  root.fetch = (file, done) => {
    void readArtifactFile(file, "schema").then((bytes) => done(null as never, bytes.toString()), done);
  };
  try {
    await root.load(path, { keepCase: true });
    root.resolveAll();
  } catch (cause) {
    if (cause instanceof TenonError) throw cause;
    throw new TenonError("artifact-invalid", `${path}: ${TenonError.from(cause).what}`, { cause, sideEffects: "none" });
  }
  return splitSet(descriptorSet(root));
}

interface WithDescriptor {
  toDescriptor(edition: string): {
    readonly $type: { encode(message: unknown): { finish(): Uint8Array } };
  };
}

function descriptorSet(root: ProtobufModule.Root): Uint8Array {
  const set = (root as unknown as WithDescriptor).toDescriptor("proto3");
  return set.$type.encode(set).finish();
}
