// What Python plugins over gRPC stand on, in a virtual environment outside of the tree; the second run finds it there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const PACKAGES = ["cryptography==50.0.2", "grpcio==1.85.1", "grpcio-health-checking==1.85.1", "grpcio-tools==1.85.1"];

/**
 * The interpreter with these packages; else why there is none, for a skip. With CI=true they are installed, and what fails is
 * thrown; on a user's machine nothing is downloaded without being asked.
 */
export function pythonWithGrpc(): { readonly python: string } | { readonly missing: string } {
  const mine = spawnSync("python3", ["-c", "import grpc_tools, grpc_health, cryptography"]);
  if (mine.status === 0) return { python: "python3" };
  const folder = join(tmpdir(), "tenon-python-grpc-1.85.1");
  const python = join(folder, "bin/python");
  if (existsSync(folder)) return { python };
  if (process.env["CI"] !== "true")
    return {
      missing: `Python has no ${PACKAGES.map((name) => name.split("==")[0]).join(", ")}; CI=true installs them in ${folder}`,
    };
  // Test files run side by side: each makes its own, and the first that is done is everybody's.
  const made = mkdtempSync(`${folder}-`);
  try {
    must("python3", ["-m", "venv", made]);
    must(join(made, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return { python };
}

export function must(program: string, args: readonly string[], cwd: string = tmpdir()): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr + stdout}`);
}
