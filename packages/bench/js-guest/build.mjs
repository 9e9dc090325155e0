// guest.js -> a component of 12 MB with a JavaScript engine inside.
import { fileURLToPath } from "node:url";
import { componentize } from "@bytecodealliance/componentize-js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Without any of WASI, so that it imports nothing but the contract's host functions. Takes some seconds. */
export default async function buildGuest() {
  const { component } = await componentize({
    sourcePath: here("guest.js"),
    witPath: here("../../../contracts/bench/bench.wit"),
    worldName: "plugin",
    disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
  });
  return component;
}
