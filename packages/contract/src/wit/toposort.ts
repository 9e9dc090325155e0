// Named things and what they refer to -> an order in which each stands after those it refers to.

import { Fault, quoted } from "./diagnostic.ts";
import type { Id } from "./lexer.ts";

interface Node {
  readonly name: string;
  readonly edges: readonly Id[];
  remaining: number;
  readonly dependents: number[];
}

/**
 * Stable: among what is ready, the one written first comes first (the reference resolver's order, so that indices agree).
 * Throws a Fault at a reference to nothing, or at one that closes a cycle. `what` names the things: "type".
 */
export function toposort(graph: ReadonlyMap<string, readonly Id[]>, what: string): string[] {
  const nodes = buildNodes(graph, what);
  const ready = new MinHeap();
  nodes.forEach((node, index) => {
    if (node.remaining === 0) ready.push(index);
  });
  const order: string[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const node = nodes[index];
    if (node === undefined) break;
    order.push(node.name);
    for (const dependent of node.dependents) {
      const other = nodes[dependent];
      if (other === undefined) continue;
      other.remaining -= 1;
      if (other.remaining === 0) ready.push(dependent);
    }
  }
  if (order.length < nodes.length) throw cycleFault(nodes, what);
  return order;
}

function buildNodes(graph: ReadonlyMap<string, readonly Id[]>, what: string): Node[] {
  const indices = new Map<string, number>();
  for (const name of graph.keys()) indices.set(name, indices.size);
  const nodes: Node[] = [];
  for (const [name, edges] of graph) nodes.push({ name, edges, remaining: edges.length, dependents: [] });
  nodes.forEach((node, index) => {
    for (const edge of node.edges) {
      const target = indices.get(edge.name);
      if (target === undefined) throw notFound(edge, what);
      nodes[target]?.dependents.push(index);
    }
  });
  return nodes;
}

export function notFound(id: Id, what: string): Fault {
  const hint = id.name === "float32" || id.name === "float64" ? `it is called \`f${id.name.slice(5)}\`` : undefined;
  return new Fault(id, `${what} ${quoted(id.name)} does not exist`, hint);
}

function cycleFault(nodes: readonly Node[], what: string): Fault {
  const stuck = new Set(nodes.filter((node) => node.remaining > 0).map((node) => node.name));
  for (const node of nodes) {
    const edge = node.remaining > 0 ? node.edges.find((candidate) => stuck.has(candidate.name)) : undefined;
    if (edge !== undefined) return new Fault(edge, `${what} ${quoted(edge.name)} depends on itself`, "break the cycle");
  }
  return new Fault({ start: 0, end: 0 }, `a ${what} depends on itself`);
}

/** Numbers, smallest first. */
class MinHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    let at = this.#items.length;
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent] ?? 0;
      if (above <= item) break;
      this.#items[at] = above;
      at = parent;
    }
    this.#items[at] = item;
  }

  pop(): number | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#items.length) break;
      if ((this.#items[child + 1] ?? Infinity) < (this.#items[child] ?? 0)) child += 1;
      const smallest = this.#items[child] ?? 0;
      if (smallest >= last) break;
      this.#items[at] = smallest;
      at = child;
    }
    this.#items[at] = last;
    return top;
  }
}
