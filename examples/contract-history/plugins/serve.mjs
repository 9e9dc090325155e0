// The plugin of one version as a program of its own: `node serve.mjs <folder with the generated contract> <version> [grpc]`.
import process from "node:process";
import { pathToFileURL } from "node:url";
import { definePlugin } from "tenon/plugin";
import { implement } from "./behaviour.mjs";

const [folder, version, boundary] = process.argv.slice(2);
const { plugin: contract } = await import(pathToFileURL(`${folder}/plugin.js`).href);
const definition = definePlugin(contract, implement(version));
const { serve, serveGrpc } = boundary === "grpc" ? await import("tenon/serve-grpc") : await import("tenon/serve");
await (serveGrpc ?? serve)(definition);
