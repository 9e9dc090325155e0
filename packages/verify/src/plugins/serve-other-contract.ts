// A process for the stdio boundary: the other-contract plugin behind the author kit.
import { serve } from "@tenon/plugin/serve";
import plugin from "./other-contract.ts";

await serve(plugin);
