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
const HTTP_VERSION = "0.2.10";
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

async function compileJavaScript(name, packages = []) {
  const witWorld = [readFileSync(here(`guests/${name}.wit`), "utf8"), ...packages.map(nestedPackage)].join("\n");
  return (await componentize({ sourcePath: here(`guests/${name}.js`), witWorld })).component;
}

/** A package of WASI as jco carries it, as one that stands within another file, at the version that the engine speaks. */
function nestedPackage(name) {
  const file = here(`node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12/wasi-${name}/package.wit`);
  const text = readFileSync(file, "utf8").replaceAll("0.2.12", HTTP_VERSION);
  // The worlds would need the packages of everything that they name.
  const interfaces = text.replaceAll(/^(?:@\S+ *\([^)]*\)\s*)*world [^{]+\{[^}]*\}/gm, "");
  return `${interfaces.replace(/^(\s*package [^;]+);/m, "$1 {")}\n}`;
}

/** Exports by name, of a fresh instance with these grants. */
function open(program, network) {
  const { linked, wasi } = openLinked(program, network);
  const call = (name, ...args) => wasi.run(() => linked.func("", name)(...args));
  return { call, close: () => wasi.close() };
}

function openLinked({ plan, modules }, network) {
  const wasi = createPreview2({ network, clocks: "precise", limits: { maxBlockMs: 30_000 } });
  const names = plan.components[0].ops.filter((op) => op.op === "import").map((op) => op.name);
  return { linked: instantiate(plan, modules, wasi.importsFor(names)), wasi };
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
    const guest = open(program, { allow: [`127.0.0.1:${udp}`, `127.0.0.1:${tcp}`] });
    assert.equal(guest.call("udp-ask", udp, "datagram"), "echo datagram");
    assert.equal(guest.call("tcp-ask", tcp, "x".repeat(4096)), `hello ${"x".repeat(4096)}`);
    guest.close();
  });
  await check("C is denied what it was not", async () => {
    const guest = open(program, { allow: ["127.0.0.1:1"] });
    // access-denied is the second error code.
    assert.equal(guest.call("udp-ask", udp, "x"), "error 01");
    assert.equal(guest.call("tcp-ask", tcp, "x"), "error 01");
    assert.equal(guest.call("tcp-listen"), 0);
    guest.close();
  });
  await check("C listens where it was granted", async () => {
    const guest = open(program, { listen: ["127.0.0.1:0"] });
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

async function checkFetch(bytes) {
  const program = await prepare(bytes);
  const { ca, key, cert } = makeCertificates("127.0.0.1");
  const { http, https } = await start("http-server.mjs", { key, cert });
  const [plain, secure] = [`http://127.0.0.1:${http}`, `https://127.0.0.1:${https}`];
  const allow = [`127.0.0.1:${http}`, `127.0.0.1:${https}`];
  await check("JavaScript fetches, posts and streams", async () => {
    const guest = open(program, { allow });
    assert.equal(guest.call("ask", `${plain}/framing`, "GET", undefined), "200 - GET none none {}");
    assert.equal(guest.call("ask", `${plain}/echo`, "POST", "from the guest"), "201 javascript from the guest");
    assert.equal(guest.call("count", `${plain}/big?bytes=3000000`), 3_000_000);
    guest.close();
  });
  await check("JavaScript fetches by TLS from whom the operator trusts", async () => {
    const guest = open(program, { allow, http: { ca: [ca] } });
    assert.equal(guest.call("ask", `${secure}/echo`, "PUT", "secret"), "201 javascript secret");
    guest.close();
    const strict = open(program, { allow });
    assert.throws(() => strict.call("ask", `${secure}/echo`, "GET", undefined));
    strict.close();
  });
  await check("JavaScript is denied what it was not granted", async () => {
    const guest = open(program, { allow: ["127.0.0.1:1"] });
    assert.throws(() => guest.call("ask", `${plain}/echo`, "GET", undefined));
    guest.close();
  });
}

async function checkServe(bytes) {
  const program = await prepare(bytes);
  const { http } = await start("http-server.mjs", makeCertificates("127.0.0.1"));
  await check("JavaScript serves what comes to the host, and asks others meanwhile", async () => {
    // The engine answers one request in each instance, as `wasmtime serve` would have it.
    const ask = (path, more, maxBodyBytes) => {
      const { linked, wasi } = openLinked(program, { allow: [`127.0.0.1:${http}`] });
      const handle = linked.func(`wasi:http/incoming-handler@${HTTP_VERSION}`, "handle");
      const outcome = wasi.answerHttp({ authority: "test.example", path, ...more }, handle, maxBodyBytes);
      wasi.close();
      return outcome;
    };
    const first = ask("/loud", { method: "POST", headers: [["X-Asked", "yes"]], body: Buffer.from("quiet") });
    assert.equal(first.tag, "ok");
    assert.equal(Buffer.from(first.val.body).toString(), "QUIET");
    assert.deepEqual([first.val.status, new Headers(first.val.headers).get("x-asked")], [200, "yes"]);
    assert.equal(ask("/teapot").val.status, 418);
    const upstream = ask(`/upstream?http://127.0.0.1:${http}/framing`);
    assert.equal(Buffer.from(upstream.val.body).toString(), "GET none none {}");
    // The engine ends itself when its answer is not taken.
    assert.throws(() => ask("/", { method: "POST", body: Buffer.alloc(100) }, 10), { code: "plugin-trap" });
  });
}

try {
  const program = await compileC();
  if (program === undefined) process.stdout.write("skipped: clang is not installed\n");
  else await checkC(program);
  await checkFetch(await compileJavaScript("fetch"));
  await checkServe(await compileJavaScript("serve", ["http", "io", "clocks", "cli"]));
} finally {
  await Promise.all(threads.map((thread) => thread.terminate()));
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${passed} passed\n`);
process.exit(0);
