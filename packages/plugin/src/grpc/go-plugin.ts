// HashiCorp go-plugin's launch protocol: what the host says in the environment, and the line that the plugin answers with.
// Source: hashicorp/go-plugin v1.8.0 client.go `Start`, server.go `Serve`, docs/internals.md.
import { TenonError, terminalSafe } from "@tenon/contract/core";

/** The only version of the line that there is. */
const CORE_VERSION = 1;
/** Longer than any real line with a P-521 certificate (about 900 bytes), short enough to fill nobody's memory. */
export const MAX_LINE_BYTES: number = 4096;
/** Old plugins put other things in the place of the certificate; go-plugin takes what is longer than this for one. */
const MIN_CERTIFICATE_CHARACTERS = 50;

/** Names of the variables by which a host starts a plugin. */
export const ENV = {
  versions: "PLUGIN_PROTOCOL_VERSIONS",
  clientCert: "PLUGIN_CLIENT_CERT",
  socketDir: "PLUGIN_UNIX_SOCKET_DIR",
  minPort: "PLUGIN_MIN_PORT",
  maxPort: "PLUGIN_MAX_PORT",
} as const;

/** The cookie by which Tenon's own plugins know that a Tenon host started them. No secret: it keeps people from running them by hand. */
export const TENON_COOKIE = { key: "TENON_PLUGIN", value: "6f5b8b1e-6a2c-4a57-9f6e-9a5f3b0c7d21" } as const;

/** What the plugin said. */
export interface HandshakeLine {
  readonly appVersion: number;
  readonly network: "unix" | "tcp";
  readonly address: string;
  /** The plugin's certificate; undefined where it serves without TLS. */
  readonly certificate: Buffer | undefined;
}

/** The line of a plugin, with its newline. */
export function formatHandshakeLine(line: HandshakeLine): string {
  // Base64 without padding, as Go's RawStdEncoding.
  const certificate = line.certificate?.toString("base64").replace(/=+$/, "") ?? "";
  return `${CORE_VERSION}|${line.appVersion}|${line.network}|${line.address}|grpc|${certificate}\n`;
}

/** Reads the line. Throws handshake-failed with the reason and the line's beginning. */
export function parseHandshakeLine(line: string): HandshakeLine {
  const parts = line.trim().split("|");
  const refuse = (why: string): never => {
    throw new TenonError("handshake-failed", `${why}; the first line was ${quote(line)}`, {
      hint: "a go-plugin binary prints CORE|APP|NETWORK|ADDRESS|grpc first; check the cookie, or run it by hand to see what it says",
      sideEffects: "none",
    });
  };
  const [core, app, network, address, protocol, certificate = ""] = parts;
  if (parts.length < 4 || address === undefined) return refuse("the plugin did not begin with a go-plugin handshake");
  if (core !== String(CORE_VERSION))
    return refuse(`the plugin speaks version ${quote(core ?? "")} of go-plugin's protocol`);
  if (!/^\d{1,9}$/.test(app ?? "")) return refuse("the application version is no number");
  if (network !== "unix" && network !== "tcp") return refuse(`the network ${quote(network ?? "")} is not known`);
  if (protocol !== "grpc")
    return refuse(`the plugin speaks ${quote(protocol ?? "net/rpc")}, and only gRPC crosses languages`);
  const hasCertificate = certificate.length > MIN_CERTIFICATE_CHARACTERS;
  if (hasCertificate && !/^[A-Za-z0-9+/]+=*$/.test(certificate)) return refuse("the certificate is not base64");
  return {
    appVersion: Number(app),
    network,
    address,
    certificate: hasCertificate ? Buffer.from(certificate, "base64") : undefined,
  };
}

/**
 * The version a plugin announces: the highest of its own that the host lists; where none is, its lowest, which the host
 * then refuses (server.go `protocolVersion`).
 */
export function negotiateVersion(own: readonly number[], listed: string | undefined): number {
  const descending = [...own].sort((a, b) => b - a);
  const accepted = new Set((listed ?? "").split(",").map(Number));
  return descending.find((version) => accepted.has(version)) ?? descending.at(-1) ?? 1;
}

/** Foreign text, safe to show and short. */
function quote(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return JSON.stringify(terminalSafe(cut.replaceAll("\t", " ")));
}
