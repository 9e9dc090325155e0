// Tenon's own author kit over binary frames.
import { serve } from "@tenon/plugin/serve";
import { definition } from "./plugin.mjs";

await serve(definition);
