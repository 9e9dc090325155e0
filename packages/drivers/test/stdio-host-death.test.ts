import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "@tenon/verify";

const HOST = fileURLToPath(new URL("fixtures/host-with-plugin.mjs", import.meta.url));
const reason = process.platform === "linux" ? false : "looks for processes under /proc";

const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");

describe("a plugin that ignores the end of its input", () => {
  for (const [how, mode, end] of [
    ["is gone when its host exits", "stays-forever", "exit"],
    ["is gone when its host is killed", "stays-forever", "kill"],
    ["is gone with its own children when its host is killed", "grandchild", "kill"],
  ] as const) {
    test(how, { skip: reason }, async () => {
      const host = spawn(process.execPath, [HOST, mode, end], { stdio: ["ignore", "pipe", "inherit"] });
      const [printed] = (await once(host.stdout, "data")) as [Buffer];
      const children = printed.toString().trim().split(" ");
      assert.ok(children.length >= 1);
      if (end === "kill") {
        assert.ok(children.every(isAlive));
        host.kill("SIGKILL");
      }
      if (host.exitCode === null && host.signalCode === null) await once(host, "exit");
      await eventually(`processes ${children.join(", ")} are gone`, () => !children.some(isAlive), 2000);
    });
  }
});
