// The process's arguments -> the program's exit code: what `bin/tenon.js` starts.
import process from "node:process";
import { run } from "./program.ts";
import { drain, watchOutput } from "./terminal.ts";

watchOutput();
const exitCode = await run(process.argv.slice(2));
await drain();
// A plugin's module may have left timers or sockets behind; the command is done all the same.
process.exit(exitCode);
