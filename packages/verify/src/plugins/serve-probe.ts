// A process for the stdio boundary: the probe behind the author kit.
import { serve } from "@tenon/plugin/serve";
import plugin from "./probe.ts";

await serve(plugin);
