// WebAssembly binaries read, components validated and linked.
export { binaryFault, isMalformed } from "./binary/faults.ts";
export { BinaryReader } from "./binary/reader.ts";
export { decodeCoreModule, isCoreModule } from "./core/module.ts";
export type { CoreModule, CustomSection } from "./core/module.ts";
export { coreMisfit, moduleMisfit } from "./core/externs.ts";
export type { CoreExtern, CoreExternKind, CoreImport, CoreModuleType, Limits } from "./core/externs.ts";
export { CoreTypeTable } from "./core/types.ts";
export type { CoreType, CoreValueType } from "./core/types.ts";
export { decodeComponent, isComponent } from "./component/decode.ts";
export type { ComponentAst, Definition } from "./component/ast.ts";
export { planComponent } from "./component/plan-component.ts";
export { componentContract } from "./link/component-contract.ts";
export { checkContract, isSameInterface } from "./link/check-contract.ts";
export type { ContractCheck } from "./link/check-contract.ts";
export { compose } from "./link/compose.ts";
export type { ComposePart } from "./link/compose.ts";
export { createPlanCache } from "./link/plan-cache.ts";
export type { PlanCache, PlanCacheOptions, PlanStore } from "./link/plan-cache.ts";
export { planFromText, planToText } from "./link/plan-json.ts";
export { compileModules, compileModulesSync } from "./link/compile-modules.ts";
export type { CompileOptions } from "./link/compile-modules.ts";
export type { OwnerGate } from "./link/gates.ts";
export { instantiate } from "./link/instantiate.ts";
export type {
  HostCallable,
  HostImport,
  HostInterface,
  HostResource,
  InstantiateOptions,
  LinkedComponent,
} from "./link/instantiate.ts";
export type { ComponentItem, FuncItem, InstanceItem, LinkItem, ModuleItem, TypeItem } from "./link/items.ts";
export type { LinkPlan, PlanComponent, PlanFunc, PlanInterface, PlanModule, PlanOp, PlanWorld } from "./link/plan.ts";
export { GuestHandle, RuntimeResource } from "./link/resources.ts";
export { canSuspend, engine } from "./webassembly.ts";
export type { WasmEngine, WasmInstance, WasmMemory, WasmModule } from "./webassembly.ts";
