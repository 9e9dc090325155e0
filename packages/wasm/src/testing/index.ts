// For tests of this package and of those above it: components made in the test, without any outside tool.
export { text, typeIndex, uleb, vec } from "../binary/encode.ts";
export type { Bytes } from "../binary/encode.ts";
export { ComponentEncoder, componentOf, funcBytes, moduleComponent } from "../encode/index.ts";
export type { CanonOptions, CoreItemSort, CoreParts, Item, ItemSort } from "../encode/index.ts";
export { STREAM_WIT, streamComponent } from "./stream-component.ts";
// The type check of the component model, for whoever claims to decide the same.
export { externMisfit } from "../component/subtype.ts";
export { ResourceId, definedType, externFacts, funcType, instanceType, resourceType } from "../component/types.ts";
export type { ComponentType, Extern, Path, ResourceType, Value } from "../component/types.ts";
