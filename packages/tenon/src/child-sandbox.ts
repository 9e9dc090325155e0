// The program in a child process that runs one sandboxed guest. Its modules are loaded one file after the other: `import` has more of them
// open at once than a process may have that a host started which is short of descriptors.
import { createRequire } from "node:module";

createRequire(import.meta.url)(`./guest-process${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`);
