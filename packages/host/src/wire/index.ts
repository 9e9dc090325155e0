// For byte drivers and author kits: one frame format and one peer for every link.
export { CALL_FLAG, FRAME, FRAME_HEADER, LOG_LEVELS } from "./frames.ts";
export { Peer } from "./peer.ts";
export type { FrameLink, PeerOptions, ServedCall } from "./peer.ts";
