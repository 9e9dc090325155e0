// Calls that were given up: what a host makes of handlers that end, that sleep and that loop, in programs that tell and in programs that do not.
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { grpcDriver, readForeignContract, type GrpcArtifact } from "@tenon/drivers/grpc";
import { createHost, type Host, type Limits } from "@tenon/host";
import type { Contract } from "@tenon/contract";
import { rejection } from "@tenon/verify";
import { goMissing, goProgram } from "./go-programs.ts";

interface Options {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}
interface Counter {
  readonly counter: { readonly get: (request: { key: string }, options?: Options) => Promise<{ value: bigint }> };
}

const noGo = goMissing();
const isTold = process.platform === "linux";

describe("a go-plugin that ignores its cancellations", { skip: noGo ?? false }, () => {
  let host: Host;
  let artifact: GrpcArtifact;
  let contract: Contract<Counter, never>;
  before(async () => {
    const program = { command: [goProgram("stubborn")], cookie: { key: "STUBBORN", value: "yes" } };
    const read = await readForeignContract(program);
    contract = read.contract as Contract<Counter, never>;
    artifact = { ...program, protocol: "go-plugin", schema: read.schema };
    host = createHost({ drivers: [grpcDriver] });
  });
  after(() => host?.close());

  const load = (id: string, limits: Partial<Limits> = {}): Promise<Counter> =>
    host.load(contract, { id, boundary: "grpc", artifact, limits, restart: { backoffMs: 1 } });

  for (const how of ["deadline", "cancellation"] as const) {
    test(`one that loops in a goroutine is ended after its ${how}`, async () => {
      const { counter } = await load(`loops-${how}`);
      assert.equal((await counter.get({ key: "" })).value, 1n);
      if (how === "deadline") await rejection(counter.get({ key: "loop" }, { deadlineMs: 50 }), "deadline-exceeded");
      else {
        const controller = new AbortController();
        const pending = counter.get({ key: "loop" }, { signal: controller.signal });
        controller.abort();
        await rejection(pending, "cancelled");
      }
      // Its successor counts anew. Until then the old one answers, or is lost in the middle of it.
      for (;;) {
        const value = await counter.get({ key: "" }).then(
          (answer) => answer.value,
          () => undefined,
        );
        if (value === 1n) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
  }

  test(
    "one that only sleeps computes nothing, and goes on",
    { skip: isTold ? false : "only Linux tells the state of threads" },
    async () => {
      // Plenty for a process to fall asleep in, also on a machine with other work.
      const cancelGraceMs = 2000;
      const { counter } = await load("sleeps", { cancelGraceMs });
      assert.equal((await counter.get({ key: "" })).value, 1n);
      await rejection(counter.get({ key: "sleep" }, { deadlineMs: 50 }), "deadline-exceeded");
      await new Promise((resolve) => setTimeout(resolve, cancelGraceMs + 500));
      assert.equal((await counter.get({ key: "" })).value, 2n);
    },
  );
});
