// `tenon serve`: requests to a component and its answers, limits of one request, and the end by a signal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { moduleComponent } from "@tenon/wasm/testing";
import wabt from "wabt";
import { BIN, tenon, workFolder } from "./run.ts";

const V = "0.2.3";
const WIT = `
package t:serve; world w {
  import wasi:io/streams@${V}; import wasi:http/types@${V}; import wasi:cli/stderr@${V}; export wasi:http/incoming-handler@${V};
}
package wasi:io@${V} {
  interface error { resource error; }
  interface streams {
    use error.{error};
    variant stream-error { last-operation-failed(error), closed }
    resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
  }
}
package wasi:cli@${V} {
  interface stderr { use wasi:io/streams@${V}.{output-stream}; get-stderr: func() -> output-stream; }
}
package wasi:http@${V} {
  interface types {
    use wasi:io/streams@${V}.{output-stream};
    variant error-code { internal-error(option<string>) }
    resource fields { constructor(); }
    resource incoming-request { path-with-query: func() -> option<string>; }
    resource outgoing-body {
      write: func() -> result<output-stream>;
      finish: static func(this: outgoing-body, trailers: option<fields>) -> result<_, error-code>;
    }
    resource outgoing-response {
      constructor(headers: fields);
      set-status-code: func(status-code: u16) -> result;
      body: func() -> result<outgoing-body>;
    }
    resource response-outparam {
      set: static func(param: response-outparam, response: result<outgoing-response, error-code>);
    }
  }
  interface incoming-handler {
    use types.{incoming-request, response-outparam};
    handle: func(request: incoming-request, response-out: response-outparam);
  }
}`;
const TYPES = `wasi:http/types@${V}`;
const STREAMS = `wasi:io/streams@${V}`;
/**
 * Answers with the status 201 and the path, and how many requests its instance has had. What the path begins with says what it does
 * instead: /t traps, /l loops for ever, /n gives no answer, /p prints before it answers.
 */
const MAIN = `(module
  (import "${TYPES}" "[constructor]fields" (func $fields (result i32)))
  (import "${TYPES}" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "${TYPES}" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "${TYPES}" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "${TYPES}" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "${TYPES}" "[method]outgoing-body.write" (func $stream (param i32 i32)))
  (import "${TYPES}" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "${TYPES}" "[static]response-outparam.set" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "${STREAMS}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "${STREAMS}" "[resource-drop]output-stream" (func $drop (param i32)))
  (import "wasi:cli/stderr@${V}" "get-stderr" (func $stderr (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "0 requests before this one\\n")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "wasi:http/incoming-handler@${V}#handle") (param $request i32) (param $out i32)
    (local $what i32) (local $answer i32) (local $content i32) (local $to i32)
    (call $path (local.get $request) (i32.const 64))
    (local.set $what (i32.load8_u (i32.const 1025)))
    (if (i32.eq (local.get $what) (i32.const 116)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 108)) (then (loop (br 0))))
    (if (i32.eq (local.get $what) (i32.const 110)) (then (return)))
    (if (i32.eq (local.get $what) (i32.const 112)) (then
      (call $write (call $stderr) (i32.const 16) (i32.const 27) (i32.const 80))))
    (local.set $answer (call $response (call $fields)))
    (drop (call $status (local.get $answer) (i32.const 201)))
    (call $body (local.get $answer) (i32.const 80))
    (local.set $content (i32.load (i32.const 84)))
    (call $set (local.get $out) (i32.const 0) (local.get $answer) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $stream (local.get $content) (i32.const 80))
    (local.set $to (i32.load (i32.const 84)))
    (call $write (local.get $to) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.const 96))
    (call $write (local.get $to) (i32.const 16) (i32.const 1) (i32.const 96))
    (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1)))
    (call $drop (local.get $to))
    (call $finish (local.get $content) (i32.const 0) (i32.const 0) (i32.const 96))))`;

const folder = workFolder();
const assembler = await wabt();
const assemble = (text: string): Uint8Array => assembler.parseWat("serve.wat", text).toBinary({}).buffer;
const { resolve } = resolveWit(WIT);
const world = resolve.worlds.findIndex(({ name }) => name === "w");
const PROGRAM = join(folder, "program.wasm");
writeFileSync(PROGRAM, moduleComponent(contractFromResolve(resolve, world), assemble(MAIN)));

interface Served {
  readonly url: string;
  /** Lines of standard error, once there are so many. */
  readonly lines: (count: number) => Promise<readonly string[]>;
  readonly child: ChildProcess;
}
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function serve(...options: readonly string[]): Promise<Served> {
  const args = [BIN, "serve", PROGRAM, "--addr", "127.0.0.1:0", "--json", ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const [first] = (await once(createInterface(child.stdout), "line")) as [string];
  const seen: string[] = [];
  const errors = createInterface(child.stderr).on("line", (line) => seen.push(line));
  const lines = async (count: number): Promise<readonly string[]> => {
    while (seen.length < count) await once(errors, "line");
    return seen;
  };
  return { url: (JSON.parse(first) as { url: string }).url, lines, child };
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}
function ask(url: string, { method = "GET", body }: { method?: string; body?: Uint8Array } = {}): Promise<Answer> {
  return new Promise((resolved, reject) => {
    const sent = request(url, { method }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolved({ status: response.statusCode, text }));
    });
    sent.on("error", reject).end(body);
  });
}

test("each request has an instance of its own, and several are answered at once", async () => {
  const { url, lines, child } = await serve("--threads", "2");
  const answers = await Promise.all(["/a", "/b?c=d", "/e", "/f"].map((path) => ask(url + path)));
  assert.deepEqual(
    answers,
    ["/a0", "/b?c=d0", "/e0", "/f0"].map((text) => ({ status: 201, text })),
  );
  assert.deepEqual(await ask(`${url}/h`, { method: "HEAD" }), { status: 201, text: "" });
  assert.deepEqual(await ask(`${url}/p`), { status: 201, text: "/p0" });
  assert.deepEqual(await lines(1), ["request 6: 0 requests before this one"]);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("what a program does wrong ends one request, and standard error says which", async () => {
  const { url, lines } = await serve("--fuel", "100000", "--max-body", "1", "--threads", "1");
  assert.equal((await ask(`${url}/trap`)).status, 500);
  assert.equal((await ask(`${url}/loop`)).status, 500);
  assert.equal((await ask(`${url}/none`)).status, 500);
  assert.deepEqual(await ask(`${url}/ok`, { method: "POST", body: new Uint8Array(1000) }), {
    status: 201,
    text: "/ok0",
  });
  assert.equal((await ask(`${url}/ok`, { method: "POST", body: new Uint8Array(2 ** 20 + 1) })).status, 413);
  const [trap, loop, none] = await lines(3);
  assert.match(trap!, /^request 1 GET \/trap: \[plugin-trap\] the program trapped: unreachable/);
  assert.match(loop!, /^request 2 GET \/loop: \[resource-exhausted\] .* fuel of 100000 ticks/);
  assert.match(none!, /^request 3 GET \/none: \[plugin-trap\] .*internal-error: the guest gave no answer/);
});

test("a request without an end is a 504, and the next one has another thread", async () => {
  const { url, lines, child } = await serve("--timeout", "2000", "--threads", "1");
  assert.equal((await ask(`${url}/loop`)).status, 504);
  assert.match((await lines(1))[0]!, /^request 1 GET \/loop: \[deadline-exceeded\]/);
  let answer = await ask(`${url}/ok`);
  // The thread may take longer to start than a request may take.
  while (answer.status === 504) answer = await ask(`${url}/ok`);
  assert.deepEqual(answer, { status: 201, text: "/ok0" });
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("when too many wait, the next one is told to come again", async () => {
  const { url, child } = await serve("--timeout", "600000", "--threads", "1");
  // Sixteen wait for ever, whichever they are.
  const answers = Array.from({ length: 17 }, () => ask(`${url}/loop`));
  assert.deepEqual(await Promise.race(answers), { status: 503, text: "503\n" });
  child.kill("SIGKILL");
  const ends = await Promise.allSettled(answers);
  assert.equal(ends.filter(({ status }) => status === "rejected").length, 16);
});

test("what cannot be served is one sentence, and so is an address that is taken or wrong", async () => {
  const command = join(folder, "none.wasm");
  writeFileSync(command, assemble("(module)"));
  const module = await tenon(["serve", command]);
  assert.equal(module.code, 1);
  assert.match(module.err, /^error: \[artifact-invalid\] .*none\.wasm is a core module; .*wasi:http\/proxy/);
  const { url } = await serve();
  const taken = await tenon(["serve", PROGRAM, "--addr", url.slice("http://".length)]);
  assert.equal(taken.code, 1);
  assert.match(taken.err, /\[start-failed\] .*EADDRINUSE.*; choose another --addr/);
  const wrong = await tenon(["serve", PROGRAM, "--addr", "nowhere"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--addr nowhere is not ADDRESS:PORT/);
});
