// The network policy with a guard beside it: each place that is reached or refused is told, by the name that led there.
import { canonicalAddress } from "./addresses.ts";
import type { AccessGuard } from "./guard.ts";
import { type NetworkOptions, NetworkPolicy } from "./network-policy.ts";

/** More names than a guest has reason to look up; beyond, places are told by their addresses. */
const MAX_NAMES = 1000;

export class GuardedPolicy extends NetworkPolicy {
  readonly #guard: AccessGuard;
  readonly #names = new Map<string, string>();

  constructor(options: NetworkOptions, guard: AccessGuard) {
    super(options);
    this.#guard = guard;
  }

  override mayResolve(name: string): boolean {
    const isAllowed = super.mayResolve(name);
    // Port 0 stands for all: none was said yet. What is allowed is told when it is connected to.
    if (!isAllowed) this.#guard.noteNetwork(name, 0, false);
    return isAllowed;
  }

  override resolved(name: string, addresses: readonly string[]): readonly string[] {
    const left = super.resolved(name, addresses);
    for (const address of addresses)
      if (this.#names.size < MAX_NAMES) this.#names.set(canonicalAddress(address) ?? address, name);
    return left;
  }

  override mayConnect(text: string, port: number): boolean {
    const isAllowed = super.mayConnect(text, port);
    const host = this.#names.get(canonicalAddress(text) ?? text) ?? text;
    this.#guard.noteNetwork(host, port, isAllowed);
    return isAllowed;
  }

  override mayRequest(host: string, port: number): boolean {
    const isAllowed = super.mayRequest(host, port);
    this.#guard.noteNetwork(host, port, isAllowed);
    return isAllowed;
  }

  override mayListen(text: string, port: number): boolean {
    const isAllowed = super.mayListen(text, port);
    // Whoever connects from any port asks for port 0 as well.
    if (isAllowed || port !== 0) this.#guard.noteNetwork(text, port, isAllowed);
    return isAllowed;
  }
}
