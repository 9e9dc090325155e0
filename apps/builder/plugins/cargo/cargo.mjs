// One run of cargo: its JSON is collected, what it tells people goes on to standard error as it comes.
import { spawn } from "node:child_process";

/** @returns {Promise<{ code: number, stdout: string, stderr: string, isMissing: boolean }>} */
export function runCargo(args, { cwd }) {
  return new Promise((resolve) => {
    const child = spawn("cargo", args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CARGO_TERM_COLOR: "never" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      process.stderr.write(text);
    });
    child.on("error", (error) =>
      resolve({ code: 127, stdout, stderr: error.message, isMissing: error.code === "ENOENT" }),
    );
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr, isMissing: false }));
  });
}
