// The peer that most people take for workers.
import { parentPort } from "node:worker_threads";
import * as Comlink from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { work } from "../workloads.mjs";

Comlink.expose(
  {
    ...work,
    callbacks: async (count, tick) => {
      let n = 0;
      for (let i = 0; i < count; i++) n = await tick(n);
      return n;
    },
  },
  nodeEndpoint(parentPort),
);
