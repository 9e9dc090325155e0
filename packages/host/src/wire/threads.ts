// For the plugin's end of a link between threads: the peer and clones, without what byte streams need.
export { CloneFormat } from "./clone-format.ts";
export { Peer } from "./peer.ts";
export type { ServedCall } from "./served-call.ts";
