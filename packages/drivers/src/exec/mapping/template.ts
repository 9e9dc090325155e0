// `--out={request.out-dir}/{request.entry:stem|main}.js` -> a text made from a frame.
import { formatType, formatWave, toJson } from "@tenon/abi";
import { isPrimitiveType, TenonError, type ValueType } from "@tenon/contract/core";
import type { Frame, Here } from "./here.ts";
import { resolveReference, type Reference } from "./reference.ts";

export interface Template {
  readonly render: (frame: Frame) => string;
  /** Set when the text is exactly one reference without format and default. */
  readonly reference: Reference | undefined;
  /** Set when the text has no reference. */
  readonly literal: string | undefined;
  /** The path of a reference that begins the text and whose value a caller chooses freely. */
  readonly openStart: string | undefined;
}

interface Piece {
  readonly text: (frame: Frame) => string;
  readonly openStart?: string | undefined;
}

const FORMATS = ["json", "wave", "path", "raw", "trim", "line", "base", "stem", "dir", "rel"] as const;
type Format = (typeof FORMATS)[number];

/** The folder that `:rel` is relative to: where the program ran. No WIT label has this name. */
export const CWD = "%cwd";

/** Parses and checks a template; `{{` and `}}` are braces. Refuses everything that could fail later but for the values themselves. */
export function compileTemplate(source: string, here: Here): Template {
  const pieces: Piece[] = [];
  let literal = "";
  let reference: Reference | undefined;
  let count = 0;
  const flush = (): void => {
    const text = literal;
    if (text !== "") pieces.push({ text: () => text });
    literal = "";
  };
  for (let i = 0; i < source.length; i++) {
    const char = source[i]!;
    if ((char === "{" || char === "}") && source[i + 1] === char) {
      literal += char;
      i++;
    } else if (char === "{") {
      const end = source.indexOf("}", i);
      if (end < 0) here.refuse(`has "{" without "}" in ${JSON.stringify(source)}`, 'write "{{" for a brace');
      flush();
      const parsed = compilePiece(source.slice(i + 1, end), here);
      pieces.push(parsed.piece);
      reference = parsed.plain;
      count++;
      i = end;
    } else if (char === "}") {
      here.refuse(`has "}" without "{" in ${JSON.stringify(source)}`, 'write "}}" for a brace');
    } else literal += char;
  }
  if (count === 0) return { render: () => literal, reference: undefined, literal, openStart: undefined };
  flush();
  const isPlain = pieces.length === 1;
  if (!isPlain && reference !== undefined) requireText(reference, here);
  return {
    render: isPlain ? pieces[0]!.text : (frame) => pieces.map(({ text }) => text(frame)).join(""),
    reference: isPlain ? reference : undefined,
    literal: undefined,
    openStart: pieces[0]!.openStart,
  };
}

/** `path[:format][|default]`. */
function compilePiece(source: string, here: Here): { readonly piece: Piece; readonly plain: Reference | undefined } {
  const bar = source.indexOf("|");
  const fallback = bar < 0 ? undefined : source.slice(bar + 1);
  const [path = "", format] = (bar < 0 ? source : source.slice(0, bar)).split(":", 2);
  if (format !== undefined && !isFormat(format))
    here.refuse(`has an unknown format ${JSON.stringify(format)}`, `use ${FORMATS.join(", ")}`);
  if (fallback !== undefined) {
    const outer = resolveReference(path, here);
    if (outer.type.kind !== "option")
      here.refuse(`gives a default for ${path}, which is always there`, "leave the default out");
    const inner = resolveReference(path, here.having(path));
    const text = textOf(inner, format, here);
    return {
      piece: {
        text: (frame) => (outer.get(frame) === undefined ? fallback : text(frame)),
        openStart: openStart(inner, format),
      },
      plain: undefined,
    };
  }
  const reference = resolveReference(path, here);
  if (format === undefined) {
    return {
      piece: { text: (frame) => scalarText(reference.get(frame)), openStart: openStart(reference, format) },
      plain: reference,
    };
  }
  return {
    piece: { text: textOf(reference, format, here), openStart: openStart(reference, format) },
    plain: undefined,
  };
}

function isFormat(text: string): text is Format {
  return (FORMATS as readonly string[]).includes(text);
}

function openStart(reference: Reference, format: Format | undefined): string | undefined {
  if (format === "raw" || format === "path") return undefined;
  const kind = reference.type.kind;
  return kind === "string" || kind === "char" || kind === "record" || kind === "tuple" || kind === "list"
    ? reference.path
    : undefined;
}

function textOf(reference: Reference, format: Format | undefined, here: Here): (frame: Frame) => string {
  const { type, get, path } = reference;
  if (format === "json") return (frame) => JSON.stringify(toJson(type, get(frame), path));
  if (format === "wave") return (frame) => formatWave(type, get(frame), path);
  requireText(reference, here);
  if (format === undefined || format === "raw") return (frame) => scalarText(get(frame));
  if (type.kind !== "string") here.refuse(`has the format ${JSON.stringify(format)} on ${path}, which is no string`);
  const apply = STRING_FORMATS[format];
  return (frame) => apply(get(frame) as string, frame);
}

const STRING_FORMATS: Readonly<
  Record<Exclude<Format, "json" | "wave" | "raw">, (text: string, frame: Frame) => string>
> = {
  // A program would read these as an option or as a file of arguments.
  path: (text) => (text.startsWith("-") || text.startsWith("@") ? `./${text}` : text),
  trim: (text) => text.trim(),
  line: (text) =>
    text
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? "",
  base: (text) => baseName(text),
  stem: (text) => baseName(text).replace(/(?!^)\.[^.]*$/, ""),
  dir: (text) => text.slice(0, Math.max(0, text.length - baseName(text).length - 1)),
  rel: (text, frame) => relativeTo(frame[CWD], text),
};

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Below `folder` a path loses it, and its `./`; any other path stays as it is. */
function relativeTo(folder: unknown, path: string): string {
  const slashed = process.platform === "win32" ? path.replaceAll("\\", "/") : path;
  const prefix =
    typeof folder === "string" ? `${process.platform === "win32" ? folder.replaceAll("\\", "/") : folder}/` : "";
  const below = prefix !== "" && slashed.startsWith(prefix) ? slashed.slice(prefix.length) : slashed;
  return below.startsWith("./") ? below.slice(2) : below;
}

/** Whether a value of this type has one obvious text. */
export function isScalar(type: ValueType): boolean {
  return type.kind === "enum" || (isPrimitiveType(type) && type.kind !== "error-context");
}

/** Refuses a reference whose value has no one obvious text. */
export function requireText(reference: Reference, here: Here): void {
  if (isScalar(reference.type)) return;
  const { path, type } = reference;
  if (type.kind === "option")
    here.refuse(
      `uses ${path}, which may be none`,
      `give a default, {${path}|text}, or put it inside an "if" on ${JSON.stringify(path)}`,
    );
  here.refuse(
    `uses ${path}, which is a ${formatType(type)}, as text`,
    `use {${path}:json} or {${path}:wave}, or one of its parts`,
  );
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? value : String(value);
}

/** A template whose result is always text. */
export function compileText(source: string, here: Here): Template {
  const template = compileTemplate(source, here);
  if (template.reference !== undefined) requireText(template.reference, here);
  return template;
}

/** Throws `value-invalid`: the caller's value cannot be handed to a program in this place. */
export function unsafeValue(what: string, hint: string): TenonError {
  return new TenonError("value-invalid", what, { hint, sideEffects: "none" });
}
