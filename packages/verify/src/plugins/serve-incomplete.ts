// A process for the stdio boundary: the incomplete plugin behind the author kit.
import { serve } from "@tenon/plugin/serve";
import plugin from "./incomplete.ts";

await serve(plugin);
