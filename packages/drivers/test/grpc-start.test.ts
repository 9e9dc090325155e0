// What a program is given for its start over gRPC.
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, test } from "node:test";
import { resolveWit, contractFromResolve, selectWorld } from "@tenon/contract";
import { grpcDriver } from "@tenon/drivers/grpc";
import { createHost, type Host } from "@tenon/host";
import { rejection } from "@tenon/verify";

const WIT = "package test:start@0.1.0; world plugin { export ping: func(); }";
/** Says what it was given, and ends. */
const TELLS = `console.error("given " + require("node:crypto").createHash("sha256").update(process.env.PLUGIN_CLIENT_CERT).digest("hex"))`;

let host: Host;
before(() => {
  host = createHost({ drivers: [grpcDriver] });
});
after(() => host.close());

test("every start has a certificate of its own, whether it was made ahead or not", async () => {
  const { resolve, rootPackage } = resolveWit(WIT);
  const contract = contractFromResolve(resolve, selectWorld(resolve, rootPackage, "plugin"));
  const given = async (id: string): Promise<string> => {
    const artifact = { command: [process.execPath, "-e", TELLS] };
    const { notes } = await rejection(host.load(contract, { id, boundary: "grpc", artifact }), "start-failed");
    return notes.find((note) => note.includes("given ")) ?? assert.fail(`it said nothing: ${notes.join("; ")}`);
  };
  const atOnce = await Promise.all([given("one"), given("two")]);
  const all = [...atOnce, await given("three"), await given("four")];
  assert.equal(new Set(all).size, 4);
});
