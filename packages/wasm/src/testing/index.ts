// For tests of this package and of those above it: components made in the test, without any outside tool.
export { text, typeIndex, uleb, vec } from "../binary/encode.ts";
export type { Bytes } from "../binary/encode.ts";
export { ComponentEncoder, funcBytes } from "./component-encoder.ts";
export type { CanonOptions, CoreItemSort, Item, ItemSort } from "./component-encoder.ts";
export { componentOf } from "./contract-component.ts";
export type { CoreParts } from "./contract-component.ts";
export { moduleComponent } from "./module-component.ts";
export { STREAM_WIT, streamComponent } from "./stream-component.ts";
