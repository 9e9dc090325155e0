// A process for the stdio boundary: the conformance plugin behind the author kit.
import { serve } from "@tenon/plugin/serve";
import plugin from "./conformance.ts";

await serve(plugin);
