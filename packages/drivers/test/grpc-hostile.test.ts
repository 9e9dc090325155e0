// Programs that lie in the go-plugin handshake: each is refused with its reason, dials nobody else, and leaves nothing behind.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "@tenon/contract";
import { grpcDriver, type GrpcArtifact } from "@tenon/drivers/grpc";
import { createHost, type Host } from "@tenon/host";
import { conformanceContract, eventually, rejection, takeSnapshot, unchanged, type Snapshot } from "@tenon/verify";

const HOSTILE = fileURLToPath(new URL("fixtures/grpc-hostile.mjs", import.meta.url));
// A folder of its own, because other tests make the same folders in the common one.
process.env["TMPDIR"] = mkdtempSync(join(tmpdir(), "hostile-"));
const FOREIGN_SOCKET = join(tmpdir(), `foreign-${process.pid}.sock`);

let host: Host;
let baseline: Snapshot;
let visitors = 0;
const servers: Server[] = [];
let port = 0;

const folders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => /^tenon-.{6}$/.test(name));

before(async () => {
  host = createHost({ drivers: [grpcDriver] });
  const listen = (where: string | number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        visitors++;
        socket.destroy();
      });
      servers.push(server);
      if (typeof where === "string") server.listen(where, () => resolve(server));
      else server.listen(where, "127.0.0.1", () => resolve(server));
    });
  await listen(FOREIGN_SOCKET);
  const { port: own } = (await listen(0)).address() as { port: number };
  port = own;
  // The first start also starts what the process keeps.
  await load("exits-3").catch(() => {});
  baseline = takeSnapshot();
});
after(async () => {
  await host.close();
  for (const server of servers) server.close();
  rmSync(tmpdir(), { recursive: true });
});

function load(mode: string, extra = "", artifact: Partial<GrpcArtifact> = {}): Promise<unknown> {
  return host.load(conformanceContract, {
    id: mode,
    boundary: "grpc",
    artifact: { command: [process.execPath, HOSTILE, mode, extra], ...artifact },
    imports: { host: { double: (n) => n, doubleLater: (n) => n, broken: () => 0, reenter: () => 0, note: () => {} } },
    limits: { startMs: 1500, closeGraceMs: 100 },
  });
}

interface Case {
  readonly mode: string;
  readonly code: ErrorCode;
  readonly says: RegExp;
  readonly extra?: () => string;
  readonly artifact?: Partial<GrpcArtifact>;
}

const CASES: readonly Case[] = [
  { mode: "exits-3", code: "start-failed", says: /exited with code 3 before the handshake[^]*cannot find libfoo/ },
  { mode: "silent", code: "start-failed", says: /not ready within 1500 ms; it printed nothing/ },
  { mode: "no-newline", code: "start-failed", says: /not ready within 1500 ms; it printed "1\|1\|unix\|"/ },
  { mode: "long-line", code: "handshake-failed", says: /printed 4096 bytes without a newline/ },
  {
    mode: "banner",
    code: "handshake-failed",
    says: /did not begin with a go-plugin handshake; the first line was "Welcome!"/,
  },
  { mode: "closes-stdout", code: "handshake-failed", says: /closed its standard output before the handshake/ },
  { mode: "other-core", code: "handshake-failed", says: /speaks version "2" of go-plugin's protocol/ },
  { mode: "net-rpc", code: "handshake-failed", says: /speaks "net\/rpc", and only gRPC crosses languages/ },
  { mode: "other-protocol", code: "handshake-failed", says: /speaks "thrift"/ },
  {
    mode: "other-version",
    code: "handshake-failed",
    says: /speaks version 7 of the application's protocol, the host speaks 1/,
  },
  { mode: "odd-version", code: "handshake-failed", says: /version is no number/ },
  { mode: "no-socket", code: "handshake-failed", says: /there is no socket at/ },
  { mode: "not-a-socket", code: "handshake-failed", says: /is no socket/ },
  { mode: "outside", code: "handshake-failed", says: /outside of the folder/, extra: () => FOREIGN_SOCKET },
  {
    mode: "traversal",
    code: "handshake-failed",
    says: /outside of the folder/,
    extra: () => `foreign-${process.pid}.sock`,
  },
  { mode: "tcp", code: "handshake-failed", says: /listens on tcp/, extra: () => `127.0.0.1:${port}` },
  { mode: "other-host", code: "handshake-failed", says: /listens on tcp "192\.0\.2\.1:80"/ },
  { mode: "plaintext", code: "handshake-failed", says: /without a certificate although mutual TLS was asked for/ },
  {
    mode: "unsolicited",
    code: "handshake-failed",
    says: /a certificate that nobody asked for/,
    artifact: { autoMtls: false },
  },
  { mode: "no-base64", code: "handshake-failed", says: /certificate is not base64/ },
  { mode: "bad-certificate", code: "handshake-failed", says: /certificate cannot be read/ },
];

describe(
  "a program that lies in the handshake",
  { skip: process.platform === "win32" && "sockets are TCP there" },
  () => {
    for (const { mode, code, says, extra, artifact } of CASES) {
      test(mode, async () => {
        const error = await rejection(load(mode, extra?.(), artifact), code);
        assert.match([error.what, ...error.notes].join("\n"), says);
        assert.equal(error.sideEffects, "none");
        assert.equal(visitors, 0, "nobody else was dialled");
        await host.get(mode)?.close();
        await unchanged(baseline);
        await eventually("the folder for sockets is gone", () => folders().length === 0);
      });
    }
  },
);
