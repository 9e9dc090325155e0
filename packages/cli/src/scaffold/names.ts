// WIT labels -> identifiers of the languages that plugins are written in.
import { camelCase, pascalCase } from "@tenon/contract";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const PYTHON_RESERVED = words(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case self list int str bool float bytes dict tuple object type print connection",
);
const PYTHON_BUILTINS = words(
  "abs all any ascii bin callable chr compile delattr dir divmod eval exec exit filter format getattr globals hash help hex id input isinstance iter len locals map max min next oct open ord pow property range repr reversed round set setattr slice sorted sum super vars zip",
);
const RUST_RESERVED = words(
  "as async await become box break const continue do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return static struct trait true try type typeof unsafe unsized use virtual where while yield abstract union",
);
/** Not possible as raw identifiers. */
const RUST_UNRAWABLE = words("self super crate host");
const RUST_TYPES = words(
  "Result Option String Vec Box Some None Ok Err Self Wire Json Host Plugin Default Clone Debug PartialEq Bytes Sized Send Sync Copy Drop Fn Into From Iterator ToString AsRef",
);
const C_RESERVED = words(
  "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false alignas alignof constexpr nullptr static_assert thread_local typeof call result json out args params path errno stdin stdout stderr NULL",
);

const GO_RESERVED = words(
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var any bool byte error false nil true string len make append copy new panic print frame out p alloc load store at view uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64 rune iota main init enter leave depth pinned",
);
const AS_RESERVED = words(
  "arguments await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield as type declare namespace is abstract of string bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 usize isize load store frame out constructor toString tag get set from abort host",
);

const snake = (label: string): string => label.toLowerCase().replaceAll("-", "_");

/** snake_case; a keyword gets an underscore behind it (PEP 8). */
export function pythonName(label: string): string {
  const name = snake(label);
  return PYTHON_RESERVED.has(name) ? `${name}_` : name;
}

/** The name of a function at the top of a module, where it would hide a builtin. */
export function pythonFunction(label: string): string {
  const name = pythonName(label);
  return PYTHON_BUILTINS.has(name) ? `${name}_` : name;
}

export function pythonConstant(label: string): string {
  return snake(label).toUpperCase();
}

/** snake_case; a keyword becomes a raw identifier. */
export function rustName(label: string): string {
  const name = snake(label);
  if (RUST_UNRAWABLE.has(name)) return `${name}_`;
  return RUST_RESERVED.has(name) ? `r#${name}` : name;
}

/** As wit-bindgen names functions, fields and modules: snake_case, an underscore behind a keyword. */
export function bindgenName(label: string): string {
  const name = snake(label);
  const isReserved = (RUST_RESERVED.has(name) && name !== "union") || ["self", "super", "crate"].includes(name);
  return isReserved ? `${name}_` : name;
}

/** As wit-bindgen names types: PascalCase; `Guest` is its own. */
export function bindgenType(label: string): string {
  const name = pascalCase(label.toLowerCase());
  return name === "Guest" || name === "Self" ? `${name}_` : name;
}

/** PascalCase; a name of the prelude gets an underscore. */
export function rustType(label: string): string {
  const name = pascalCase(label);
  return RUST_TYPES.has(name) ? `${name}_` : name;
}

/** PascalCase, not in the way of what generated Python imports. */
export function pythonType(label: string): string {
  const name = pascalCase(label);
  return ["Ok", "Err", "Some", "None", "True", "False", "Enum", "Host", "Result", "Optional", "Literal"].includes(name)
    ? `${name}_`
    : name;
}

/** camelCase; a word that means something gets an underscore. */
export function goName(label: string): string {
  const name = camelCase(label);
  return GO_RESERVED.has(name) || /^[pr]\d+$/.test(name) ? `${name}_` : name;
}

/** camelCase; a word that means something in AssemblyScript gets an underscore. */
export function asName(label: string): string {
  const name = camelCase(label);
  return AS_RESERVED.has(name) || /^[pr]\d+$/.test(name) ? `${name}_` : name;
}

export function cName(label: string): string {
  const name = snake(label);
  return C_RESERVED.has(name) ? `${name}_` : name;
}

/** A doc comment's lines, each behind `prefix`; nothing for no text. */
export function docLines(docs: string, prefix: string): string {
  if (docs === "") return "";
  return docs
    .split("\n")
    .map((line) => `${prefix} ${line}`.trimEnd() + "\n")
    .join("");
}
