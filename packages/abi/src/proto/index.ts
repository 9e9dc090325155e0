// Values of a contract as protobuf messages: the mapping, its codec, and the bare wire format for messages of others.
export { compileMessage, compileProto, shapeOf, streamsOf } from "./function.ts";
export type { FunctionShape, MessageCodec, ProtoCodec, ProtoCodecOptions } from "./function.ts";
export { ProtoReader } from "./proto-reader.ts";
export { ProtoWriter, WIRE } from "./proto-writer.ts";
export { EMPTY, fieldOf, messageOf, needsWrapper, paramsMessage, plainType, scalarOf } from "./shape.ts";
export type { ProtoField, ProtoMember, ProtoMessage, ProtoType } from "./shape.ts";
