// JavaScript names of WIT labels and ids.
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { camelCase, functionLabel, interfaceKeys, pascalCase, splitId } from "@tenon/contract";

test("labels become camelCase and PascalCase", () => {
  strictEqual(camelCase("build"), "build");
  strictEqual(camelCase("build-request"), "buildRequest");
  strictEqual(camelCase("HTTP-code"), "httpCode");
  strictEqual(camelCase("to-URL"), "toUrl");
  strictEqual(pascalCase("build-request"), "BuildRequest");
});

test("labels that WIT tells apart stay apart", () => {
  strictEqual(camelCase("utf-8"), "utf_8");
  notStrictEqual(camelCase("utf-8"), camelCase("utf8"));
  notStrictEqual(camelCase("a-1-b"), camelCase("a1-b"));
});

test("the label of a function's WIT name", () => {
  strictEqual(functionLabel("build"), "build");
  strictEqual(functionLabel("[method]counter.bump-by"), "bump-by");
  strictEqual(functionLabel("[static]counter.open"), "open");
  strictEqual(functionLabel("[constructor]counter"), "counter");
});

test("ids come apart", () => {
  deepStrictEqual(splitId("wasi:http/types@0.2.0"), { pkg: "wasi:http", name: "types", version: "0.2.0" });
  deepStrictEqual(splitId("a:b:c/d/e@1.0.0-rc.1"), { pkg: "a:b:c/d", name: "e", version: "1.0.0-rc.1" });
  deepStrictEqual(splitId("progress"), { pkg: "", name: "progress", version: "" });
  deepStrictEqual(splitId(""), { pkg: "", name: "", version: "" });
});

test("interface keys are as short as they can be", () => {
  deepStrictEqual(interfaceKeys(["a:b/one@1.0.0", "a:b/two-three@1.0.0", "inline", ""]), [
    "one",
    "twoThree",
    "inline",
    "",
  ]);
});

test("clashing interface keys take the package in, then the version", () => {
  deepStrictEqual(interfaceKeys(["wasi:http/types@0.2.0", "wasi:sockets/types@0.2.0", "types"]), [
    "wasiHttpTypes",
    "wasiSocketsTypes",
    "types",
  ]);
  deepStrictEqual(interfaceKeys(["a:b/c@1.0.0", "a:b/c@2.0.0"]), ["aBC_1_0_0", "aBC_2_0_0"]);
  deepStrictEqual(interfaceKeys(["a:b/run"], ["run"]), ["aBRun"]);
});
