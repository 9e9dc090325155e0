// Our own modules, one file after the other: as many of them as `import()` has open at once are more than a process has left that is
// short of descriptors, and Node never forgets that one could not be read.
import { createRequire } from "node:module";

/** `name` from the module at `base`, without its extension, which is that of `base`. It may not await anything while it loads. */
export function loadInTurn<Module>(base: string, name: string): Module {
  return createRequire(base)(`${name}${base.slice(base.lastIndexOf("."))}`) as Module;
}
