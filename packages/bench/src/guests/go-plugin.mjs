// The Go builder as a program of the bench: how long its handshake takes by itself, and how long until the host has its first answer.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeCertificate } from "@tenon/plugin/grpc";

const SOURCE = fileURLToPath(new URL("../../../../apps/builder/plugins/go", import.meta.url));
/** As docs/boundaries/grpc.md has it. */
const COOKIE = { TENON_PLUGIN: "6f5b8b1e-6a2c-4a57-9f6e-9a5f3b0c7d21" };

/** The built program; undefined, with the reason on standard error, where Go cannot build it. */
export function buildGoPlugin(folder) {
  const program = join(folder, "go-plugin");
  const { status, stderr, error } = spawnSync("go", ["build", "-o", program, "."], { cwd: SOURCE, encoding: "utf8" });
  if (status === 0) return program;
  console.error(`open-go is left out: ${(error?.message ?? stderr).trim().split("\n").at(-1)}`);
  return undefined;
}

/** Starts it as a host would, and waits for its line. */
export async function untilHandshake(program, folder) {
  const sockets = mkdtempSync(join(folder, "go-"));
  const child = spawn(program, {
    env: { ...COOKIE, PLUGIN_UNIX_SOCKET_DIR: sockets, PLUGIN_CLIENT_CERT: makeCertificate().certPem },
    stdio: ["pipe", "pipe", "ignore"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(sockets, { recursive: true, force: true });
    },
  };
}
