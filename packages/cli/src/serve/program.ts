// A component that answers HTTP -> what threads need to answer for it, compiled once.
import { TenonError } from "@tenon/contract/core";
import { createPreview2 } from "@tenon/wasi";
import { planComponent } from "@tenon/wasm";
import { checkImports, compileComponent, neededBy } from "../run/component-program.ts";
import { grantsOf } from "../run/grants.ts";
import { readProgram } from "../run/program-file.ts";
import type { RunRequest } from "../run/request.ts";
import type { ServeStart } from "./messages.ts";

const HANDLER = /^wasi:http\/incoming-handler@0\.2\.\d+$/;

/** Rejects with what keeps the program from answering anything. */
export async function loadProgram(request: RunRequest, maxBodyBytes: number): Promise<ServeStart> {
  const { file } = request;
  const { bytes, kind } = readProgram(file);
  if (kind === "module") throw noHandler(file, "is a core module");
  const plan = planComponent(bytes);
  const handler = plan.world.exports.find(({ id }) => HANDLER.test(id))?.id;
  if (handler === undefined) throw noHandler(file, "exports no wasi:http/incoming-handler@0.2");
  // Opened once, so that a folder that is not there is told before the first request.
  const wasi = createPreview2(await grantsOf(request));
  try {
    checkImports(plan, wasi.importsFor(neededBy(plan)), file);
  } finally {
    wasi.close();
  }
  return { plan, modules: await compileComponent(plan, bytes, request), request, handler, maxBodyBytes };
}

function noHandler(file: string, why: string): TenonError {
  return new TenonError("artifact-invalid", `${file} ${why}`, {
    hint: "build it for the world wasi:http/proxy; a command runs with `tenon run`",
    sideEffects: "none",
  });
}
