// A plugin in a sandbox reaches the hosts that it was granted, through the host's proxy, and nothing else.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { hasSandbox } from "@tenon/drivers/sandbox";
import type { AuditRecord } from "@tenon/policy";
import { openConfined } from "./confined-host.ts";

const hasPython = process.env["CI"] === "true" || spawnSync("/usr/bin/python3", ["--version"]).status === 0;
const works = hasSandbox({ processes: false, network: true });
const skip = works
  ? hasPython
    ? false
    : "there is no /usr/bin/python3"
  : "no sandbox with a network works here; tenon doctor says why";

describe("the network of a sandbox", { skip }, () => {
  const server = createServer((asked, answer) => answer.end(`${asked.method} ${asked.url} for ${asked.headers.host}`));
  let port = 0;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  test("is the granted hosts, by their names and ports", async () => {
    const audit: AuditRecord[] = [];
    const net = [{ host: "localhost", port }];
    const { host, plugin } = await openConfined(randomUUID(), "contained", { net, onAudit: (one) => audit.push(one) });
    const { acts } = plugin.exports;
    try {
      assert.equal(await acts.fetch(`http://localhost:${port}/a?b=c`), `200 GET /a?b=c for localhost:${port}`);
      assert.match(await acts.tunnel("localhost", port), /^GET \/tunnelled for localhost/);
      // The same place by another name, and another port of the same name.
      assert.equal(await acts.fetch(`http://127.0.0.1:${port}/`), `403 the plugin was not granted 127.0.0.1:${port}`);
      assert.match(await acts.tunnel("127.0.0.1", port), /^none: .*403/);
      assert.match(await acts.fetch("http://localhost:1/"), /^403 the plugin was not granted localhost:1$/);
      assert.match(await acts.fetch("http://example.org/"), /^403 the plugin was not granted example.org:80$/);
      assert.match(await acts.direct(port), /^none: /);
    } finally {
      await host.close();
    }
    const uses = audit.filter(({ capability }) => capability === "net").map((one) => `${one.argument} ${one.decision}`);
    assert.ok(uses.includes(`localhost:${port} allowed`) && uses.includes("example.org:80 denied"), uses.join());
  });

  test("is by the names that were granted: an address is not the name that leads to it", async () => {
    const net = [{ host: "127.0.0.1", port }];
    const { host, plugin } = await openConfined(randomUUID(), "contained", { net });
    try {
      assert.match(
        await plugin.exports.acts.fetch(`http://127.0.0.1:${port}/`),
        /^200 /,
        "an address that was granted",
      );
      assert.match(await plugin.exports.acts.fetch(`http://localhost:${port}/`), /^403 /, "a name that was not");
    } finally {
      await host.close();
    }
  });

  test("stays there for a plugin that misuses the proxy", async () => {
    const net = [{ host: "localhost", port }];
    const { host, plugin } = await openConfined(randomUUID(), "contained", { net });
    const { acts } = plugin.exports;
    try {
      for (const [text, answer] of [
        ["\u0000\u00ff".repeat(100_000), /^$|^HTTP\/1.1 400 /],
        [`GET http://localhost:${port}/ HTTP/1.1\r\nA: ${"a".repeat(1_000_000)}\r\n\r\n`, /^$|^HTTP\/1.1 4\d\d /],
        ["CONNECT no-port-and-odd//@:99999 HTTP/1.1\r\n\r\n", /^HTTP\/1.1 40[03] /],
        ["GET /not-for-a-proxy HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 400 /],
        [`GET ftp://localhost:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1.1 403 /],
        [`CONNECT localhost:${port} HTTP/1.1\r\n\r\n`, /^HTTP\/1.1 200 /],
      ] as const)
        assert.match(await acts.misuse(text), answer, text.slice(0, 40));
      assert.match(await acts.fetch(`http://localhost:${port}/`), /^200 /);
    } finally {
      await host.close();
    }
  });

  test("is none where nothing was granted", async () => {
    const { host, plugin } = await openConfined(randomUUID(), "contained");
    try {
      assert.match(await plugin.exports.acts.fetch(`http://127.0.0.1:${port}/`), /^none: /);
      assert.match(await plugin.exports.acts.direct(port), /^none: /);
    } finally {
      await host.close();
    }
  });
});
