// A certificate authority and a server's certificate, made for one test run (X.509 v3 with ECDSA P-256; RFC 5280).
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts) => der(0x30, ...parts);
const oid = (...bytes) => der(0x06, bytes);
const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const name = (text) => sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(text)))));
const time = (date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, "")}`));
const extension = (id, value) => sequence(oid(0x55, 0x1d, id), der(0x01, [0xff]), der(0x04, value));
const pem = (bytes) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;

let serial = 0;

function certificate({ subject, issuer, key, signer, extensions, days = 1 }) {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const [from, to] = [-1, days].map((offset) => time(new Date(Date.now() + offset * 86_400_000)));
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [++serial]),
    ECDSA_SHA256,
    name(issuer),
    sequence(from, to),
    name(subject),
    publicKey,
    der(0xa3, sequence(...extensions)),
  );
  return pem(sequence(body, ECDSA_SHA256, der(0x03, [0], sign("sha256", body, signer))));
}

/** `{ ca, key, cert }` in PEM, for one host name or IPv4 address; `days` below zero makes one that is over. */
export function makeCertificates(host, days = 1) {
  const [authority, server] = [0, 1].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
  const isAddress = /^[\d.]+$/.test(host);
  const alternative = isAddress ? der(0x87, host.split(".").map(Number)) : der(0x82, Buffer.from(host));
  const issuer = "Test authority";
  const ca = certificate({
    subject: issuer,
    issuer,
    key: authority,
    signer: authority,
    extensions: [extension(0x13, sequence(der(0x01, [0xff])))],
  });
  const cert = certificate({
    subject: host,
    issuer,
    key: server,
    signer: authority,
    extensions: [extension(0x11, sequence(alternative))],
    days,
  });
  return { ca, cert, key: server.export({ type: "pkcs8", format: "pem" }) };
}
