// The author's side of a contract: `definePlugin(contract, (host) => ({ ... }))`, the same source for every boundary.
import type { Contract } from "@tenon/contract/core";

/** What a plugin function may learn about its call; passed after the contract's parameters. */
export interface PluginCall {
  /** Aborted when the host no longer waits; stop and return, whatever the answer. */
  readonly signal: AbortSignal;
  /** Milliseconds the host still waits, as of the call's arrival. */
  readonly deadlineMs: number | undefined;
  readonly trace: string | undefined;
}

type Implement<F> = F extends (...args: infer A) => infer R
  ? (...args: [...args: A, call?: PluginCall]) => R | Promise<Awaited<R>>
  : F;
type Import<F> = F extends (...args: infer A) => infer R ? (...args: A) => R : F;

/** What a plugin returns: every exported interface with all its functions, synchronous or not. */
export type PluginExports<E> = {
  readonly [K in keyof E]: E[K] extends (...args: never) => unknown
    ? Implement<E[K]>
    : { readonly [N in keyof E[K]]: Implement<E[K][N]> };
};

/** The host functions as a plugin sees them. On boundaries where they cannot be synchronous, calling one gives a promise. */
export type PluginImports<I> = {
  readonly [K in keyof I]: I[K] extends (...args: never) => unknown
    ? Import<I[K]>
    : { readonly [N in keyof I[K]]: Import<I[K][N]> };
};

/** A defined plugin; make it the default export of its module. */
export interface PluginDefinition<E = unknown, I = unknown> {
  readonly contract: Contract<E, I>;
  readonly create: (host: PluginImports<I>) => PluginExports<E> | Promise<PluginExports<E>>;
}

/** Types a plugin against its contract and stamps it with the contract's digest, which the host checks at load. */
export function definePlugin<E, I>(
  contract: Contract<E, I>,
  create: (host: PluginImports<I>) => PluginExports<E> | Promise<PluginExports<E>>,
): PluginDefinition<E, I> {
  return { contract, create };
}
