// The list of argument templates of a mapping -> argv. A caller's text never becomes an option by accident.
import type { ValueType } from "@tenon/contract/core";
import { compileChoice } from "./condition.ts";
import { bound, type Frame, type Here } from "./here.ts";
import { resolveReference, type Reference } from "./reference.ts";
import { compileTemplate, isScalar, requireText, unsafeValue } from "./template.ts";

/** Appends to argv. `argv` knows whether `--` has been passed. */
type Emit = (frame: Frame, argv: Argv) => void;

class Argv {
  readonly args: string[] = [];
  #isAfterDashes = false;

  push(arg: string, openStart: string | undefined): void {
    if (openStart !== undefined && !this.#isAfterDashes && arg.startsWith("-")) {
      throw unsafeValue(
        `${openStart} starts with "-", so the program would read it as an option`,
        'choose another value; the mapping may use {..:path} or put "--" before it',
      );
    }
    if (arg.includes("\0"))
      throw unsafeValue(`argument ${this.args.length} contains a NUL character`, "no program can be given one");
    if (arg === "--" && openStart === undefined) this.#isAfterDashes = true;
    this.args.push(arg);
  }
}

/** Compiles a list of templates, splices, `if`, `match` and `each`. */
export function compileArgs(json: unknown, here: Here): (frame: Frame) => string[] {
  const emit = compileList(json, here);
  return (frame) => {
    const argv = new Argv();
    emit(frame, argv);
    return argv.args;
  };
}

function compileList(json: unknown, here: Here): Emit {
  const parts = here.list(json).map((part, index) => compileArg(part, here.at(index)));
  return (frame, argv) => {
    for (const emit of parts) emit(frame, argv);
  };
}

function compileArg(json: unknown, here: Here): Emit {
  if (typeof json === "string") return compileTemplateArg(json, here);
  const choice = compileChoice(json, "", here, compileList, () => {});
  if (choice !== undefined) {
    return (frame, argv) => {
      const [emit, inner] = choice(frame);
      emit(inner, argv);
    };
  }
  if (Object.hasOwn(here.record(json), "each")) return compileEach(json, here);
  return here.refuse("is no argument", 'use a text, {"if"}, {"match"} or {"each"}');
}

function compileTemplateArg(source: string, here: Here): Emit {
  const alone = /^\{([^{}:|]+)(:raw)?\}$/.exec(source);
  const list = alone === null ? undefined : resolveReference(alone[1]!, here);
  if (list?.type.kind === "list" && isScalar(list.type.element))
    return splice(list, list.type.element, alone?.[2] !== undefined);
  const template = compileTemplate(source, here);
  if (template.reference !== undefined) requireText(template.reference, here);
  return (frame, argv) => argv.push(template.render(frame), template.openStart);
}

/** A list alone in its argument gives one argument for each item. */
function splice({ get, path }: Reference, element: ValueType, isRaw: boolean): Emit {
  const openStart = !isRaw && (element.kind === "string" || element.kind === "char") ? path : undefined;
  return (frame, argv) => {
    for (const item of get(frame) as Iterable<unknown>) argv.push(String(item), openStart);
  };
}

function compileEach(json: unknown, here: Here): Emit {
  const node = here.object(json, ["each", "as", "args"], ["each", "as", "args"]);
  const place: Here = here.at("each");
  const list = resolveReference(place.string(node["each"]), place);
  if (list.type.kind !== "list") place.refuse(`is ${list.path}, which is no list`);
  const name = here.at("as").string(node["as"]);
  const emit = compileList(node["args"], here.at("args").bind(name, list.type.element));
  return (frame, argv) => {
    for (const item of list.get(frame) as Iterable<unknown>) emit(bound(frame, name, item), argv);
  };
}
