// Streams and futures -> the same with every value converted when it comes; nobody reads ahead, and who leaves early ends
// the source, too.
import type { StreamPlan } from "./plan.ts";

/** A step is a value, or a chunk of numbers as a typed array. */
export function adaptStream(
  source: unknown,
  { isChunked, array }: Pick<StreamPlan, "isChunked" | "array">,
  convert: (value: unknown) => unknown,
): AsyncIterable<unknown> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const step of source as AsyncIterable<unknown>) {
        if (!isChunked || !ArrayBuffer.isView(step)) yield convert(step);
        else if (array !== undefined) yield chunk(step as unknown as ArrayLike<unknown>, array, convert);
        else for (const one of step as unknown as Iterable<unknown>) yield convert(one);
      }
    },
  };
}

function chunk(
  step: ArrayLike<unknown>,
  array: NonNullable<StreamPlan["array"]>,
  convert: (value: unknown) => unknown,
): unknown {
  const made = array.create(step.length) as unknown as unknown[];
  for (let index = 0; index < step.length; index++) made[index] = convert(step[index]);
  return made;
}

export function adaptFuture(source: unknown, convert: (value: unknown) => unknown): Promise<unknown> {
  const made = Promise.resolve(source).then(convert);
  // Whoever made the source answers for its rejection; a reader that does not come must not end the host.
  made.catch(() => undefined);
  return made;
}
