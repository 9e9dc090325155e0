// A defined plugin -> a process that serves it over gRPC: started by a host (Tenon's, or any go-plugin host), or by itself on a port.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type * as Grpc from "@grpc/grpc-js";
import { TenonError, type Contract } from "@tenon/contract/core";
import { DEFAULT_LIMITS } from "@tenon/host/driver";
import type { PluginDefinition } from "../define-plugin.ts";
import { certificatePem, makeCertificate } from "./certificate.ts";
import { ENV, formatHandshakeLine, negotiateVersion, TENON_COOKIE } from "./go-plugin.ts";
import { loadGrpc, type GrpcLibrary } from "./library.ts";
import { PluginServer } from "./server.ts";

export interface ServeGrpcOptions {
  /** Largest message either way. Default 128 MiB, the host's own default. */
  readonly maxMessageBytes?: number;
  /** What a go-plugin host sets in the environment. Default Tenon's own cookie. */
  readonly cookie?: { readonly key: string; readonly value: string };
  /** Versions of the application's protocol, as go-plugin hosts negotiate them. Default `[1]`. */
  readonly versions?: readonly number[];
  /** Serves on this address (`0.0.0.0:50051`, `unix:/run/plugin.sock`) instead of being started by a host. */
  readonly listen?: string;
  /**
   * Whether clients such as grpcurl may ask for the services and their messages. Default true for the host that started the
   * program, as go-plugin has it, and false for `listen`, where anybody may be asking.
   */
  readonly reflection?: boolean;
  /** PEM texts, for `listen`. With `ca`, clients need a certificate that it signed. Without `tls` everything is readable on the way. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
}

/**
 * Serves the plugin until the host ends it. Call it once, at the end of the program. Host functions are asynchronous here.
 * Resolves with the address when hosts may call. Standard output stays the plugin's after the handshake line.
 */
export async function serveGrpc<E, I>(
  definition: PluginDefinition<E, I>,
  options: ServeGrpcOptions = {},
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const grpc = await loadGrpc();
  const contract: Contract = definition.contract;
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_LIMITS.maxMessageBytes;
  let end = (): void => {};
  const reflection = options.reflection ?? options.listen === undefined;
  const plugin = new PluginServer({ grpc, definition, contract, maxMessageBytes, reflection, onShutdown: () => end() });
  if (options.listen !== undefined) {
    const address = await bind(plugin.server, options.listen, listenCredentials(grpc, options.tls));
    return { address, close: () => closeServer(plugin.server) };
  }
  const cookie = options.cookie ?? TENON_COOKIE;
  if (process.env[cookie.key] !== cookie.value) refuseToStart();
  const launched = await launch(grpc, plugin, options.versions ?? [1]);
  end = (): void => void leaveWhenIdle(plugin, launched.folder);
  return { address: launched.address, close: () => leaveWhenIdle(plugin, launched.folder) };
}

function refuseToStart(): never {
  process.stderr.write(
    "This program is a plugin: it does its work when a host starts it, for example `tenon call`, and not by hand.\n",
  );
  process.exit(1);
}

async function launch(
  grpc: GrpcLibrary,
  plugin: PluginServer,
  versions: readonly number[],
): Promise<{ readonly address: string; readonly folder: string | undefined }> {
  const { env } = process;
  const clientCert = env[ENV.clientCert];
  const own = clientCert === undefined || clientCert === "" ? undefined : makeCertificate();
  const credentials =
    own === undefined
      ? grpc.ServerCredentials.createInsecure()
      : grpc.ServerCredentials.createSsl(
          Buffer.from(clientCert as string),
          [{ private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(certificatePem(own.der)) }],
          true,
        );
  const isWindows = process.platform === "win32";
  const given = env[ENV.socketDir];
  const folder = isWindows || (given !== undefined && given !== "") ? undefined : mkdtempSync(join(tmpdir(), "tenon-"));
  const socket = join(given || folder || "", `plugin${process.pid}`);
  const target = isWindows ? "127.0.0.1:0" : `unix:${socket}`;
  const bound = await bind(plugin.server, target, credentials);
  const line = formatHandshakeLine({
    appVersion: negotiateVersion(versions, env[ENV.versions]),
    network: isWindows ? "tcp" : "unix",
    address: isWindows ? bound : socket,
    certificate: own?.der,
  });
  process.stdout.write(line);
  return { address: target, folder };
}

function listenCredentials(grpc: GrpcLibrary, tls: ServeGrpcOptions["tls"]): Grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
  return grpc.ServerCredentials.createSsl(
    tls.ca === undefined ? null : Buffer.from(tls.ca),
    [pair],
    tls.ca !== undefined,
  );
}

function bind(server: Grpc.Server, target: string, credentials: Grpc.ServerCredentials): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) return resolve(target.startsWith("unix:") ? target : target.replace(/:\d+$/, `:${port}`));
      reject(
        new TenonError("start-failed", `cannot listen on ${target}: ${error.message}`, {
          cause: error,
          sideEffects: "none",
        }),
      );
    });
  });
}

async function closeServer(server: Grpc.Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), 1000);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The host has no more calls: those that run may finish, as long as the host lets them. */
async function leaveWhenIdle(plugin: PluginServer, folder: string | undefined): Promise<void> {
  while (plugin.running > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // A moment for the last answers to leave; the host does not wait for it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  plugin.server.forceShutdown();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
