// Errors of Node's HTTP, TLS and name resolution to the error codes of wasi:http/types@0.2.
import type { HttpFault } from "./network-protocol.ts";

/** An error that already is one. */
export class FaultError extends Error {
  readonly fault: HttpFault;

  constructor(fault: HttpFault) {
    super(fault.tag);
    this.fault = fault;
  }
}

const plain = (tag: string): HttpFault => ({ tag });
const dns = (rcode: string): HttpFault => ({ tag: "DNS-error", val: { rcode, infoCode: undefined } });

/** Names of response codes are IANA's ("DNS RCODEs"). */
const BY_CODE: ReadonlyMap<string, HttpFault> = new Map([
  ["ENOTFOUND", dns("NXDOMAIN")],
  ["EAI_NONAME", dns("NXDOMAIN")],
  ["ENODATA", dns("NOERROR")],
  ["EAI_AGAIN", dns("SERVFAIL")],
  ["ESERVFAIL", dns("SERVFAIL")],
  ["EFORMERR", dns("FORMERR")],
  ["ENOTIMP", dns("NOTIMP")],
  ["EREFUSED", dns("REFUSED")],
  ["EBADRESP", dns("FORMERR")],
  ["ETIMEOUT", plain("DNS-timeout")],
  ["ECONNREFUSED", plain("connection-refused")],
  ["ECONNRESET", plain("connection-terminated")],
  ["ECONNABORTED", plain("connection-terminated")],
  ["EPIPE", plain("connection-terminated")],
  ["ETIMEDOUT", plain("connection-timeout")],
  ["EHOSTUNREACH", plain("destination-IP-unroutable")],
  ["ENETUNREACH", plain("destination-IP-unroutable")],
  ["EADDRNOTAVAIL", plain("destination-IP-unroutable")],
  ["ENETDOWN", plain("destination-unavailable")],
  ["EHOSTDOWN", plain("destination-unavailable")],
  ["EACCES", plain("destination-IP-prohibited")],
  ["EPERM", plain("destination-IP-prohibited")],
  ["EMFILE", plain("connection-limit-reached")],
  ["ENFILE", plain("connection-limit-reached")],
  ["EPROTO", plain("TLS-protocol-error")],
  ["HPE_INVALID_TRANSFER_ENCODING", { tag: "HTTP-response-transfer-coding", val: undefined }],
  ["HPE_INVALID_EOF_STATE", plain("HTTP-response-incomplete")],
  ["ERR_INVALID_HTTP_TOKEN", plain("HTTP-request-method-invalid")],
  ["ERR_UNESCAPED_CHARACTERS", plain("HTTP-request-URI-invalid")],
  ["ERR_HTTP_CONTENT_LENGTH_MISMATCH", { tag: "HTTP-request-body-size", val: undefined }],
]);

/** OpenSSL's reasons for not trusting a certificate, as Node names them. */
const CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(CA|PURPOSE)|ERROR_IN_CERT_|HOSTNAME_|PATH_LENGTH_|ERR_TLS_CERT_)/;

/** `maxHeaderBytes` is what the parser was told to take. */
export function httpFaultOf(thrown: unknown, maxHeaderBytes: number): HttpFault {
  if (thrown instanceof FaultError) return thrown.fault;
  const { code = "", message = "" } = thrown as { readonly code?: string; readonly message?: string };
  const known = BY_CODE.get(code);
  // Alerts of the other side reach us as errors of OpenSSL that are named after them.
  const alert = /(?:SSL|TLSV1|TLSV13)_ALERT_(\w+)/.exec(code)?.[1];
  if (alert !== undefined) return alertOf(alert, message);
  if (code === "HPE_HEADER_OVERFLOW") return { tag: "HTTP-response-header-section-size", val: maxHeaderBytes };
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code)) return plain("TLS-certificate-error");
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return plain("TLS-protocol-error");
  if (code.startsWith("HPE_") || code.startsWith("ERR_HTTP_")) return plain("HTTP-protocol-error");
  return { tag: "internal-error", val: code === "" ? undefined : code };
}

/** OpenSSL writes the alert's number (RFC 8446, section 6) into the message. */
function alertOf(name: string, message: string): HttpFault {
  const id = Number(/SSL alert number (\d+)/.exec(message)?.[1]);
  const alertMessage = name.toLowerCase().replaceAll("_", " ");
  return {
    tag: "TLS-alert-received",
    val: { alertId: Number.isInteger(id) && id < 256 ? id : undefined, alertMessage },
  };
}
