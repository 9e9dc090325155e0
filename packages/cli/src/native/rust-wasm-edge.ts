// A function of a plugin model -> its edge in Rust where the crate becomes WebAssembly: core values to memory and back.
// component-model CanonicalABI.md, section "Flattening".
import { layoutOf, type CoreType } from "@tenon/abi/canonical";
import type { Contract } from "@tenon/contract";
import { splitContractId } from "@tenon/registry";
import {
  eachParameter,
  functionName,
  slots,
  spill,
  unspill,
  valueType,
  type CanonicalFunction,
  type Slot,
  type Syntax,
} from "../scaffold/canonical.ts";
import { indent } from "../scaffold/hello-bodies.ts";
import { rustName } from "../scaffold/names.ts";
import { typeText } from "../scaffold/rust-types.ts";

const CORE: Readonly<Record<CoreType, string>> = { i32: "u32", i64: "u64", f32: "f32", f64: "f64" };
const ONLY = `#[cfg(target_arch = "wasm32")]\n`;

const SYNTAX: Syntax = {
  load: (base, offset, width) => `::tenon::wasm::load_${width}(${base}, ${offset})`,
  store: (base, offset, width, value) => `::tenon::wasm::store_${width}(${base}, ${offset}, ${value});`,
  convert: (from, to, value) => {
    if (from === to) return value;
    if (from === "i64")
      return to === "f64" ? `f64::from_bits(${value})` : SYNTAX.convert("i32", to, `(${value} as u32)`);
    if (from === "i32") return to === "f32" ? `f32::from_bits(${value})` : `(${value} as u64)`;
    if (from === "f64") return `(${value}).to_bits()`;
    return SYNTAX.convert("i32", to, `(${value}).to_bits()`);
  },
  when: (value, equals, body) => `if ${value} == ${equals} {\n${indent(body.join("\n"), "    ")}\n}`,
  assign: (name, value) => `${name} = ${value};`,
};

const declared = (all: readonly Slot[]): string => all.map(({ name, type }) => `${name}: ${CORE[type]}`).join(", ");
const variables = (all: readonly Slot[]): string[] =>
  all.map(({ name, type }) => `#[allow(unused_assignments)]\nlet mut ${name}: ${CORE[type]} = 0 as ${CORE[type]};`);
const arrow = (type: CoreType | undefined): string => (type === undefined ? "" : ` -> ${CORE[type]}`);

/** `let NAME` as a pointer to so many bytes. */
function room(name: string, bytes: number): string[] {
  const words = Math.max(1, Math.ceil(bytes / 8));
  return [
    `let mut ${name}_room: ::tenon::wasm::Room<${words}> = [0; ${words}];`,
    `let ${name} = ${name}_room.as_mut_ptr().cast::<u8>();`,
  ];
}

/** Which contract the module speaks; the host reads it before it compiles the module. */
export function wasmSection(contract: Contract): string {
  const { package: packageName, world, version } = splitContractId(contract.id);
  const said = JSON.stringify({
    package: packageName,
    world,
    ...(version !== undefined && { version }),
    abi: 1,
    digest: contract.digest,
  });
  return `${ONLY}#[unsafe(link_section = "tenon:contract")]
#[used]
static TENON_CONTRACT: [u8; ${said.length}] = *br#"${said}"#;

${ONLY}#[unsafe(no_mangle)]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    unsafe { ::tenon::wasm::realloc(old, old_size, align, size) }
}

`;
}

/** `run` is the path of the trait's function; `at` that of the module with the types. */
export function wasmExport(one: CanonicalFunction, run: string, at: string): string {
  const { name, func, signature, frame } = one;
  const params = slots(signature.params, "p");
  const names = func.params.map((param) => rustName(param.name));
  const list = (items: readonly string[]): string => `(${items.map((item) => `${item},`).join(" ")})`;
  const types = func.params.map(({ type }) => typeText(type, at));
  const call = `::tenon::wasm::call(frame, |${list(names)}: ${list(types)}| ${run}(${["tenon_plugin()", ...names].join(", ")}))`;
  const lines = signature.hasParamsInMemory
    ? ["let frame = p0 as *mut u8;"]
    : [...room("frame", frame.size), ...eachParameter(one, params, "frame", SYNTAX, spill)];
  const [type] = signature.results;
  if (signature.hasResultInMemory) lines.push(`${call} as u32`);
  else if (func.result === undefined || type === undefined) lines.push(`${call};`, "::tenon::wasm::done();");
  else {
    const results = slots(signature.results, "r");
    lines.push(`let out = ${call};`, ...variables(results));
    lines.push(...unspill(SYNTAX, valueType(func.result), results, "out", 0), "::tenon::wasm::done();", "r0");
  }
  const own = functionName(one, "camel");
  const post = `\n${ONLY}#[unsafe(export_name = ${JSON.stringify(`cabi_post_${name}`)})]\n#[allow(non_snake_case)]\npub extern "C" fn tenon_wasm_done_${own}(_: u32) {\n    ::tenon::wasm::done();\n}\n`;
  return `${ONLY}#[unsafe(export_name = ${JSON.stringify(name)})]
#[allow(non_snake_case)]
pub unsafe extern "C" fn tenon_wasm_${own}(${declared(params)})${arrow(type)} {
    unsafe {
${indent(lines.join("\n"), "        ")}
    }
}
${signature.hasResultInMemory ? post : ""}`;
}

/** The body of a function of the host's. */
export function wasmImport(one: CanonicalFunction): string {
  const { name, module, func, signature, frame } = one;
  const all = slots(signature.params, "p");
  const own = all.slice(0, all.length - (signature.hasResultInMemory ? 1 : 0));
  const [type] = signature.results;
  const size = func.result === undefined ? 0 : layoutOf(valueType(func.result)).size;
  const args = func.params.map((param) => `${rustName(param.name)},`).join(" ");
  const lines = args === "" ? [] : [...room("frame", frame.size), `tenon::Value::store((${args}), frame);`];
  if (!signature.hasParamsInMemory) lines.push(...variables(own), ...eachParameter(one, own, "frame", SYNTAX, unspill));
  const passed = signature.hasParamsInMemory ? ["frame as u32"] : own.map((slot) => slot.name);
  if (signature.hasResultInMemory) lines.push(...room("out", size), `import(${[...passed, "out as u32"].join(", ")});`);
  else if (type === undefined) lines.push(`import(${passed.join(", ")});`);
  else if (func.result !== undefined) {
    lines.push(...room("out", size), `let r0 = import(${passed.join(", ")});`);
    lines.push(...spill(SYNTAX, valueType(func.result), slots([type], "r"), "out", 0));
  }
  if (func.result !== undefined) lines.push(`<${typeText(func.result)} as tenon::Value>::load(out)`);
  return `${ONLY}{
    #[link(wasm_import_module = ${JSON.stringify(module)})]
    unsafe extern "C" {
        #[link_name = ${JSON.stringify(name)}]
        fn import(${declared(all)})${arrow(type)};
    }
    unsafe {
${indent(lines.join("\n"), "        ")}
    }
}
`;
}
