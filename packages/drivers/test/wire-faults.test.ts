// R11-R14 and R30: peers that break each wire that there is between a host and its plugins.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { grpcDriver } from "@tenon/drivers/grpc";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { eventually } from "@tenon/verify";
import { runWireFaults } from "@tenon/verify/faults";
import { wiresOf } from "./faults-runs.ts";

// A folder of its own, because other tests make the same folders in the common one.
process.env["TMPDIR"] = mkdtempSync(join(tmpdir(), "wire-"));
const FOREIGN = `foreign-${process.pid}.sock`;
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const served = (name: string): string => fileURLToPath(import.meta.resolve(`@tenon/verify/plugins/${name}`));
const command = (...args: readonly string[]): object => ({ command: [process.execPath, ...args] });

let visitors = 0;
let port = 0;
const servers: Server[] = [];

before(async () => {
  const listen = (where: object): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        visitors++;
        socket.destroy();
      });
      servers.push(server);
      server.listen(where, () => resolve(server));
    });
  await listen({ path: join(tmpdir(), FOREIGN) });
  ({ port } = (await listen({ port: 0, host: "127.0.0.1" })).address() as { port: number });
});
after(() => {
  for (const server of servers) server.close();
  rmSync(tmpdir(), { recursive: true });
});

for (const wire of wiresOf(stdioDriver)) {
  runWireFaults({
    driver: stdioDriver,
    wire,
    artifact: (act) => command(fixture("line-peer.mjs"), wire, act),
    neighbour: command(served("serve-faults")),
  });
}

/** Where somebody else listens, who must not be dialled. */
function foreignOf(act: string): string {
  if (act === "outside") return join(tmpdir(), FOREIGN);
  return act === "tcp" ? `127.0.0.1:${port}` : FOREIGN;
}
/** Of this process; their names say so. */
const OWN = `tenon-grpc-${process.pid.toString(36)}-`;
const folders = (): number => readdirSync(tmpdir()).filter((name) => name.startsWith(OWN)).length;
/** Acts that are about mutual TLS; the peer itself speaks none. */
const TLS_ACTS = new Set(["plaintext", "no-base64", "bad-certificate", "other-version"]);

for (const wire of wiresOf(grpcDriver)) {
  runWireFaults({
    driver: grpcDriver,
    wire,
    artifact: (act) => ({
      ...command(fixture("go-plugin-peer.mjs"), act, foreignOf(act)),
      autoMtls: TLS_ACTS.has(act),
    }),
    neighbour: command(served("serve-grpc-faults")),
    check: async () => {
      assert.equal(visitors, 0, "nobody else was dialled");
      // The neighbour has one.
      await eventually("the folder for sockets is gone", () => folders() === 1);
    },
  });
}

for (const wire of wiresOf(workerDriver)) {
  runWireFaults({
    driver: workerDriver,
    wire,
    artifact: (act) => ({ module: fixture("thread-peer.mjs"), workerData: { act } }),
    neighbour: { module: served("faults") },
  });
}
