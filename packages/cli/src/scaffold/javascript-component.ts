// A plugin model -> a JavaScript plugin for the `component` boundary: plugin.js for its author, made a component by componentize-js.
import { camelCase, TenonError } from "@tenon/contract";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import { parameter, zeroText } from "./javascript.ts";
import type { FunctionModel, InterfaceModel, PluginModel, TypeModel } from "./model.ts";
import { docLines } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const javascriptComponent: Generator = {
  boundaries: ["component"],
  needs: "Node 20.19 or later and the package `@bytecodealliance/componentize-js` (some 385 MB installed)",
  generate(model, options) {
    const out = `build/${options.name}.wasm`;
    const manifest = {
      name: options.name,
      version: "0.1.0",
      private: true,
      type: "module",
      scripts: { build: `node componentize.mjs ${out}` },
      devDependencies: { "@bytecodealliance/componentize-js": "^0.23.0" },
      engines: { node: ">=20.19" },
    };
    return {
      files: [
        { path: "src/plugin.js", text: pluginFile(model, options) },
        { path: "componentize.mjs", text: template("componentize.mjs") },
        { path: "package.json", text: `${JSON.stringify(manifest, null, 2)}\n` },
        { path: ".gitignore", text: "build/\nnode_modules/\n" },
      ],
      artifacts: [{ id: "component", boundary: "component", module: `\${plugin}/${out}` }],
      build: ["npm install", "npm run build"],
      test: [],
      main: "src/plugin.js",
    };
  },
};

function pluginFile(model: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const { contract, exports, imports } = model;
  const host = imports.flatMap((owner) => {
    const id = contract.imports.find(({ key }) => key === owner.key)?.id ?? "";
    return owner.functions.length === 0
      ? []
      : [`//   import { ${owner.functions.map(({ label }) => camelCase(label)).join(", ")} } from "${id}";\n`];
  });
  const hint = host.length === 0 ? "" : `// The host's functions:\n${host.join("")}\n`;
  return `// The plugin ${name} for ${contract.id}. A function that returns a result returns its value, or throws its error.
${hint}${exports.map((owner) => ownerText(owner, isHello)).join("\n")}`;
}

function ownerText(owner: InterfaceModel, isHello: boolean): string {
  const functions = owner.functions.map((func) => functionText(func, isHello));
  if (owner.key === "") return functions.map((text) => `export function ${text}`).join("\n");
  const members = functions.map((text) => indent(text.replace(/\n$/, ",\n"), "  "));
  return `export const ${owner.key} = {\n${members.join("\n")}};\n`;
}

function functionText(func: FunctionModel, isHello: boolean): string {
  for (const type of [...func.params.map((param) => param.type), func.result]) refuseMaps(type, func.path);
  const params = func.params.map(({ name }) => parameter(name)).join(", ");
  const own = func.result?.kind === "result" ? func.result.ok : func.result;
  const zero = own === undefined ? "" : `\nreturn ${zeroText(own)};`;
  const body = (isHello ? HELLO_BODIES[func.path]?.javascriptComponent : undefined) ?? `// Your code goes here.${zero}`;
  const docs = docLines(func.docs, "//");
  return `${docs === "" ? "" : docs}${camelCase(func.label)}(${params}) {\n${indent(body, "  ")}\n}\n`;
}

/** componentize-js 0.23 stops with a panic at them. */
function refuseMaps(type: TypeModel | undefined, path: string): void {
  if (type === undefined || type.kind === "primitive") return;
  if (type.kind === "map") {
    throw new TenonError("boundary-unsupported", `${path} has a map, which componentize-js cannot carry yet`, {
      hint: "use list<tuple<..>>, or --boundary import, worker or stdio",
      sideEffects: "none",
    });
  }
  if (type.kind === "named") {
    const { type: named } = type;
    if (named.kind === "record") for (const field of named.fields) refuseMaps(field.type, path);
    if (named.kind === "variant") for (const one of named.cases) refuseMaps(one.type, path);
  } else if (type.kind === "list") refuseMaps(type.element, path);
  else if (type.kind === "option") refuseMaps(type.item, path);
  else if (type.kind === "tuple") for (const item of type.items) refuseMaps(item, path);
  else for (const part of [type.ok, type.err]) refuseMaps(part, path);
}
