// The bench contract's messages for those who use protobufjs on their own, as `tenon codegen --proto` writes them.
import { readFileSync } from "node:fs";
import { generateProto, resolveWit } from "@tenon/contract";
import protobuf from "protobufjs";

const wit = readFileSync(new URL("../../../../contracts/bench/bench.wit", import.meta.url), "utf8");
const root = new protobuf.Root();
for (const { text } of generateProto(resolveWit(wit).resolve, 0).files) protobuf.parse(text, root, { keepCase: true });

export const PACKAGE = "tenon.bench.work.v0_1";

/** The path of a method, and the coders of its two messages. */
export function method(name) {
  const { requestType, responseType } = root.lookupService(`${PACKAGE}.Work`).methods[name];
  const coders = (message) => {
    const type = root.lookupType(`${PACKAGE}.${message}`);
    return { encode: (value) => Buffer.from(type.encode(value).finish()), decode: (bytes) => type.decode(bytes) };
  };
  return { path: `/${PACKAGE}.Work/${name}`, request: coders(requestType), response: coders(responseType) };
}
