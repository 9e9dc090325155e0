// What a `grpc` artifact may be -> a checked plan of what to start or to dial.
import { readFileSync } from "node:fs";
import { TenonError } from "@tenon/contract/core";
import type { Granted } from "@tenon/host/driver";
import { TENON_COOKIE } from "@tenon/plugin/grpc";
import { readCommand, type Command, type ProgramArtifact } from "../_process/command.ts";
import type { ForeignSchema } from "./foreign/schema.ts";

/** What host and plugin say to each other beside the calls. */
interface ProtocolOptions {
  /**
   * `tenon` (default): a plugin of an author kit, which checks the contract's digest and may call the host.
   * `go-plugin`: a program that others wrote; the contract is the one that was derived from its services.
   */
  readonly protocol?: "tenon" | "go-plugin";
  /** The services of a foreign plugin, as `readForeignContract` gives them. Needed for `go-plugin` only. */
  readonly schema?: ForeignSchema;
}

/** A program on this machine, started as HashiCorp's go-plugin starts its plugins. */
export interface GrpcProgramArtifact extends ProgramArtifact, ProtocolOptions {
  /** The variable by which the program knows that a host started it. Default Tenon's own. */
  readonly cookie?: { readonly key: string; readonly value: string };
  /** The versions of the application's protocol that the host speaks. Default `[1]`. */
  readonly versions?: readonly number[];
  /** Mutual TLS with certificates made for this one run. Default true; false only for programs that cannot. */
  readonly autoMtls?: boolean;
}

/** Certificates, as paths of PEM files. */
export interface GrpcTls {
  /** Who may have signed the server's certificate. Default: the authorities that Node knows. */
  readonly ca?: string;
  /** The host's own certificate and key, for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, where it is not the one that is dialled. */
  readonly serverName?: string;
}

/** A plugin that runs already, on this machine or on many others. */
export interface GrpcTargetArtifact extends ProtocolOptions {
  /**
   * `host:port` or `unix:/path` is one place to call. `dns:///host:port` is every address that the name has, and
   * `ipv4:10.0.0.1:50051,10.0.0.2:50051` every address in the list: calls go round.
   */
  readonly target: string;
  /** Default: TLS with the authorities that Node knows. `false` sends everything readable, for the machine itself and for trusted networks. */
  readonly tls?: GrpcTls | false;
}

/** A go-plugin program that another host started (Terraform's `TF_REATTACH_PROVIDERS` has these members). */
export interface GrpcReattachArtifact extends ProtocolOptions {
  readonly reattach: {
    readonly address: string;
    readonly pid: number;
    /** Of the process, in clock ticks since the machine started (`/proc/PID/stat`, field 22); another process of this id is refused. */
    readonly startTime?: number;
    /** True leaves the process alone when the plugin is closed. */
    readonly keepRunning?: boolean;
  };
}

export type GrpcArtifact = GrpcProgramArtifact | GrpcTargetArtifact | GrpcReattachArtifact;

interface Protocol {
  readonly isForeign: boolean;
  readonly schema: ForeignSchema | undefined;
}

export type Plan = Protocol &
  (
    | {
        readonly kind: "program";
        readonly command: Command;
        readonly cookie: { readonly key: string; readonly value: string };
        readonly versions: readonly number[];
        readonly autoMtls: boolean;
      }
    | { readonly kind: "target"; readonly target: string; readonly tls: LoadedTls | false }
    | { readonly kind: "reattach"; readonly reattach: GrpcReattachArtifact["reattach"] }
  );

export interface LoadedTls {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly serverName: string | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

/** Throws config-invalid with the member that is wrong, file-missing, or capability-denied. */
export function readArtifact(artifact: GrpcArtifact, granted?: Granted): Plan {
  const given = (artifact ?? {}) as unknown as Loose;
  const { protocol = "tenon", schema } = given;
  if (protocol !== "tenon" && protocol !== "go-plugin")
    throw invalid(
      'artifact.protocol must be "tenon" or "go-plugin"',
      "leave it out for a plugin of a Tenon author kit",
    );
  const isForeign = protocol === "go-plugin";
  if (isForeign && schema === undefined)
    throw invalid("a go-plugin artifact needs the schema of its services", "take both from readForeignContract()");
  const shared = { isForeign, schema: schema as ForeignSchema | undefined };
  const kinds = ["command", "target", "reattach"].filter((kind) => given[kind] !== undefined);
  if (kinds.length !== 1)
    throw invalid(
      "artifact needs exactly one of command, target and reattach",
      'write command: ["./plugin"] or target: "host:port"',
    );
  if (given["command"] !== undefined) return { ...shared, ...readProgram(artifact as GrpcProgramArtifact, granted) };
  if (given["target"] !== undefined) return { ...shared, ...readTarget(given) };
  return { ...shared, kind: "reattach", reattach: readReattach(given["reattach"]) };
}

function readProgram(
  artifact: GrpcProgramArtifact,
  granted: Granted | undefined,
): Omit<Extract<Plan, { kind: "program" }>, keyof Protocol> {
  const { cookie = TENON_COOKIE, versions = [1], autoMtls = true } = artifact;
  if (
    typeof cookie?.key !== "string" ||
    cookie.key === "" ||
    cookie.key.includes("=") ||
    typeof cookie.value !== "string"
  )
    throw invalid("artifact.cookie must have the texts key and value", "take them from the plugin's documentation");
  if (
    !Array.isArray(versions) ||
    versions.length === 0 ||
    !versions.every((one) => Number.isSafeInteger(one) && one >= 0)
  )
    throw invalid("artifact.versions must be a list of whole numbers", "write versions: [5, 6]");
  if (typeof autoMtls !== "boolean") throw invalid("artifact.autoMtls must be true or false", "leave it out");
  return { kind: "program", command: readCommand(artifact, granted), cookie, versions, autoMtls };
}

function readTarget({ target, tls }: Loose): Omit<Extract<Plan, { kind: "target" }>, keyof Protocol> {
  if (typeof target !== "string" || target === "" || /[\s\0]/.test(target))
    throw invalid("artifact.target must be an address", 'write "host:port", "dns:///host:port" or "unix:/path"');
  if (tls === false) return { kind: "target", target, tls };
  const { ca, cert, key, serverName } = (tls ?? {}) as Loose;
  if ((cert === undefined) !== (key === undefined))
    throw invalid("artifact.tls needs cert and key together", "give both, or neither");
  if (serverName !== undefined && typeof serverName !== "string")
    throw invalid("artifact.tls.serverName must be a text", "leave it out for the name that is dialled");
  const loaded = { ca: readPem(ca, "ca"), cert: readPem(cert, "cert"), key: readPem(key, "key"), serverName };
  return { kind: "target", target, tls: loaded };
}

function readPem(path: unknown, name: string): Buffer | null {
  if (path === undefined) return null;
  if (typeof path !== "string") throw invalid(`artifact.tls.${name} must be the path of a PEM file`, "mend it");
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TenonError("file-missing", `artifact.tls.${name} cannot be read: ${path}`, {
      cause,
      sideEffects: "none",
    });
  }
}

function readReattach(given: unknown): GrpcReattachArtifact["reattach"] {
  const { address, pid, startTime, keepRunning } = (given ?? {}) as Loose;
  const isPid = Number.isSafeInteger(pid) && (pid as number) > 1;
  const isTime = startTime === undefined || Number.isSafeInteger(startTime);
  if (typeof address !== "string" || !address.startsWith("/") || !isPid || !isTime)
    throw invalid(
      "artifact.reattach needs the path of a socket and a process id",
      'write { address: "/run/x/plugin1", pid: 123 }',
    );
  return {
    address,
    pid: pid as number,
    ...(startTime !== undefined && { startTime: startTime as number }),
    ...(keepRunning === true && { keepRunning }),
  };
}

export function invalid(what: string, hint: string): TenonError {
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}
