// `fuel`: what metering costs a guest: five kernels rewritten to count their work, against the same code as it was.
import { FuelGauge, rewriteModule } from "@tenon/wasm/limits";
import { KERNELS, kernels } from "../guests/wasm-kernels.mjs";

export const boundary = "fuel";
const TICKS = 1_000_000_000;

export async function open() {
  const bytes = kernels();
  const start = async (wasm) => new WebAssembly.Instance(await WebAssembly.compile(wasm)).exports;
  const plain = await start(bytes);
  const metered = async (fuel) => {
    const exports = await start(rewriteModule(bytes, { fuel }).bytes);
    return { exports, gauge: new FuelGauge(exports) };
  };
  const loop = await metered("loop");
  const block = await metered("block");
  const filled = (name, { exports, gauge }, kernel) => ({
    name: `tenon ${name}`,
    role: "tenon",
    call: () => {
      gauge.fill(TICKS);
      return exports[kernel](KERNELS[kernel]);
    },
  });
  return {
    workloads: Object.keys(KERNELS),
    contenders: (kernel) => {
      const expected = plain[kernel](KERNELS[kernel]);
      return [
        { name: "without metering", role: "raw", call: () => plain[kernel](KERNELS[kernel]) },
        filled("loop", loop, kernel),
        filled("block", block, kernel),
      ].map((contender) => ({ ...contender, sync: true, verify: (out) => Object.is(out, expected) }));
    },
    close: () => {},
  };
}
