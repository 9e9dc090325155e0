// `tenon/serve`: the end of a TypeScript plugin that runs as a process of its own, behind `stdio`.
export { serve } from "@tenon/plugin/serve";
export type { ServeOptions } from "@tenon/plugin/serve";
