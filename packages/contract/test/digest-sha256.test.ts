// sha256 against the published vectors and every padding length, with node:crypto as the reference.
import { strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sha256 } from "@tenon/contract";

test("the vectors of FIPS 180-4", () => {
  strictEqual(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  strictEqual(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  strictEqual(
    sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  strictEqual(sha256("a".repeat(1_000_000)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
});

test("every length around the block borders, in a view that does not start at its buffer's start", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length: length + 3 }, (_, index) => (index * 31 + length) & 255).subarray(3);
    strictEqual(sha256(bytes), createHash("sha256").update(bytes).digest("hex"), `length ${length}`);
  }
});

test("text counts as UTF-8", () => {
  strictEqual(sha256("Zapfen \u00fc \u{1f529}"), createHash("sha256").update("Zapfen \u00fc \u{1f529}").digest("hex"));
});
