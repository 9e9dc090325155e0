// Where the time of a start over gRPC goes. Noted where Node's own functions are called, because nothing of ours tells.
import childProcess from "node:child_process";
import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";
import tls from "node:tls";

/** A phase lasts until its point is passed. */
const PHASES = {
  spawn: "in the host before the program",
  spawned: "to create its process",
  line: "in the program until its line",
  tls: "until TLS begins",
  secure: "in TLS",
  settings: "until HTTP/2 has begun",
  session: "in the session's handshake",
  answer: "in the first call",
};

export function watchPhases() {
  let passed;
  const pass = (name) => {
    if (passed !== undefined) passed[name] ??= performance.now();
  };
  const runs = [];
  const restore = [
    wrap(childProcess, "spawn", "spawn", (child) => {
      pass("spawned");
      child.stdout?.once("data", () => pass("line"));
    }),
    wrap(tls, "connect", "tls", (socket) => socket.once("secureConnect", () => pass("secure"))),
    wrap(http2, "connect", undefined, (session) => session.once("remoteSettings", () => pass("settings"))),
  ];
  syncBuiltinESMExports();

  function wrap(owner, name, before, after) {
    const own = owner[name];
    owner[name] = (...given) => {
      if (before !== undefined) pass(before);
      const made = own(...given);
      after(made);
      return made;
    };
    return () => (owner[name] = own);
  }

  return {
    /** Times one start; `open` says when the session is there. */
    async time(open) {
      passed = { begin: performance.now() };
      const opened = await open(() => pass("session"));
      pass("answer");
      runs.push(passed);
      passed = undefined;
      return opened;
    },
    /** The medians of all starts but the first, which is never counted, as one line. */
    report() {
      const points = ["begin", ...Object.keys(PHASES)];
      const median = (name, at) => {
        const times = runs.slice(1).map((run) => run[name] - run[points[at]]);
        return times.sort((a, b) => a - b)[times.length >> 1];
      };
      return Object.entries(PHASES)
        .map(([name, text], at) => `${median(name, at).toFixed(1)} ms ${text}`)
        .join(", ");
    },
    close() {
      for (const put of restore) put();
      syncBuiltinESMExports();
    },
  };
}
