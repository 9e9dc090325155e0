// A process for the stdio boundary: the misbehaving plugin behind the author kit.
import { serve } from "@tenon/plugin/serve";
import plugin from "./faults.ts";

await serve(plugin);
