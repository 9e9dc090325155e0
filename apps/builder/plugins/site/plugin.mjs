// A builder plugin for static sites: a long-lived process that knows no Tenon package, only lines of JSON.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { serve } from "./rpc.mjs";
import { makeSite } from "./site.mjs";

/** A WIT `result` in JSON: `{ ok }` or `{ err }`; an err is thrown, with its tag, so that site.mjs can tell them apart. */
async function unwrap(reply, what) {
  const result = await reply;
  if (!Object.hasOwn(result, "err")) return result.ok;
  const { tag, val } = typeof result.err === "string" ? { tag: result.err } : result.err;
  throw Object.assign(new Error(`${what}: ${val ?? tag}`), { tag });
}

function projectOf({ call }) {
  return {
    list: (folder) => unwrap(call("project.list-files", folder), folder),
    text: (path) => unwrap(call("project.read-text", path), path),
  };
}

async function writeSite(outDir, files) {
  const artifacts = [];
  for (const [path, text] of files) {
    const target = join(outDir, ...path.split("/"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    artifacts.push({ path, kind: path.endsWith(".html") ? "document" : "auxiliary", size: Buffer.byteLength(text) });
  }
  const isMain = (artifact) => artifact.path === "index.html";
  return [...artifacts.filter(isMain), ...artifacts.filter((artifact) => !isMain(artifact))];
}

serve("tenon:builder/plugin@0.1.0", {
  "builder.info": () => ({
    name: "site",
    version: "0.1.0",
    description: "Static web sites from Markdown, templates and tables.",
    languages: ["markdown"],
    targets: ["html"],
  }),
  "builder.detect": (_, files) => {
    const isSite = files.includes("site.json") && files.some((file) => file.startsWith("pages/"));
    return isSite ? { language: "markdown", confidence: 95, entry: "site.json" } : null;
  },
  "builder.check-tools": () => [],
  "builder.build": async (host, request) => {
    const target = request.target ?? "html";
    if (target !== "html") return { err: { tag: "unsupported", val: `there is no target ${target}, only html` } };
    const progress = (message, percent) => {
      if (host.signal.aborted) throw Object.assign(new Error("cancelled"), { tag: "cancelled" });
      host.tell("report.progress", message, percent);
    };
    try {
      const { files, diagnostics } = await makeSite(projectOf(host), progress);
      if (diagnostics.length > 0) return { err: { tag: "compile-failed", val: diagnostics } };
      const artifacts = await writeSite(request["out-dir"], files);
      return { ok: { artifacts, diagnostics: [], run: null } };
    } catch (error) {
      return { err: error.tag === "cancelled" ? { tag: "cancelled" } : { tag: "io", val: error.message } };
    }
  },
  "builder.clean": () => ({ ok: [] }),
});
