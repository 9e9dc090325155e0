// Messages that contain themselves -> the fields at which a type has to stop, because WIT types are finite.
import type { MessageDescriptor } from "./descriptors.ts";

/** The number of the group of each message: two messages share it exactly if each can be reached from the other (Tarjan). */
export function recursionGroups(messages: ReadonlyMap<string, MessageDescriptor>): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const groups = new Map<string, number>();
  const stack: string[] = [];
  let next = 0;
  // Without recursion of our own, because a schema decides how deep it goes.
  interface Frame {
    readonly name: string;
    readonly targets: readonly string[];
    at: number;
  }
  const targetsOf = (name: string): string[] =>
    (messages.get(name)?.fields ?? []).map(({ typeName }) => typeName).filter((target) => messages.has(target));
  const enter = (name: string, frames: Frame[]): void => {
    index.set(name, next);
    low.set(name, next++);
    stack.push(name);
    frames.push({ name, targets: targetsOf(name), at: 0 });
  };
  for (const root of messages.keys()) {
    if (index.has(root)) continue;
    const frames: Frame[] = [];
    enter(root, frames);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const target = frame.targets[frame.at++];
      const { name } = frame;
      if (target !== undefined) {
        if (!index.has(target)) enter(target, frames);
        else if (!groups.has(target)) low.set(name, Math.min(low.get(name)!, index.get(target)!));
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent !== undefined) low.set(parent.name, Math.min(low.get(parent.name)!, low.get(name)!));
      if (low.get(name) !== index.get(name)) continue;
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        groups.set(member, index.get(name)!);
        if (member === name) break;
      }
    }
  }
  return groups;
}
