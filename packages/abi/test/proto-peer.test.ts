// Our protobuf beside another implementation of it: protobufjs reads the generated files and speaks to our codec both ways.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contractFromResolve, generateProto, protoPlace, protoType, resolveWit, type Resolve } from "@tenon/contract";
import { compileProto } from "@tenon/abi/proto";
import { arbitraryValue, seededRandom } from "@tenon/abi/testing";
import protobuf from "protobufjs";

const random = seededRandom(4);
const ROUNDS = 25;

const EMPTY = 'syntax = "proto3"; package google.protobuf; message Empty {}';

function rootOf(resolve: Resolve, world: number): protobuf.Root {
  const root = new protobuf.Root();
  protobuf.parse(EMPTY, root, { keepCase: true });
  for (const { text } of generateProto(resolve, world).files) protobuf.parse(text, root, { keepCase: true });
  root.resolveAll();
  return root;
}

for (const name of ["conformance", "builder", "bench"]) {
  const text = readFileSync(new URL(`../../../contracts/${name}/${name}.wit`, import.meta.url), "utf8");
  const { resolve } = resolveWit(text);
  for (const [index, world] of resolve.worlds.entries()) {
    test(`every function of the world ${name}/${world.name} reads and writes what protobufjs does`, () => {
      const contract = contractFromResolve(resolve, index);
      const root = rootOf(resolve, index);
      for (const side of [...contract.exports, ...contract.imports]) {
        const place = protoPlace(side.id, contract.id);
        const service = root.lookupService(`${place.package}.${place.service}`);
        for (const func of side.functions) {
          const method = service.methods[protoType(func.name)];
          assert.ok(method, func.name);
          const codec = compileProto(func);
          const request = root.lookupType(`${place.package}.${method.requestType}`);
          const response = root.lookupType(`${place.package}.${method.responseType}`);
          for (let round = 0; round < ROUNDS; round++) {
            const args = func.params.map(({ type }) => arbitraryValue(type, random));
            const again = request.encode(request.decode(codec.encodeParams(args))).finish();
            assert.deepEqual(codec.decodeParams(again), args, func.name);
            if (func.result === undefined) continue;
            const value = arbitraryValue(func.result, random);
            const back = response.encode(response.decode(codec.encodeResult(value))).finish();
            assert.deepEqual(codec.decodeResult(back), value, func.name);
          }
        }
      }
    });
  }
}

test("names are those of the WIT, in protobuf's spelling", () => {
  const { resolve } = resolveWit(`
    package acme:shop@1.4.2;
    interface orders {
      /// A state.
      enum order-state { open, shipped }
      record order { id: u64, order-state: order-state, lines: list<tuple<string, u32>>, note: option<option<string>> }
      find-orders: func(text: string) -> result<list<order>, string>;
      watch: func() -> stream<order>;
      upload: func(name: string, data: stream<list<u8>>) -> u32;
    }
    world plugin {
      export orders;
      import progress: interface { report: func(percent: u8); }
      export stop: func();
    }`);
  const files = new Map(generateProto(resolve, 0).files.map(({ path, text }) => [path, text]));
  assert.deepEqual([...files.keys()].sort(), [
    "acme/shop/orders/v1.proto",
    "acme/shop/plugin/progress/v1.proto",
    "acme/shop/plugin/v1.proto",
  ]);
  const text = files.get("acme/shop/orders/v1.proto") as string;
  for (const line of [
    "package acme.shop.orders.v1;",
    "  rpc FindOrders(FindOrdersRequest) returns (FindOrdersResponse);",
    "  rpc Watch(WatchRequest) returns (stream WatchResponse);",
    "  rpc Upload(stream UploadRequest) returns (UploadResponse);",
    "// A state.\nenum OrderState {\n  ORDER_STATE_UNSPECIFIED = 0;\n  ORDER_STATE_OPEN = 1;\n  ORDER_STATE_SHIPPED = 2;\n}",
    "  message LinesTuple {\n    string item1 = 1;\n    uint32 item2 = 2;\n  }\n  repeated LinesTuple lines = 3;",
    "  message NoteOption {\n    optional string value = 1;\n  }\n  optional NoteOption note = 4;",
    "  message OkList {\n    repeated Order value = 1;\n  }\n  oneof result {\n    OkList ok = 1;\n    string err = 2;\n  }",
  ])
    assert.ok(text.includes(line), `${line}\nis not in\n${text}`);
});
