// The options by which `tenon inspect` and `tenon call` meet programs of go-plugin that were not made for Tenon.
import type { Command } from "commander";
import type { ForeignContract } from "@tenon/drivers/grpc";
import { usage } from "../usage.ts";

export interface ForeignOptions {
  /** `KEY=VALUE`. */
  readonly cookie?: string;
  readonly protocolVersions?: string;
  readonly proto?: string;
  /** False for `--no-mtls`. */
  readonly mtls?: boolean;
}

export interface ForeignProgram extends ForeignContract {
  readonly artifact: Readonly<Record<string, unknown>>;
}

/** Adds the options to a verb. */
export function addForeignOptions(command: Command): Command {
  return command
    .option(
      "--cookie <key=value>",
      "it is a go-plugin program that starts with this variable; its services are its contract",
    )
    .option("--protocol-versions <list>", "versions of its application's protocol, separated by commas; default 1")
    .option("--proto <file>", "its .proto or descriptor set, for programs that do not describe themselves")
    .option("--no-mtls", "speak to it without TLS, for programs that cannot");
}

/** Whether the command line is about such a program. Throws usage for options that need `--cookie`. */
export function isForeign({ cookie, protocolVersions, proto }: ForeignOptions, verb: string): boolean {
  if (cookie !== undefined) return true;
  if (protocolVersions === undefined && proto === undefined) return false;
  throw usage("--protocol-versions and --proto are for go-plugin programs: give --cookie KEY=VALUE too", verb);
}

/** Starts the program to read its services, or reads them from `--proto`; then how to load it. Throws as `readForeignContract`. */
export async function readForeignProgram(
  command: readonly string[],
  options: ForeignOptions,
  verb: string,
): Promise<ForeignProgram> {
  const { readForeignContract } = await import("@tenon/drivers/grpc");
  const program = {
    command,
    cookie: readCookie(options.cookie ?? "", verb),
    versions: readVersions(options.protocolVersions ?? "1", verb),
    autoMtls: options.mtls !== false,
  };
  const foreign = await readForeignContract(options.proto === undefined ? program : { proto: options.proto });
  return { ...foreign, artifact: { ...program, protocol: "go-plugin", schema: foreign.schema } };
}

function readCookie(text: string, verb: string): { readonly key: string; readonly value: string } {
  const at = text.indexOf("=");
  if (at < 1) throw usage(`--cookie wants KEY=VALUE, got ${JSON.stringify(text)}`, verb);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

function readVersions(text: string, verb: string): readonly number[] {
  const versions = text.split(",").map(Number);
  if (versions.every((version) => Number.isSafeInteger(version) && version >= 0)) return versions;
  throw usage(`--protocol-versions wants whole numbers separated by commas, got ${JSON.stringify(text)}`, verb);
}
