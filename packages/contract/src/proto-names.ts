// Ids and labels of a contract -> the names that gRPC sends: packages, services, methods. docs/boundaries/grpc.md has the rules.
import type { PrimitiveKind } from "./model.ts";
import { pascalCase, splitId } from "./names.ts";

/** The scalar types of protobuf (protobuf.dev "Scalar Value Types"). */
export type ProtoScalar =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

/** The scalar that stands for a type without parts. */
export const PROTO_SCALARS: Readonly<Record<PrimitiveKind, ProtoScalar>> = {
  bool: "bool",
  u8: "uint32",
  u16: "uint32",
  u32: "uint32",
  s8: "sint32",
  s16: "sint32",
  s32: "sint32",
  u64: "uint64",
  s64: "sint64",
  f32: "float",
  f64: "double",
  char: "string",
  string: "string",
  "error-context": "string",
};

/** `build-request` -> `build_request`: the name of a field, and of a part of a package. */
export function protoField(label: string): string {
  return label.toLowerCase().replaceAll("-", "_");
}

/** `HTTP-code` -> `HttpCode`: the name of a message, a service or a method. Words that start with a digit keep an underscore. */
export function protoType(label: string): string {
  return pascalCase(label);
}

/** `dark-blue` of `colour` -> `COLOUR_DARK_BLUE`: enum values share one scope with their siblings, so they carry the type. */
export function protoEnumValue(type: string, label: string): string {
  const prefix = type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
  return `${prefix}_${protoField(label).toUpperCase()}`;
}

/**
 * The part of a version within which releases are compatible, as the component model's canonical interface names have it
 * (component-model Explainer.md "canonical interface name"): 1.2.3 -> `v1`, 0.1.3 -> `v0_1`, 0.0.3 -> `v0_0_3`; a prerelease is written whole.
 */
function protoVersion(version: string): string {
  const [core = "", ...rest] = version.split(/[-+]/);
  if (rest.length > 0) return `v${version.toLowerCase().replace(/[^0-9a-z]/g, "_")}`;
  const [major = "0", minor = "0", patch = "0"] = core.split(".");
  if (major !== "0") return `v${major}`;
  return minor === "0" ? `v0_0_${patch}` : `v0_${minor}`;
}

/** Where an interface stands in protobuf. */
export interface ProtoPlace {
  /** `tenon.builder.plugin.v0_1` */
  readonly package: string;
  /** `Plugin` */
  readonly service: string;
}

/**
 * The package and service of an interface of the world `worldId`. Each interface has a package of its own, so that its
 * types never meet those of another. Inline interfaces and the world's own functions (id `""`) stand under the world.
 */
export function protoPlace(interfaceId: string, worldId: string): ProtoPlace {
  const own = splitId(interfaceId);
  const at = own.pkg === "" ? splitId(worldId) : own;
  const labels = own.pkg === "" && own.name !== "" ? [at.name, own.name] : [at.name];
  const parts = [...at.pkg.split(/[:/]/).filter((part) => part !== ""), ...labels].map(protoField);
  if (at.version !== "") parts.push(protoVersion(at.version));
  return { package: parts.join("."), service: protoType(labels.at(-1) ?? "") };
}

/** `[method]counter.bump` -> `CounterBump`, `build-all` -> `BuildAll`: the name of a method within its service. */
export function protoMethod(functionName: string): string {
  const label = functionName.replace(/^\[[a-z-]+\]/, "").replace(".", "-");
  return protoType(functionName.startsWith("[constructor]") ? `new-${label}` : label);
}

/** `/tenon.builder.plugin.v0_1.Plugin/Build`: what a call sends as its HTTP/2 path. */
export function protoPath(interfaceId: string, functionName: string, worldId: string): string {
  const place = protoPlace(interfaceId, worldId);
  return `/${place.package}.${place.service}/${protoMethod(functionName)}`;
}
