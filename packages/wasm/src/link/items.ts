// What components give each other at run time: functions, instances, components, modules and resource types.
import type { HostFunction } from "@tenon/abi/canonical";
import type { OnCancel, OnResolve, OnStart } from "../async/task.ts";
import type { WasmModule } from "../webassembly.ts";
import type { ComponentInstance } from "./instance.ts";
import type { RuntimeResource } from "./resources.ts";

/** A component function. `callFrom` gives what a caller calls, with JavaScript values; the caller is an instance or the host. */
export interface FuncItem {
  readonly kind: "func";
  readonly isAsync: boolean;
  /** What errors call it. */
  readonly name: string;
  callFrom(caller: ComponentInstance | undefined): HostFunction;
  /** Starts a call that may take its time. What `onResolve` is told may come before this returns. */
  begin(caller: ComponentInstance, onStart: OnStart, onResolve: OnResolve): OnCancel;
}
export interface InstanceItem {
  readonly kind: "instance";
  readonly exports: ReadonlyMap<string, LinkItem>;
}
/** A component and the instance in which it is defined, from which it takes its outer aliases. */
export interface ComponentItem {
  readonly kind: "component";
  readonly make: (parent: ComponentInstance | undefined, args: ReadonlyMap<string, LinkItem>) => InstanceItem;
}
export interface ModuleItem {
  readonly kind: "module";
  readonly module: WasmModule;
}
/** `resource` is undefined for types that do not exist at run time. */
export interface TypeItem {
  readonly kind: "type";
  readonly resource: RuntimeResource | undefined;
}
export type LinkItem = FuncItem | InstanceItem | ComponentItem | ModuleItem | TypeItem;
