// Installs and builds the Go programs of the tests beforehand: `node --import tsx packages/drivers/test/go-programs-main.ts`.
import { buildGoPrograms, goProgram, grpcurl, published, PUBLISHED } from "./go-programs.ts";

console.log(Object.values(buildGoPrograms()).join("\n"));
console.log([goProgram("faults"), goProgram("stubborn"), grpcurl()].join("\n"));
for (const name of Object.keys(PUBLISHED) as (keyof typeof PUBLISHED)[]) {
  const found = published(name);
  console.log("missing" in found ? `without ${name}: ${found.missing}` : found.program);
}
