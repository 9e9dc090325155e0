// For byte drivers and author kits: one frame format and one peer for every link.
export { CALL_FLAG, FRAME, FRAME_HEADER, LOG_LEVELS } from "./frames.ts";
export { describeHostFailure } from "./peer-errors.ts";
export { Peer } from "./peer.ts";
export type { PeerOptions } from "./peer.ts";
export { CloneFormat } from "./clone-format.ts";
export { FrameFormat } from "./frame-format.ts";
export type { FrameLink } from "./frame-format.ts";
export type { ServedCall } from "./served-call.ts";
export { ByteSession } from "./byte-session.ts";
export type { ByteSessionOptions } from "./byte-session.ts";
export { FrameSplitter } from "./frame-splitter.ts";
export {
  checkImplements,
  chooseOffer,
  contractOf,
  FEATURES,
  featuresOf,
  formatHostGreeting,
  formatPluginGreeting,
  formatPluginRefusal,
  MAX_HANDSHAKE_BYTES,
  parseHostGreeting,
  parsePluginGreeting,
  quote,
} from "./handshake.ts";
export type { ContractName, Feature, HandshakeSide, HostGreeting, PluginGreeting, WireEncoding } from "./handshake.ts";
export { JsonRpcPeer } from "./json-rpc-peer.ts";
export type { JsonRpcPeerOptions } from "./json-rpc-peer.ts";
export { LineSplitter } from "./line-splitter.ts";
export { StreamLink } from "./stream-link.ts";
export type { ByteSink, ByteSource, StreamLinkOptions } from "./stream-link.ts";
