// Our side of the mutual TLS with one program. The next one is made while a program starts, when the host has nothing else to do:
// a certificate and a context with its key take longer than the rest of what happens before a program runs.
import { createSecureContext, type SecureContext } from "node:tls";
import { certificatePem, makeCertificate, type Certificate } from "@tenon/plugin/grpc";

export interface OwnTls {
  readonly certificate: Certificate;
  /** Has the key, and trusts nobody yet. */
  readonly context: SecureContext;
}

let next: OwnTls | undefined;

/** One that nobody else gets. */
export function takeOwnTls(): OwnTls {
  const taken = next ?? make();
  next = undefined;
  return taken;
}

/** Has the next one ready. */
export function makeOwnTlsAhead(): void {
  next ??= make();
}

/** The context in which exactly the one certificate is trusted that came with the handshake. */
export function trusting({ certificate, context }: OwnTls, peer: Uint8Array): SecureContext {
  const ca = certificatePem(peer);
  const native = context.context as { readonly addCACert?: (pem: string) => void };
  // As `createSecureContext` does with its `ca`; a Node without it takes the time.
  if (native.addCACert === undefined) return contextOf(certificate, [ca]);
  native.addCACert(ca);
  return context;
}

function make(): OwnTls {
  const certificate = makeCertificate();
  return { certificate, context: contextOf(certificate, []) };
}

function contextOf({ certPem, keyPem }: Certificate, ca: string[]): SecureContext {
  return createSecureContext({ cert: certPem, key: keyPem, ca });
}
