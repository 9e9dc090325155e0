// A program -> a running go-plugin process whose handshake held: one line, one socket in a folder of our own, TLS as asked for.
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, rmdirSync } from "node:fs";
import process from "node:process";
import type { SecureContext } from "node:tls";
import { TenonError, terminalSafe } from "@tenon/contract/core";
import type { OpenContext } from "@tenon/host/driver";
import {
  certificatePem,
  ENV,
  MAX_LINE_BYTES,
  parseHandshakeLine,
  type Certificate,
  type HandshakeLine,
} from "@tenon/plugin/grpc";
import { Child } from "../_process/child.ts";
import { confined } from "../_process/sandbox/confine.ts";
import { temporaryPrefix } from "../_process/temporary.ts";
import { GoOutput } from "./logs.ts";
import type { Plan } from "./options.ts";
import { makeOwnTlsAhead, takeOwnTls, trusting, type OwnTls } from "./own-tls.ts";
import { checkedSocket } from "./socket-path.ts";

export interface Launched {
  readonly child: Child;
  /** Where the sockets are, ours too; gone after `dispose`. */
  readonly folder: string;
  /** What grpc-js dials: `unix:/path` or `127.0.0.1:port`. */
  readonly target: string;
  /** Our certificate and that of the plugin, with AutoMTLS. The context has the one and trusts the other. */
  readonly tls: { readonly own: Certificate; readonly peerPem: string; readonly context: SecureContext } | undefined;
  readonly appVersion: number;
}

export type LaunchContext = Pick<OpenContext, "output" | "folder" | "granted" | "limits">;
export type ProgramPlan = Extract<Plan, { kind: "program" }>;

/** The address of a unix socket has room for 107 bytes (unix(7)); go-plugin appends `/plugin` and ten digits. */
const MAX_SOCKET_PATH = 107;

/**
 * Starts the program and waits for its line. Rejects with start-failed, file-missing, artifact-invalid or handshake-failed;
 * nothing of it runs or stands in the file system then.
 */
export async function launch(plan: ProgramPlan, context: LaunchContext, signal: AbortSignal): Promise<Launched> {
  const folder = mkdtempSync(temporaryPrefix("grpc"));
  const own = plan.autoMtls ? takeOwnTls() : undefined;
  let child: Child | undefined;
  try {
    if (folder.length + 18 > MAX_SOCKET_PATH)
      throw new TenonError("config-invalid", `the folder for sockets has a path of ${folder.length} bytes`, {
        hint: "set TMPDIR to a shorter folder",
        sideEffects: "none",
      });
    const command = confined({ ...plan.command, env: environment(plan, folder, own?.certificate) }, context, {
      writable: [folder],
    });
    child = await Child.start(command, new GoOutput(context.output));
    if (own !== undefined) makeOwnTlsAhead();
    const { line, rest } = await firstLine(child, signal);
    const handshake = parseHandshakeLine(line);
    const target = checkedTarget(handshake, folder);
    checkVersion(handshake, plan);
    checkTls(handshake, plan);
    child.logStdout(rest);
    const tls = own && handshake.certificate && agreed(own, handshake.certificate);
    return { child, folder, target, tls, appVersion: handshake.appVersion };
  } catch (thrown) {
    child?.kill("SIGKILL");
    const ended = (child?.ended ?? Promise.resolve({ notes: [] })).finally(() => removeFolder(folder));
    // Whoever gave up the start takes the reason that is there at once.
    if (signal.aborted || !(thrown instanceof TenonError)) throw thrown;
    throw thrown.with({ notes: (await ended).notes });
  }
}

/** Ends a program that is not wanted any more, with its sockets. */
export async function discard({ child, folder }: Launched): Promise<void> {
  child.kill("SIGKILL");
  await child.ended;
  removeFolder(folder);
}

/** Ends what is left of the sockets; the process is the caller's to end. */
export function removeFolder(folder: string): void {
  try {
    // Needs no descriptor, as looking into it does, and that of a program that was not started is empty.
    rmdirSync(folder);
  } catch {
    rmSync(folder, { recursive: true, force: true });
  }
}

function agreed(own: OwnTls, peer: Uint8Array): Launched["tls"] {
  return { own: own.certificate, peerPem: certificatePem(peer), context: trusting(own, peer) };
}

function environment(plan: ProgramPlan, folder: string, own: Certificate | undefined): NodeJS.ProcessEnv {
  return {
    ...plan.command.env,
    // Plugins older than the variable for it (go-plugin 1.5) put their socket where temporary files go.
    TMPDIR: folder,
    [plan.cookie.key]: plan.cookie.value,
    [ENV.versions]: plan.versions.join(","),
    [ENV.socketDir]: folder,
    [ENV.minPort]: "10000",
    [ENV.maxPort]: "25000",
    ...(own !== undefined && { [ENV.clientCert]: own.certPem }),
  };
}

function firstLine(child: Child, signal: AbortSignal): Promise<{ readonly line: string; readonly rest: Uint8Array }> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const done = (): void => {
      child.stdout.off("data", onData);
      child.stdout.pause();
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      done();
      reject(error);
    };
    const onAbort = (): void => fail(givenUp(signal.reason, seen));
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(10);
      if (end > MAX_LINE_BYTES || (end < 0 && seen.length > MAX_LINE_BYTES)) {
        return fail(refused(`the plugin printed ${MAX_LINE_BYTES} bytes without a newline${said(seen)}`));
      }
      if (end < 0) return;
      done();
      resolve({ line: seen.toString("utf8", 0, end), rest: seen.subarray(end + 1) });
    };
    child.stdout.on("data", onData);
    child.stdout.on("error", fail);
    // An exit before the line tells its code; a program that only closes its output never will.
    child.stdout.once("end", () =>
      setTimeout(() => fail(refused(`the plugin closed its standard output before the handshake${said(seen)}`)), 250),
    );
    void child.ended.then(({ what, isExhausted }) =>
      fail(
        new TenonError(
          isExhausted ? "resource-exhausted" : "start-failed",
          `the plugin ${what} before the handshake${said(seen)}`,
          { sideEffects: "none" },
        ),
      ),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function said(seen: Buffer): string {
  if (seen.length === 0) return "; it printed nothing to standard output";
  return `; it printed ${JSON.stringify(terminalSafe(seen.toString("utf8", 0, 200)))}`;
}

function givenUp(reason: unknown, seen: Buffer): TenonError {
  const error = TenonError.from(reason, "start-failed");
  const { hint, notes, plugin, boundary } = error;
  const more = error.code === "start-failed" ? said(seen) : "";
  return new TenonError(error.code, `${error.what}${more}`, { hint, notes, plugin, boundary, sideEffects: "none" });
}

function checkedTarget({ network, address }: HandshakeLine, folder: string): string {
  if (network === "unix") return `unix:${checkedSocket(address, folder)}`;
  if (process.platform === "win32" && /^127\.0\.0\.1:\d{1,5}$/.test(address)) return address;
  throw refused(`the plugin listens on tcp ${quoted(address)}, and only sockets in its own folder are dialled`);
}

function checkVersion({ appVersion }: HandshakeLine, { versions }: ProgramPlan): void {
  if (versions.includes(appVersion)) return;
  throw refused(
    `the plugin speaks version ${appVersion} of the application's protocol, the host speaks ${versions.join(", ")}`,
    "set artifact.versions to what the host really speaks, or take another version of the plugin",
  );
}

function checkTls({ certificate }: HandshakeLine, { autoMtls }: ProgramPlan): void {
  if (autoMtls && certificate === undefined)
    throw refused(
      "the plugin answered without a certificate although mutual TLS was asked for",
      "set artifact.autoMtls to false if the plugin cannot do it",
    );
  if (!autoMtls && certificate !== undefined)
    throw refused("the plugin sent a certificate that nobody asked for", "leave artifact.autoMtls at true");
  if (certificate === undefined) return;
  try {
    void new X509Certificate(certificate);
  } catch (cause) {
    throw refused(`the plugin's certificate cannot be read (${TenonError.from(cause).what})`);
  }
}

function refused(what: string, hint?: string): TenonError {
  return new TenonError("handshake-failed", what, { hint, sideEffects: "none" });
}

function quoted(text: string): string {
  return JSON.stringify(terminalSafe(text.slice(0, 200)));
}
