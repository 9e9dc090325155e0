// The plugin module that another driver's thread loads: a component behind the same functions as any plugin in JavaScript.
import { loadInTurn } from "../_wasm/load-in-turn.ts";
import type * as onThread from "./guest-on-thread.ts";

const plugin: typeof onThread.plugin = loadInTurn<typeof onThread>(import.meta.url, "./guest-on-thread").plugin;
export default plugin;
