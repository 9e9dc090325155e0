// A throw-away self-signed certificate, as go-plugin's AutoMTLS makes one for each side (go-plugin v1.8.0 mtls.go).
// Node reads X.509 but cannot write it; the few DER forms that one certificate needs are below (RFC 5280 section 4.1).
import { createSign, generateKeyPairSync, randomBytes } from "node:crypto";

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly der: Buffer;
}

/** The other side takes this very certificate and no other, so that a clock that is set back between need not end a start. */
const DAYS_BACK = 1;
const DAY_MS = 86_400_000;
/** Longer than any plugin runs; the key never leaves this process. */
const DAYS = 3650;

const OID = {
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
  commonName: [2, 5, 4, 3],
  organization: [2, 5, 4, 10],
  keyUsage: [2, 5, 29, 15],
  subjectAltName: [2, 5, 29, 17],
  basicConstraints: [2, 5, 29, 19],
  extKeyUsage: [2, 5, 29, 37],
  serverAuth: [1, 3, 6, 1, 5, 5, 7, 3, 1],
  clientAuth: [1, 3, 6, 1, 5, 5, 7, 3, 2],
} as const;

/** P-256 where Go takes P-521: every plugin accepts it, older gRPC libraries know no other curve, and it signs ten times faster. */
export function makeCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const now = Date.now();
  const name = sequence(
    tlv(0x31, sequence(oid(OID.organization), utf8("HashiCorp"))),
    tlv(0x31, sequence(oid(OID.commonName), utf8("localhost"))),
  );
  const tbs = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(now - DAYS_BACK * DAY_MS), utcTime(now + DAYS * DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions())),
  );
  const signature = createSign("sha256").update(tbs).sign(privateKey);
  const der = sequence(tbs, algorithm, tlv(0x03, Buffer.from([0]), signature));
  return { der, certPem: certificatePem(der), keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** DER as the text that TLS libraries take. */
export function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extensions(): Buffer[] {
  const critical = tlv(0x01, Buffer.from([0xff]));
  const extension = (id: readonly number[], value: Buffer, ...flags: Buffer[]): Buffer =>
    sequence(oid(id), ...flags, tlv(0x04, value));
  // digitalSignature, keyEncipherment, keyAgreement, keyCertSign: bits 0, 2, 4 and 5, two bits unused.
  const usage = tlv(0x03, Buffer.from([2, 0b1010_1100]));
  return [
    extension(OID.keyUsage, usage, critical),
    extension(OID.extKeyUsage, sequence(oid(OID.clientAuth), oid(OID.serverAuth))),
    extension(OID.basicConstraints, sequence(critical), critical),
    extension(OID.subjectAltName, sequence(tlv(0x82, Buffer.from("localhost")))),
  ];
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body]);
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function integer(value: Buffer): Buffer {
  return tlv(0x02, value);
}

function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

/** `YYMMDDhhmmssZ`, right until the end of 2049. */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return tlv(0x17, Buffer.from(digits.slice(2)));
}

function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}
