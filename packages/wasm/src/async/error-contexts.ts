// Error contexts: a handle with a message for debugging (component-model CanonicalABI.md, "canon error-context.new").
import { compileValues } from "@tenon/abi/canonical";
import type { CoreFunction, CoreValue, ErrorContextCodec } from "@tenon/abi/canonical";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import { poisoning } from "./blocking.ts";
import type { BuiltinParts } from "./builtin-parts.ts";

const MAX_FLAT_PARAMS = 16;

export class ErrorContext {
  readonly waitable = false;
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

function contextAt(instance: ComponentInstance, index: number): ErrorContext {
  const item = instance.handles.get(index);
  if (item instanceof ErrorContext) return item;
  throw trapOf(`handle ${index} is no error context: unknown handle index ${index}`);
}

/** Error contexts in values are their messages in JavaScript. */
export function errorContextsOf(instance: ComponentInstance): ErrorContextCodec {
  return {
    lower: (message) => instance.handles.add(new ErrorContext(message)),
    lift: (index) => contextAt(instance, index).message,
  };
}

export function errorContextBuiltin({ op, instance, env }: BuiltinParts): CoreFunction {
  const work = builtin(op.name, instance, env);
  return (...args) =>
    poisoning(instance, () => {
      if (!instance.flags.mayLeave) throw trapOf(`cannot leave component instance: ${op.name} was called too late`);
      return work(...args);
    });
}

function builtin(
  name: string,
  instance: ComponentInstance,
  env: BuiltinParts["env"],
): (...args: CoreValue[]) => unknown {
  const { handles } = instance;
  const text = compileValues(["message"], [{ kind: "string" }], env, MAX_FLAT_PARAMS);
  const stored = compileValues(["message"], [{ kind: "string" }], env, 0);
  switch (name) {
    case "error-context.new":
      return (...flat) => handles.add(new ErrorContext(text.lift(flat)[0] as string));
    case "error-context.debug-message":
      return (index, pointer) => {
        const { message } = contextAt(instance, (index as number) >>> 0);
        stored.lower([message], Number(pointer) >>> 0);
      };
    default:
      return (index) => {
        contextAt(instance, (index as number) >>> 0);
        handles.remove((index as number) >>> 0);
      };
  }
}
