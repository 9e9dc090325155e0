// One fuel counter for all core modules of a component: whichever of them runs, it charges the same tank.
import { engine } from "../webassembly.ts";
import type { WasmModule } from "../webassembly.ts";
import { FuelGauge } from "./fuel.ts";
import { ADDED_EXPORTS, FUEL_IMPORT } from "./options.ts";
import { rewriteModule } from "./rewrite.ts";

const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
let compiled: WasmModule | undefined;

/**
 * The counter of modules that were rewritten as `isLinked`. Calls between them, through tables or between components,
 * need no bookkeeping, and a total is exact wherever it was spent. The tank is filled before the first of them is
 * instantiated, for their start functions charge it.
 */
export class FuelTank extends FuelGauge {
  /** What each of the modules is given beside its own imports. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  constructor() {
    // A module without any code, once metered, is the counter with what sets it.
    compiled ??= new engine.Module(rewriteModule(EMPTY_MODULE, { fuel: "loop" }).bytes);
    const { exports } = new engine.Instance(compiled, {});
    super(exports);
    this.imports = { [FUEL_IMPORT.module]: { [FUEL_IMPORT.name]: exports[ADDED_EXPORTS.fuel] } };
  }
}
