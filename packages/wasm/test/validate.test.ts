// Components that decode and break a rule: each refused for the rule that it breaks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planComponent } from "@tenon/wasm";
import { ComponentEncoder, funcBytes, text, uleb } from "@tenon/wasm/testing";
import { faultOf } from "./faults.ts";
import { wat } from "./wat.ts";

const U32 = [0x79];
const STRING = [0x73];

type Build = (encoder: ComponentEncoder) => void;
function built(build: Build): Uint8Array {
  const encoder = new ComponentEncoder();
  build(encoder);
  return encoder.finish();
}
function refused(build: Build, message: RegExp): void {
  const fault = faultOf(built(build));
  assert.match(fault.what, message);
  assert.equal(fault.kind, "invalid");
}
const accepted = (build: Build): unknown => planComponent(built(build));

describe("names", () => {
  const importing =
    (...names: string[]): Build =>
    (encoder) => {
      const type = encoder.type(funcBytes([]));
      for (const name of names) encoder.import("func", name, [0x01, ...uleb(type)]);
    };

  test("plain names, interface names with versions and what package managers fetch are names", () => {
    accepted(importing("a", "a-B-c1", "A1-2", "wasi:http/types", "wasi:http/types@0.2.3", "a:b/c@1", "a:b/c@0.2"));
    accepted(
      importing("a:b/c@1.0.0-rc.1+build.5", "url=<https://x>", "locked-dep=<a:b@1.2.3>", "unlocked-dep=<a:b@*>"),
    );
  });

  test("everything else is none", () => {
    for (const name of ["", "a_b", "1a", "a--b", "aB", "a:b", "a:b/c@", "a:b/c@1.2.3.4", "A:b/c", "a:b/c/d", "[x]a"]) {
      refused(importing(name), /name `/);
    }
  });

  test("names differ by more than case and annotation", () => {
    refused(importing("a-b", "A-B"), /conflicts with previous name `a-b`/);
    accepted(importing("a:b/c@1.0.0", "a:b/c@2.0.0"));
    refused(importing("a:b/c@1.0.0", "a:b/c@1.0.0"), /conflicts/);
  });

  test("methods, static functions and constructors fit a resource of the same scope", () => {
    const withMethod =
      (name: string, params: Parameters<typeof funcBytes>[0], result?: number[]): Build =>
      (encoder) => {
        const resource = encoder.import("type", "r", [0x03, 0x01]);
        const own = encoder.type([0x69, ...uleb(resource)]);
        const borrow = encoder.type([0x68, ...uleb(resource)]);
        assert.deepEqual([own, borrow], [1, 2]);
        encoder.import("func", name, [0x01, ...uleb(encoder.type(funcBytes(params, result)))]);
      };
    accepted(withMethod("[method]r.go", [["self", [2]]]));
    accepted(withMethod("[constructor]r", [], [1]));
    accepted(withMethod("[static]r.go", []));
    refused(withMethod("[method]r.go", []), /at least one argument/);
    refused(withMethod("[method]r.go", [["it", [2]]]), /called `self`/);
    refused(withMethod("[method]r.go", [["self", [1]]]), /first argument of `\(borrow \$T\)`/);
    refused(withMethod("[method]q.go", [["self", [2]]]), /expected resource name `r`/);
    refused(withMethod("[constructor]r", []), /should return one value/);
    refused(withMethod("[static]q.go", []), /not known in this context/);
    refused(withMethod("[method]r.r", [["self", [2]]]), /conflicts with previous name `r`/);
  });

  test("`implements` stands only at instances with plain names, and names an interface", () => {
    const instance =
      (name: string, target: string): Build =>
      (encoder) => {
        const type = encoder.type([0x42, 0x00]);
        const attributes = [0x02, ...text(name), 1, 0x00, ...text(target)];
        encoder.define("instance", 10, [1, ...attributes, 0x05, ...uleb(type)]);
      };
    accepted(instance("primary", "wasi:keyvalue/store"));
    refused(instance("a:b/c", "wasi:keyvalue/store"), /not valid with `implements`/);
    refused(instance("primary", "store"), /must be an interface/);
  });
});

describe("types", () => {
  test("indices have to be there, before they are used, and of the right kind", () => {
    refused((encoder) => encoder.type([0x70, 0x00]), /type index out of bounds/);
    refused((encoder) => {
      const func = encoder.type(funcBytes([]));
      encoder.type([0x70, ...uleb(func)]);
    }, /is not a defined type/);
    refused((encoder) => {
      encoder.type([0x70, ...U32]);
      encoder.import("func", "f", [0x01, 0]);
    }, /not a function type/);
  });

  test("empty records, variants, tuples, flags, enums and fixed lists are refused; so are 33 flags", () => {
    for (const bytes of [
      [0x72, 0],
      [0x71, 0],
      [0x6f, 0],
      [0x6e, 0],
      [0x6d, 0],
      [0x67, 0x79, 0],
    ]) {
      refused((encoder) => encoder.type(bytes), /at least one/);
    }
    const flags = Array.from({ length: 33 }, (_, index) => [...text(`f${index}`)]).flat();
    refused((encoder) => encoder.type([0x6e, 33, ...flags]), /more than 32 flags/);
  });

  test("labels are kebab case and differ", () => {
    refused((encoder) => encoder.type([0x6d, 2, ...text("a"), ...text("A")]), /conflicts with previous enum tag/);
    refused((encoder) => encoder.type([0x6d, 1, ...text("a_b")]), /not in kebab case/);
  });

  test("borrows stand in parameters only", () => {
    refused((encoder) => {
      const resource = encoder.import("type", "r", [0x03, 0x01]);
      const borrow = encoder.type([0x68, ...uleb(resource)]);
      encoder.type(funcBytes([], [...uleb(encoder.type([0x70, ...uleb(borrow)]))]));
    }, /cannot contain a `borrow`/);
  });

  test("the keys of maps can be compared", () => {
    accepted((encoder) => encoder.type([0x63, ...STRING, ...U32]));
    refused((encoder) => encoder.type([0x63, 0x76, ...U32]), /keys of a map/);
  });

  test("values have less than 2^28 bytes", () => {
    accepted((encoder) => encoder.type([0x67, 0x7d, ...uleb(2 ** 28 - 1)]));
    refused((encoder) => encoder.type([0x67, 0x7d, ...uleb(2 ** 28)]), /exceeds maximum byte size/);
  });

  test("functions mention only types that have a name outside", () => {
    const record = [0x72, 1, ...text("x"), ...U32];
    refused((encoder) => {
      const type = encoder.type(record);
      encoder.import("func", "f", [0x01, ...uleb(encoder.type(funcBytes([["a", uleb(type)]])))]);
    }, /func not valid to be used as import/);
    accepted((encoder) => {
      const named = encoder.import("type", "rec", [0x03, 0x00, ...uleb(encoder.type(record))]);
      encoder.import("func", "f", [0x01, ...uleb(encoder.type(funcBytes([["a", uleb(named)]])))]);
    });
  });
});

describe("instances", () => {
  const child = (build: Build): Uint8Array => built(build);

  test("imports are supplied, under their names and with their types", () => {
    const inner = child((encoder) => {
      encoder.import("func", "f", [0x01, ...uleb(encoder.type(funcBytes([["a", U32]])))]);
    });
    refused((encoder) => encoder.instance(encoder.component(inner)), /missing import named `f`/);
    refused((encoder) => {
      const func = encoder.import("func", "g", [0x01, ...uleb(encoder.type(funcBytes([["a", STRING]])))]);
      encoder.instance(encoder.component(inner), { f: ["func", func] });
    }, /parameter `a`: expected u32, found string/);
    accepted((encoder) => {
      const func = encoder.import("func", "g", [0x01, ...uleb(encoder.type(funcBytes([["a", U32]])))]);
      encoder.instance(encoder.component(inner), { f: ["func", func] });
    });
  });

  test("each instance makes its own resource types", () => {
    const maker = child((encoder) => {
      encoder.export("r", ["type", encoder.resource()]);
    });
    const same = child((encoder) => {
      const first = encoder.import("type", "a", [0x03, 0x01]);
      encoder.import("type", "b", [0x03, 0x00, ...uleb(first)]);
    });
    const two =
      (from: readonly [number, number]): Build =>
      (encoder) => {
        const component = encoder.component(maker);
        const instances = [encoder.instance(component), encoder.instance(component)] as const;
        const [a, b] = from.map((which) => encoder.alias("type", instances[which] as number, "r"));
        encoder.instance(encoder.component(same), { a: ["type", a as number], b: ["type", b as number] });
      };
    accepted(two([0, 0]));
    refused(two([0, 1]), /resource types are not the same/);
  });

  test("resource types do not cross a component's border by outer aliases", () => {
    const inner = child((encoder) => encoder.outer("type", 1, 0));
    refused((encoder) => {
      encoder.resource();
      encoder.component(inner);
    }, /transitively refers to resources/);
    accepted((encoder) => {
      encoder.type([0x70, ...U32]);
      encoder.component(inner);
    });
  });

  test("core modules get what they import", () => {
    const module = wat(`(module (import "env" "f" (func (param i32))))`);
    const other = wat(`(module (func (export "f") (param i64)))`);
    refused((encoder) => encoder.coreInstance(encoder.coreModule(module)), /argument named `env`/);
    refused((encoder) => {
      const [first, second] = [encoder.coreModule(module), encoder.coreModule(other)];
      encoder.coreInstance(first, { env: encoder.coreInstance(second) });
    }, /expected \(i32\) -> \(\), found \(i64\) -> \(\)/);
  });
});

describe("canonical definitions", () => {
  const core = wat(`(module (memory (export "memory") 1)
    (func (export "f") (param i32 i32) (result i32) unreachable)
    (func (export "g"))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))`);
  const lifting =
    (name: string, options: { memory?: true; realloc?: true; postReturn?: string }, type: number[]): Build =>
    (encoder) => {
      const instance = encoder.coreInstance(encoder.coreModule(core));
      const func = encoder.coreAlias("func", instance, name);
      const memory = encoder.coreAlias("memory", instance, "memory");
      const realloc = encoder.coreAlias("func", instance, "realloc");
      encoder.lift(func, encoder.type(type), {
        ...(options.memory === true && { memory }),
        ...(options.realloc === true && { realloc }),
        ...(options.postReturn !== undefined && {
          postReturn: encoder.coreAlias("func", instance, options.postReturn),
        }),
      });
    };
  const echo = [...funcBytes([["s", STRING]], STRING)];

  test("what goes through memory needs memory and realloc", () => {
    accepted(lifting("f", { memory: true, realloc: true }, echo));
    refused(lifting("f", { memory: true }, echo), /`realloc` is required/);
    refused(lifting("f", {}, echo), /`memory` is required/);
    refused(lifting("f", { realloc: true }, echo), /`realloc` requires `memory`/);
  });

  test("core functions have the signature that the type flattens to", () => {
    refused(lifting("g", { memory: true, realloc: true }, echo), /expected \(i32 i32\) -> \(i32\), found \(\) -> \(\)/);
    refused(lifting("f", { memory: true, realloc: true, postReturn: "g" }, echo), /`post-return` uses .* incorrect/);
  });

  test("resources are made and looked into only where they are defined", () => {
    refused((encoder) => {
      encoder.resourceBuiltin("new", encoder.import("type", "r", [0x03, 0x01]));
    }, /not a local resource/);
    accepted((encoder) => {
      encoder.resourceBuiltin("drop", encoder.import("type", "r", [0x03, 0x01]));
    });
    refused((encoder) => {
      const instance = encoder.coreInstance(encoder.coreModule(core));
      encoder.resource(encoder.coreAlias("func", instance, "g"));
    }, /wrong signature for a destructor/);
  });
});
