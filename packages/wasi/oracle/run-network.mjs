// Programs of two other toolchains that use the network by WASI 0.2, against servers on loopback: C, which clang compiles and
// jco makes a component of, and JavaScript on StarlingMonkey, whose `fetch` is wasi:http. `npm start` in this folder.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { componentize } from "@bytecodealliance/componentize-js";
import { componentEmbed, componentNew } from "@bytecodealliance/jco";
import { compileModules, instantiate, planComponent } from "../../wasm/dist/index.js";
import { createPreview2 } from "../dist/index.js";
import { makeCertificates } from "../test/certificates.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const FLAGS = ["--target=wasm32", "-O2", "-nostdlib", "-ffreestanding", "-Wl,--no-entry", "-Wl,--strip-debug"];
const folder = mkdtempSync(join(tmpdir(), "tenon-wasi-network-"));
const threads = [];
let passed = 0;

function startWorker(file, workerData) {
  const worker = new Worker(new URL(`../test/${file}`, import.meta.url), { workerData });
  threads.push(worker);
  return worker;
}

/** What the thread tells first: its port, or ports. */
async function start(file, workerData) {
  return (await once(startWorker(file, workerData), "message"))[0];
}

async function compileC() {
  if (spawnSync("clang", ["--version"]).status !== 0) {
    assert.notEqual(process.env.CI, "true", "clang is not installed");
    return undefined;
  }
  const output = join(folder, "sockets.core.wasm");
  execFileSync("clang", [...FLAGS, "-o", output, here("guests/sockets.c")], { stdio: "inherit" });
  const witSource = readFileSync(here("guests/sockets.wit"), "utf8");
  return componentNew(await componentEmbed({ binary: readFileSync(output), witSource }));
}

async function compileJavaScript() {
  const witWorld = readFileSync(here("guests/fetch.wit"), "utf8");
  return (await componentize({ sourcePath: here("guests/fetch.js"), witWorld })).component;
}

/** Exports by name, of a fresh instance with these grants. */
async function open({ plan, modules }, network) {
  const wasi = createPreview2({ network, clocks: "precise", limits: { maxBlockMs: 30_000 } });
  const names = plan.components[0].ops.filter((op) => op.op === "import").map((op) => op.name);
  const linked = instantiate(plan, modules, wasi.importsFor(names));
  const call = (name, ...args) => wasi.run(() => linked.func("", name)(...args));
  return { call, close: () => wasi.close() };
}

async function prepare(bytes) {
  const plan = planComponent(bytes);
  return { plan, modules: await compileModules(plan, bytes) };
}

async function check(name, act) {
  await act();
  passed++;
  process.stdout.write(`ok   ${name}\n`);
}

async function checkC(bytes) {
  const program = await prepare(bytes);
  const [udp, tcp] = [await start("udp-echo.mjs"), await start("echo-server.mjs")];
  await check("C asks by UDP and TCP what it was granted", async () => {
    const guest = await open(program, { allow: [`127.0.0.1:${udp}`, `127.0.0.1:${tcp}`] });
    assert.equal(guest.call("udp-ask", udp, "datagram"), "echo datagram");
    assert.equal(guest.call("tcp-ask", tcp, "x".repeat(4096)), `hello ${"x".repeat(4096)}`);
    guest.close();
  });
  await check("C is denied what it was not", async () => {
    const guest = await open(program, { allow: ["127.0.0.1:1"] });
    // access-denied is the second error code.
    assert.equal(guest.call("udp-ask", udp, "x"), "error 01");
    assert.equal(guest.call("tcp-ask", tcp, "x"), "error 01");
    assert.equal(guest.call("tcp-listen"), 0);
    guest.close();
  });
  await check("C listens where it was granted", async () => {
    const guest = await open(program, { listen: ["127.0.0.1:0"] });
    const port = guest.call("tcp-listen");
    const worker = startWorker("tcp-client.mjs", { port, say: "aloud" });
    const heard = once(worker, "message");
    assert.equal(guest.call("tcp-serve"), "aloud");
    assert.deepEqual(await heard, ["ALOUD"]);
    guest.close();
  });
  await check("tenon run gives a component the grants of its command line", () => {
    const file = join(folder, "sockets.wasm");
    writeFileSync(file, bytes);
    const run = (...grants) => {
      const args = [here("../../cli/bin/tenon.js"), "run", file, ...grants, "--invoke", `udp-ask(${udp}, "by hand")`];
      return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 });
    };
    assert.equal(run("--net", `127.0.0.1:${udp}`).stdout, '"echo by hand"\n');
    assert.equal(run().stdout, '"error 01"\n');
  });
}

async function checkJavaScript(bytes) {
  const program = await prepare(bytes);
  const { ca, key, cert } = makeCertificates("127.0.0.1");
  const { http, https } = await start("http-server.mjs", { key, cert });
  const [plain, secure] = [`http://127.0.0.1:${http}`, `https://127.0.0.1:${https}`];
  const allow = [`127.0.0.1:${http}`, `127.0.0.1:${https}`];
  await check("JavaScript fetches, posts and streams", async () => {
    const guest = await open(program, { allow });
    assert.equal(guest.call("ask", `${plain}/framing`, "GET", undefined), "200 - GET none none {}");
    assert.equal(guest.call("ask", `${plain}/echo`, "POST", "from the guest"), "201 javascript from the guest");
    assert.equal(guest.call("count", `${plain}/big?bytes=3000000`), 3_000_000);
    guest.close();
  });
  await check("JavaScript fetches by TLS from whom the operator trusts", async () => {
    const guest = await open(program, { allow, http: { ca: [ca] } });
    assert.equal(guest.call("ask", `${secure}/echo`, "PUT", "secret"), "201 javascript secret");
    guest.close();
    const strict = await open(program, { allow });
    assert.throws(() => strict.call("ask", `${secure}/echo`, "GET", undefined));
    strict.close();
  });
  await check("JavaScript is denied what it was not granted", async () => {
    const guest = await open(program, { allow: ["127.0.0.1:1"] });
    assert.throws(() => guest.call("ask", `${plain}/echo`, "GET", undefined));
    guest.close();
  });
}

try {
  const program = await compileC();
  if (program === undefined) process.stdout.write("skipped: clang is not installed\n");
  else await checkC(program);
  await checkJavaScript(await compileJavaScript());
} finally {
  await Promise.all(threads.map((thread) => thread.terminate()));
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${passed} passed\n`);
process.exit(0);
