// A plugin's folder -> its manifest `tenon.json`, checked. Form: the plugin manifest, reduced to what a builder plugin needs.
import { join } from "node:path";
import { plugin as contract } from "../generated/plugin.ts";
import { readJsonFile, type JsonValue } from "./json-reader.ts";

export type FileMode = "r" | "rw";

export interface FileCapability {
  /** A pattern below the project's folder. */
  readonly path: string;
  readonly mode: FileMode;
  readonly why: string;
}

export interface ToolCapability {
  /** A program's name, looked up in PATH. */
  readonly program: string;
  readonly why: string;
}

export interface ManifestArtifact {
  readonly id: string;
  readonly boundary: string;
  /** What the boundary's driver needs, with its placeholders still in it. */
  readonly artifact: Readonly<Record<string, unknown>>;
}

/** A program without which the plugin itself cannot start. */
export interface Requirement {
  readonly program: string;
  readonly hint: string;
}

export interface Manifest {
  /** The folder that holds it, absolute. */
  readonly folder: string;
  /** `namespace/name`. */
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  /** In order of preference: the first one is used where policy says nothing. */
  readonly artifacts: readonly ManifestArtifact[];
  readonly files: readonly FileCapability[];
  readonly tools: readonly ToolCapability[];
  readonly requires: readonly Requirement[];
  /** A project without a file that one of these matches is none of the plugin's, so it need not be asked. */
  readonly detect: readonly string[];
  readonly limits: { readonly startMs?: number; readonly callMs?: number; readonly memoryMiB?: number };
}

export const MANIFEST_FILE = "tenon.json";

const ID = { pattern: /^[a-z0-9-]{1,39}\/[a-z0-9-]{1,64}$/, what: "an id of the form namespace/name" };
const NAME = { pattern: /^[a-z0-9-]{1,64}$/, what: "a name of a-z, 0-9 and -" };
const VERSION = { pattern: /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, what: "a version of the form 1.2.3" };
const PROGRAM = { pattern: /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, what: "the bare name of a program" };
const PATTERN = { pattern: /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]+$/, what: "a relative path pattern without .." };
const PROJECT_PREFIX = "${project}/";

/** Reads and checks `folder/tenon.json`. Throws file-missing, config-invalid with the JSON path, or contract-mismatch. */
export function readManifest(folder: string): Manifest {
  const root = readJsonFile(join(folder, MANIFEST_FILE));
  const schema = root.get("schema");
  if (schema.value !== 1) schema.refuse("must be 1, the only form this builder reads");
  checkContract(root.get("contracts"));
  const limits = root.get("limits");
  const capabilities = root.get("capabilities");
  const artifacts = root.get("artifacts");
  if (artifacts.list().length === 0) artifacts.refuse("must have at least one entry");
  const readLimit = (name: string, max: number): number | undefined =>
    limits.isMissing || limits.get(name).isMissing ? undefined : limits.get(name).integer(1, max);
  const [startMs, callMs, memoryMiB] = [
    readLimit("startMs", 600_000),
    readLimit("callMs", 3_600_000),
    readLimit("memoryMiB", 1 << 20),
  ];
  return {
    folder,
    id: root.get("id").text(ID),
    version: root.get("version").text(VERSION),
    title: root.get("title").text(),
    description: root.get("description").text(),
    artifacts: artifacts.list().map(readArtifact),
    files: capabilities.isMissing ? [] : capabilities.get("fs").list().map(readFileCapability),
    tools: capabilities.isMissing ? [] : capabilities.get("exec").list().map(readToolCapability),
    requires: root
      .get("requires")
      .list()
      .map((at) => ({ program: readProgramName(at.get("program")), hint: at.get("hint").text() })),
    detect: root
      .get("detect")
      .list()
      .map((pattern) => pattern.text(PATTERN)),
    limits: {
      ...(startMs !== undefined && { startMs }),
      ...(callMs !== undefined && { callMs }),
      ...(memoryMiB !== undefined && { memoryMiB }),
    },
  };
}

/** `${project}/src/**` -> `src/**`; the pattern must stay in the project. */
export function readProjectPattern(at: JsonValue): string {
  const text = at.text();
  if (!text.startsWith(PROJECT_PREFIX)) return at.refuse(`must start with ${PROJECT_PREFIX}`);
  const pattern = text.slice(PROJECT_PREFIX.length);
  return PATTERN.pattern.test(pattern) ? pattern : at.refuse(`must hold ${PATTERN.what} after ${PROJECT_PREFIX}`);
}

/** A program's name as capabilities and grants write it. */
export function readProgramName(at: JsonValue): string {
  return at.text(PROGRAM);
}

function checkContract(contracts: JsonValue): void {
  const wanted = `${contract.id.split("@")[0]}`;
  const isOurs = contracts
    .list()
    .some((entry) => `${entry.get("package").text()}/${entry.get("world").text()}` === wanted);
  if (!isOurs) contracts.refuse(`must name the contract ${wanted}`);
}

function readArtifact(at: JsonValue): ManifestArtifact {
  const { id: _, boundary: __, ...artifact } = at.object();
  return { id: at.get("id").text(NAME), boundary: at.get("boundary").text(NAME), artifact };
}

function readFileCapability(at: JsonValue): FileCapability {
  return {
    path: readProjectPattern(at.get("path")),
    mode: at.get("mode").oneOf(["r", "rw"]),
    why: at.get("why").text(),
  };
}

function readToolCapability(at: JsonValue): ToolCapability {
  return { program: readProgramName(at.get("program")), why: at.get("why").text() };
}
