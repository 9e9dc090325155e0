// Addresses and grants: what may be reached, whatever it is called.
import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalAddress, classifyAddress } from "../dist/core/addresses.js";
import { NetworkPolicy } from "../dist/core/network-policy.js";

test("addresses are classified, however they are written", () => {
  const classes = {
    public: [
      "93.184.216.34",
      "8.8.8.8",
      "172.15.0.1",
      "172.32.0.1",
      "2606:2800:220:1::1",
      "::ffff:8.8.8.8",
      "64:ff9b::808:808",
    ],
    private: [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "198.19.0.1",
      "fc00::1",
      "fdff::1",
      "::ffff:10.0.0.1",
      "2002:a00:1::",
    ],
    loopback: [
      "127.0.0.1",
      "127.255.0.3",
      "::1",
      "0:0:0:0:0:0:0:1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "64:ff9b::7f00:1",
    ],
    "link-local": ["169.254.1.1", "fe80::1", "febf::1"],
    metadata: ["169.254.169.254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "100.100.100.200", "fd00:ec2::254"],
    special: [
      "0.0.0.0",
      "::",
      "224.0.0.1",
      "255.255.255.255",
      "192.0.2.1",
      "ff02::1",
      "2001:db8::1",
      "name",
      "",
      "1.2.3",
      "fe80::1%eth0",
      "::127.0.0.1",
    ],
  };
  for (const [wanted, addresses] of Object.entries(classes)) {
    for (const address of addresses) assert.equal(classifyAddress(address), wanted, address);
  }
});

test("one address has one spelling", () => {
  assert.equal(canonicalAddress("2001:DB8:0::1"), canonicalAddress("2001:db8::1"));
  assert.equal(canonicalAddress("::ffff:1.2.3.4"), canonicalAddress("::ffff:102:304"));
  assert.equal(canonicalAddress("1.2.3.4"), "1.2.3.4");
  assert.equal(canonicalAddress("01.2.3.4"), undefined);
  assert.equal(canonicalAddress("example.org"), undefined);
});

test("a name allows what it resolved to, at its ports, and nothing before it was resolved", () => {
  const policy = new NetworkPolicy({ allow: ["Example.org:443"] });
  assert.equal(policy.mayConnect("93.184.216.34", 443), false);
  assert.equal(policy.mayResolve("example.ORG."), true);
  assert.equal(policy.mayResolve("evil.example.org"), false);
  assert.deepEqual(policy.resolved("example.org", ["93.184.216.34"]), ["93.184.216.34"]);
  assert.equal(policy.mayConnect("93.184.216.34", 443), true);
  assert.equal(policy.mayConnect("93.184.216.34", 80), false);
  assert.equal(policy.mayConnect("93.184.216.35", 443), false);
  assert.deepEqual(policy.resolved("other.org", ["8.8.8.8"]), []);
});

test("a granted name that points inwards is refused, address by address", () => {
  const inwards = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:192.168.0.1", "0.0.0.0"];
  const policy = new NetworkPolicy({ allow: ["rebound.example:80"] });
  assert.deepEqual(policy.resolved("rebound.example", [...inwards, "8.8.8.8"]), ["8.8.8.8"]);
  for (const address of inwards) assert.equal(policy.mayConnect(address, 80), false, address);
  const relaxed = new NetworkPolicy({ allow: ["intranet:80"], allowPrivate: true });
  assert.deepEqual(relaxed.resolved("intranet", inwards), ["127.0.0.1", "10.1.2.3", "::1", "::ffff:192.168.0.1"]);
});

test("an address may be granted itself, and localhost means loopback", () => {
  const policy = new NetworkPolicy({ allow: ["127.0.0.1:8080", "[::1]:*", "169.254.169.254:80", "localhost:9000"] });
  assert.equal(policy.mayConnect("127.0.0.1", 8080), true);
  assert.equal(policy.mayConnect("127.0.0.1", 8081), false);
  assert.equal(policy.mayConnect("0:0::1", 1), true);
  assert.equal(policy.mayConnect("169.254.169.254", 80), true);
  assert.deepEqual(policy.resolved("localhost", ["127.0.0.1", "10.0.0.1"]), ["127.0.0.1"]);
  assert.equal(policy.mayConnect("127.0.0.1", 9000), true);
});

test("grants that are no host and port are refused when they are made", () => {
  for (const text of [
    "",
    "example.org",
    "example.org:",
    ":80",
    "example.org:0",
    "example.org:70000",
    "[x]:1",
    "::1:80",
    "a:b:1",
  ]) {
    assert.throws(() => new NetworkPolicy({ allow: [text] }), { code: "config-invalid" }, text);
  }
});
