// What the program in a child process does (`child-sandbox.ts`): it runs one sandboxed guest, on a thread of it, so that host functions
// can be waited for.
import { readFileSync } from "node:fs";
import process from "node:process";
import { contractFromDescriptor } from "@tenon/contract";
import { createComponentDriver } from "@tenon/drivers/component";
import { createLuaDriver } from "@tenon/drivers/lua";
import { createWasmDriver, hearReports, noteOf } from "@tenon/drivers/wasm";
import type { ProcessStart } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import { definePlugin } from "@tenon/plugin";
import { serve } from "@tenon/plugin/serve";

const { boundary, pluginId, contract, artifact, limits, cache } = JSON.parse(
  readFileSync(process.argv[2]!, "utf8"),
) as ProcessStart;
/** What a line is wrapped in counts for the host, which would cut it where it is. */
const LINE_WRAP_BYTES = 64;
const own = { ...limits, maxLogLineBytes: Math.max(1, limits.maxLogLineBytes - LINE_WRAP_BYTES) };
/** Read now: the file is gone once this process is ready, and threads may have to start again. */
const module = new Uint8Array(readFileSync(artifact.module));

/** Files and places that the guest uses or is denied, for the host outside: those of the start wait until it listens. */
const waiting: string[] = [];
let send = (note: string): void => void waiting.push(note);
const reports = hearReports({ audit: (kind, argument, verdict) => send(noteOf(kind, argument, verdict)) });
const { wasi } = artifact;
const guest = { ...artifact, module, ...(wasi !== undefined && { wasi: { ...wasi, reports: reports.channel } }) };
const spoken = contractFromDescriptor(contract);

// Whoever loads this in turn cannot wait; it says itself what failed.
void serve(
  definePlugin(spoken, async (imports) => {
    const host = createHost({
      // The host outside has decided.
      contracts: "any",
      drivers: [createComponentDriver, createLuaDriver, createWasmDriver].map((create) =>
        create({ worker: workerDriver, ...(cache !== undefined && { cache }) }),
      ),
      // In the form that the other side reads levels and fields from; standard output carries the frames.
      onLog: ({ level, text, fields }) =>
        void process.stderr.write(`${JSON.stringify({ ...fields, level, msg: text })}\n`),
    });
    // What a call is given behind its parameters has the members of the options that calls of a host take.
    return (await host.load(spoken, {
      id: pluginId,
      boundary,
      artifact: guest,
      limits: own,
      // A thread that was ended for one call is there again for the next: how often that may go on, the host outside decides.
      restart: { backoffMs: 1, maxBackoffMs: 1, maxCrashes: Number.MAX_SAFE_INTEGER },
      imports,
    })) as object;
  }),
  {
    maxMessageBytes: limits.maxMessageBytes,
    onNotes: (note) => {
      send = note;
      for (const text of waiting.splice(0)) note(text);
    },
  },
);
