#!/usr/bin/env node
// builder: builds Rust projects with cargo and collects what came out in one folder. A program of its own; see --help.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCargo } from "./cargo.mjs";
import { readMessages } from "./messages.mjs";

const HELP = `builder COMMAND

  build PROJECT [--out DIR] [--release] [--target TRIPLE] [--json]
      Runs cargo and copies the programs it made to DIR (default: PROJECT/out).
      cargo's own files go to a cache folder of the user, so the project stays as it is.
  clean PROJECT [--json]
      Removes the project's cache folder.
  check
      Says which cargo is installed.

  --json   prints one JSON object: { main, artifacts, messages } or { message }

Exit codes: 0 built, 1 the project does not compile, 2 wrong usage, 3 cargo is missing.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv) {
  let parsed;
  try {
    const options = {
      out: { type: "string" },
      target: { type: "string" },
      release: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    };
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    return fail(2, error.message, argv.includes("--json"));
  }
  const { values, positionals } = parsed;
  const [command, project, ...more] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (command === "check") return check();
  if (more.length > 0 || project === undefined) return fail(2, `${command} takes one project`, values.json);
  if (command === "clean") return clean(project, values.json);
  if (command === "build") return build(resolve(project), values);
  return fail(2, `there is no command ${command}`, values.json);
}

function fail(code, message, isJson) {
  if (isJson) print({ message });
  else process.stderr.write(`builder: ${message}\n`);
  return code;
}

function print(json) {
  process.stdout.write(`${JSON.stringify(json)}\n`);
}

async function check() {
  const { code, stdout } = await runCargo(["--version"], {});
  process.stdout.write(code === 0 ? stdout : "cargo is not installed\n");
  return code === 0 ? 0 : 3;
}

/** One folder for each project, named so that a person can tell which. */
function cacheOf(project) {
  const parent = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const hash = createHash("sha256").update(resolve(project)).digest("hex").slice(0, 12);
  return join(parent, "cargo-builder", `${basename(resolve(project))}-${hash}`);
}

function clean(project, isJson) {
  const folder = cacheOf(project);
  const removed = existsSync(folder) ? [folder] : [];
  rmSync(folder, { recursive: true, force: true });
  if (isJson) print({ removed });
  else for (const path of removed) process.stdout.write(`removed ${path}\n`);
  return 0;
}

async function build(project, { out = join(project, "out"), release, target, json }) {
  if (!existsSync(join(project, "Cargo.toml"))) return fail(2, `${project} has no Cargo.toml`, json);
  const args = ["build", "--message-format=json", "--target-dir", cacheOf(project)];
  if (release) args.push("--release");
  if (target) args.push("--target", target);
  const { code, stdout, stderr, isMissing } = await runCargo(args, { cwd: project });
  if (isMissing) return fail(3, "cargo is not installed", json);
  const { messages, programs } = readMessages(stdout);
  if (code !== 0) return report({ messages: explained(messages, stderr) }, 1, json);
  const artifacts = programs.map((file) => collect(file, out));
  return report({ main: artifacts[0]?.path ?? null, artifacts, messages }, 0, json);
}

/** cargo itself says what is wrong with a manifest or a dependency on standard error alone. */
function explained(messages, stderr) {
  if (messages.some((one) => one.severity === "error")) return messages;
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const start = Math.max(
    0,
    lines.findIndex((line) => line.startsWith("error")),
  );
  const place = /-->\s*(?:.*[\\/])?(Cargo\.toml):(\d+):(\d+)/.exec(stderr);
  const message =
    lines
      .slice(start, start + 8)
      .join("\n")
      .replace(/^error: /, "") || "cargo failed without a message";
  const at = place === null ? {} : { file: place[1], line: Number(place[2]), column: Number(place[3]) };
  return [...messages, { severity: "error", message, ...at }];
}

function collect(file, out) {
  mkdirSync(out, { recursive: true });
  const path = basename(file);
  copyFileSync(file, join(out, path));
  const isLibrary = /\.(so|dylib|dll|a|rlib)$/.test(path);
  return {
    path,
    kind: isLibrary ? "library" : path.endsWith(".wasm") ? "wasm" : "executable",
    size: statSync(file).size,
  };
}

function report(result, code, isJson) {
  if (isJson) print(result);
  else {
    for (const { severity, message, file, line, column } of result.messages) {
      process.stderr.write(`${file === undefined ? "" : `${file}:${line}:${column}: `}${severity}: ${message}\n`);
    }
    for (const { path, size } of result.artifacts ?? []) process.stdout.write(`${path} (${size} bytes)\n`);
  }
  return code;
}
