// For the gRPC driver and the author kit: one set of wire facts for both sides.
export { certificatePem, makeCertificate } from "./certificate.ts";
export type { Certificate } from "./certificate.ts";
export { ENV, formatHandshakeLine, MAX_LINE_BYTES, parseHandshakeLine, TENON_COOKIE } from "./go-plugin.ts";
export type { HandshakeLine } from "./go-plugin.ts";
export { fromBuffer, toBuffer } from "./identity.ts";
export { loadGrpc } from "./library.ts";
export type { GrpcLibrary } from "./library.ts";
export * as messages from "./messages.ts";
export { REFLECTION_PATHS, reflectionReply, reflectionRequest } from "./reflection-messages.ts";
export type { ReflectionReply, ReflectionRequest } from "./reflection-messages.ts";
export { errorOfStatus, STATUS } from "./status.ts";
export { roomIn } from "./room.ts";
export { createHandler } from "./server-call.ts";
