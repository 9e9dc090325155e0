// What each system makes of a name, checked everywhere: the rules are data, not the machine's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHostName } from "../dist/core/host-names.js";

test("vector 48: names that reach something else on Windows are refused there", () => {
  const refused = [
    "C:x",
    "f:stream",
    "a\\b",
    "..\\x",
    "con",
    "NUL.txt",
    "com1",
    "lpt9.log",
    "com\u00b2",
    "x.",
    "x ",
    "a?",
    "a*",
    "a\u0001",
    "CONIN$",
  ];
  for (const name of refused) {
    assert.throws(() => checkHostName(name, "win32"), { code: "notcapable" }, name);
    checkHostName(name, "linux");
  }
  for (const name of ["file", "a.b", "console", "com10", "nul1", ".hidden", "caf\u00e9"]) checkHostName(name, "win32");
});
