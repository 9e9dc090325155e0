// Tenon's own author kit over binary frames.
import { serve } from "@tenon/plugin";
import { definition } from "./plugin.mjs";

await serve(definition);
