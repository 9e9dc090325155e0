// HTTP, HTTPS and a raw misbehaving server in a thread of their own, since the tests block theirs. Posts the ports; `counts`
// answers how many connections each has had.
import { createHash } from "node:crypto";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const counts = { http: 0, https: 0, raw: 0 };

const ROUTES = {
  "/echo"(request, response) {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith("x-")));
    response.writeHead(201, {
      ...headers,
      "X-Method": request.method,
      "X-Path": request.url,
      "X-Host": request.headers.host,
    });
    request.pipe(response);
  },
  "/framing"(request, response) {
    request.resume().on("end", () => {
      const { "transfer-encoding": encoding = "none", "content-length": length = "none" } = request.headers;
      response.end(`${request.method} ${encoding} ${length} ${JSON.stringify(request.trailers)}`);
    });
  },
  "/digest"(request, response) {
    const digest = createHash("sha256");
    request.on("data", (part) => digest.update(part)).on("end", () => response.end(digest.digest("hex")));
  },
  "/big"(request, response) {
    // As much as the other side takes; what it has taken is told at the end.
    const total = Number(new URL(request.url, "http://x").searchParams.get("bytes"));
    let sent = 0;
    const push = () => {
      while (sent < total) {
        const part = Buffer.alloc(Math.min(65_536, total - sent), sent / 65_536);
        sent += part.length;
        if (!response.write(part)) return response.once("drain", push);
      }
      response.end();
    };
    response.on("close", () => parentPort.postMessage({ closed: sent }));
    push();
  },
  "/trailers"(request, response) {
    response.writeHead(200, { Trailer: "X-Sum" });
    response.write("body");
    response.addTrailers({ "X-Sum": "4" });
    response.end();
  },
  "/redirect"(request, response) {
    response.writeHead(302, { Location: new URL(request.url, "http://x").searchParams.get("to") }).end();
  },
  "/slow-head"() {},
  "/slow-body"(request, response) {
    response.write("begin");
  },
  "/early"(request, response) {
    response.writeHead(413).end("too much");
  },
  "/headers"(request, response) {
    response.writeHead(200, {
      "X-Long": "x".repeat(Number(new URL(request.url, "http://x").searchParams.get("bytes"))),
    });
    response.end();
  },
};

function serve(request, response) {
  const route = ROUTES[request.url.split("?")[0]];
  if (route) route(request, response);
  else response.writeHead(404).end("nothing here");
}

/** What the first line of a request asks for is what goes wrong. */
const RAW = {
  garbage: "this is no HTTP\r\n\r\n",
  cut: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
  "cut-chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nonly this",
  close: "",
  "two-lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
  "bad-coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
  upgrade: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
  "long-trailers": `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: ${"t".repeat(40_000)}\r\n\r\n`,
};

const listen = (server, kind) =>
  new Promise((resolve) => {
    server.on("connection", () => counts[kind]++);
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });

const raw = createTcp((socket) => {
  socket.on("error", () => undefined);
  socket.once("data", (bytes) => socket.end(RAW[/ \/(\S*)/.exec(bytes.toString("latin1"))?.[1]] ?? ""));
});
const [http, https, rawPort] = await Promise.all([
  listen(createHttp(serve), "http"),
  listen(createHttps(workerData, serve), "https"),
  listen(raw, "raw"),
]);
parentPort.on("message", () => parentPort.postMessage({ counts }));
parentPort.postMessage({ http, https, raw: rawPort });
