// Programs that others wrote, or that stand on their libraries, built outside of the tree; the second run finds them there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FOLDER = join(tmpdir(), "tenon-foreign-programs");
const OWN = fileURLToPath(new URL("fixtures/go", import.meta.url));
const EXAMPLES = "github.com/hashicorp/go-plugin/examples";
const VERSION = "v1.8.0";
/** The oldest toolchain that go-plugin 1.8 and the Terraform framework build with. */
const GO = [1, 25] as const;

/** Why the Go programs cannot be built here; undefined where they can. In CI a missing toolchain is a failure, not a skip. */
export function goMissing(): string | undefined {
  const { stdout } = spawnSync("go", ["version"], { cwd: OWN, encoding: "utf8" });
  const found = /go(\d+)\.(\d+)/.exec(stdout ?? "");
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
  if (found !== null && (major > GO[0] || (major === GO[0] && minor >= GO[1]))) return undefined;
  const reason = `Go ${GO.join(".")} or later is needed${found === null ? "" : `, ${found[0]} is installed`}`;
  if (process.env["CI"] === "true") throw new Error(reason);
  return reason;
}

export interface GoPrograms {
  /** go-plugin's own examples. */
  readonly kv: string;
  readonly bidirectional: string;
  /** Our sources over HashiCorp's libraries: a Terraform provider, a plugin that opens services through the broker, a host. */
  readonly provider: string;
  readonly opener: string;
  readonly host: string;
}

function run(args: readonly string[], folder: string, cwd: string): void {
  mkdirSync(folder, { recursive: true });
  const done = spawnSync("go", args, { cwd, encoding: "utf8", env: { ...process.env, GOBIN: folder } });
  if (done.status !== 0) throw new Error(`go ${args.join(" ")}: ${done.stderr}`);
}

/** A program by its module and version, as its authors publish it. */
function installed(name: string, module: string): string {
  const program = join(FOLDER, name, module.replace(/@.*/, "").split("/").at(-1)!);
  if (!existsSync(program)) run(["install", module], join(FOLDER, name), tmpdir());
  return program;
}

/** The client by which people look at gRPC servers. */
export function grpcurl(): string {
  return installed("grpcurl", "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3");
}

/** Programs of others that are used as they are published; a module proxy does not serve every version of them everywhere. */
export const PUBLISHED = {
  "terraform-provider-time": "github.com/hashicorp/terraform-provider-time@v0.14.2",
  "tflint-ruleset-terraform": "github.com/terraform-linters/tflint-ruleset-terraform@v0.15.0",
} as const;

/** The program, or why it cannot be had: a refusal of the proxy is nothing that this project could mend. */
export function published(name: keyof typeof PUBLISHED): { readonly program: string } | { readonly missing: string } {
  const reason = goMissing();
  if (reason !== undefined) return { missing: reason };
  try {
    return { program: installed(name, PUBLISHED[name]) };
  } catch (thrown) {
    const refusal = /40[34] (?:Forbidden|Not Found)[^]*|requires go >= [^\n]*/.exec(String(thrown));
    if (refusal === null) throw thrown;
    return { missing: `${PUBLISHED[name]} cannot be installed: ${refusal[0].trim().split("\n")[0]}` };
  }
}

/** One of our sources, by the name of its folder. Go itself knows whether anything changed. */
export function goProgram(name: string): string {
  run(["build", "-o", FOLDER, `./${name}`], FOLDER, OWN);
  return join(FOLDER, name);
}

export function buildGoPrograms(): GoPrograms {
  return {
    kv: installed("kv", `${EXAMPLES}/grpc/plugin-go-grpc@${VERSION}`),
    bidirectional: installed("bidirectional", `${EXAMPLES}/bidirectional/plugin-go-grpc@${VERSION}`),
    provider: goProgram("provider"),
    opener: goProgram("opener"),
    host: goProgram("host"),
  };
}

/** CrowdSec's `notification-dummy` out of Debian's package, which is unpacked and not installed. Undefined without apt-get. */
export function crowdsecPlugin(): string | undefined {
  const folder = join(FOLDER, "crowdsec");
  const program = join(folder, "usr/lib/crowdsec/plugins/dummy");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const run = (command: string, args: readonly string[]): boolean =>
    spawnSync(command, args, { cwd: folder, encoding: "utf8" }).status === 0;
  const download = (): boolean => run("apt-get", ["download", "-q", "crowdsec"]);
  const isThere = download() || (process.getuid?.() === 0 && run("apt-get", ["update", "-qq"]) && download());
  const archive = isThere ? readdirSync(folder).find((name) => name.endsWith(".deb")) : undefined;
  if (archive !== undefined && run("dpkg-deb", ["-x", archive, folder])) return program;
  if (process.env["CI"] === "true") throw new Error("apt-get cannot download the package crowdsec");
  return undefined;
}
