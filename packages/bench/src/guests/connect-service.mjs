// The bench contract's service as protobuf-es has it, from descriptors that protobufjs makes of the generated .proto.
import { readFileSync } from "node:fs";
import { generateProto, resolveWit } from "@tenon/contract";
import protobuf from "protobufjs";
import "protobufjs/ext/descriptor/index.js";
import { findPeer } from "../find-peer.mjs";
import { PACKAGE } from "./grpc-messages.mjs";

/** Undefined where the peer is not installed. */
export async function serviceOf() {
  const library = await findPeer("@bufbuild/protobuf");
  const wkt = await findPeer("@bufbuild/protobuf/wkt");
  if (library === undefined || wkt === undefined) return undefined;
  const wit = readFileSync(new URL("../../../../contracts/bench/bench.wit", import.meta.url), "utf8");
  const root = new protobuf.Root();
  for (const { text } of generateProto(resolveWit(wit).resolve, 0).files)
    protobuf.parse(text, root, { keepCase: true });
  root.resolveAll();
  const set = root.toDescriptor("proto3");
  for (const file of set.file) for (const message of file.messageType) qualify(root, message, `.${file.package}`);
  const files = library.fromBinary(wkt.FileDescriptorSetSchema, set.$type.encode(set).finish());
  return library.createFileRegistry(files).getService(`${PACKAGE}.Work`);
}

/** protobufjs writes names of types as seen from where they are used; protobuf-es wants them whole. */
function qualify(root, message, scope) {
  const here = `${scope}.${message.name}`;
  for (const field of message.field) {
    if (!field.typeName || field.typeName.startsWith(".")) continue;
    field.typeName = root.lookupType(here).lookupTypeOrEnum(field.typeName).fullName;
  }
  for (const nested of message.nestedType) qualify(root, nested, here);
}
