// What wasi:http may reach: every request and every connection is checked, whatever its name resolves to this time.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { createPreview2, type NetworkOptions } from "@tenon/wasi";
import { makeCertificates } from "./certificates.mjs";
import { fetch, type Fetch, type Fetched } from "./http-caller.ts";
import { startThread } from "./network-caller.ts";

interface Counts {
  readonly http: number;
  readonly https: number;
}

let server: Worker;
let dns: Worker;
let ports: { readonly http: number; readonly https: number };
let dnsServers: readonly string[];
const certificates = makeCertificates("secure.test");
before(async () => {
  const { key, cert } = certificates;
  ({ worker: server, first: ports } = await startThread<typeof ports>("http-server.mjs", { key, cert }));
  const names = {
    "inward.test": ["127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "rebound.test": ["127.0.0.1", "169.254.169.254"],
    "secure.test": ["127.0.0.1"],
    "silent.test": [],
  };
  const started = await startThread<number>("dns-server.mjs", names);
  dns = started.worker;
  dnsServers = [`127.0.0.1:${started.first}`];
});
after(() => Promise.all([server.terminate(), dns.terminate()]));

async function ask<T>(worker: Worker): Promise<T> {
  worker.postMessage("counts");
  return ((await once(worker, "message")) as [T])[0];
}

/** The status, or the tag of the error code. */
function outcome(network: NetworkOptions, wanted: readonly Fetch[]): readonly (number | string)[] {
  const wasi = createPreview2({ network, limits: { maxBlockMs: 20_000 } });
  const found = wanted.map((one) => fetch(wasi, one));
  wasi.close();
  return found.map((one: Fetched | { readonly fault: unknown }) =>
    "status" in one ? one.status : (one.fault as { readonly tag: string }).tag,
  );
}

test("without a grant, and beyond the grants, nothing is even resolved", async () => {
  const before = await ask<Record<string, number>>(dns);
  const authority = `127.0.0.1:${ports.http}`;
  const none = createPreview2();
  assert.deepEqual(fetch(none, { authority }), { fault: { tag: "HTTP-request-denied" } });
  none.close();
  const others = [
    authority,
    `inward.test:${ports.http + 1}`,
    "169.254.169.254:80",
    "[::1]:80",
    "[::ffff:127.0.0.1]:80",
  ];
  const denied = outcome(
    { allow: [`inward.test:${ports.http}`, "example.org:443"], dnsServers },
    others.map((other) => ({ authority: other })),
  );
  assert.deepEqual(new Set(denied), new Set(["HTTP-request-denied"]));
  assert.deepEqual(await ask(dns), before);
});

test("a granted name that leads inwards is prohibited, and no connection is made", async () => {
  const { http } = (await ask<{ readonly counts: Counts }>(server)).counts;
  const allow = [`inward.test:${ports.http}`, `metadata.test:${ports.http}`];
  const wanted = [{ authority: `inward.test:${ports.http}` }, { authority: `metadata.test:${ports.http}` }];
  assert.deepEqual(outcome({ allow, dnsServers }, wanted), ["destination-IP-prohibited", "destination-IP-prohibited"]);
  assert.equal((await ask<{ readonly counts: Counts }>(server)).counts.http, http);
  // The operator may say that it is meant to, by name or by address; metadata addresses only by address.
  assert.deepEqual(outcome({ allow, dnsServers, allowPrivate: true }, wanted), [404, "destination-IP-prohibited"]);
  assert.deepEqual(outcome({ allow: [...allow, `127.0.0.1:${ports.http}`], dnsServers }, wanted.slice(0, 1)), [404]);
});

test("rebinding: one answer of the name server for one connection, and the next is checked anew", async () => {
  const authority = `rebound.test:${ports.http}`;
  const network = { allow: [authority], dnsServers, allowPrivate: true };
  assert.deepEqual(outcome(network, [{ authority }, { authority }]), [404, "destination-IP-prohibited"]);
  assert.equal((await ask<Record<string, number>>(dns))["rebound.test"], 2, "each connection asked once");
});

test("a redirect is the guest's to follow, and its target is checked like any other", () => {
  const authority = `127.0.0.1:${ports.http}`;
  const wasi = createPreview2({ network: { allow: [authority] }, limits: { maxBlockMs: 20_000 } });
  const target = `127.0.0.1:${ports.https}`;
  const first = fetch(wasi, { authority, path: `/redirect?to=http://${target}/` });
  assert.ok("status" in first && first.status === 302, "it was not followed");
  const location = new URL(first.headers["location"]!);
  assert.deepEqual(fetch(wasi, { authority: location.host }), { fault: { tag: "HTTP-request-denied" } });
  wasi.close();
});

test("names that do not resolve, and name servers that do not answer", () => {
  const allow = ["missing.test:80", "silent.test:80"];
  const wasi = createPreview2({ network: { allow, dnsServers }, limits: { maxBlockMs: 20_000 } });
  const missing = fetch(wasi, { authority: "missing.test" });
  assert.deepEqual(missing, { fault: { tag: "DNS-error", val: { rcode: "NXDOMAIN", infoCode: undefined } } });
  const silent = fetch(wasi, { authority: "silent.test", timeouts: { "connect-timeout": 80_000_000n } });
  assert.deepEqual(silent, { fault: { tag: "DNS-timeout" } });
  wasi.close();
});

test("TLS: the certificate has to be for the name that was asked for", () => {
  const network = {
    allow: [`secure.test:${ports.https}`, `inward.test:${ports.https}`],
    dnsServers,
    allowPrivate: true,
  };
  const http = { ca: [certificates.ca] };
  const wanted = ["secure.test", "inward.test"].map((name) => ({
    scheme: "HTTPS" as const,
    authority: `${name}:${ports.https}`,
  }));
  assert.deepEqual(outcome({ ...network, http }, wanted), [404, "TLS-certificate-error"]);
});
