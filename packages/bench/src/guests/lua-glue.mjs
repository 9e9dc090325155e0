// The Lua of the `wasmoon` package without Tenon: its C API called by hand for each workload, without limits or checks of
// values; setjmp and longjmp are made of JavaScript's exceptions, as Emscripten makes them.
import { readFileSync } from "node:fs";

const REGISTRY = -1001000;
const nothing = () => -1;

/** The module's own imports, of which Lua needs these few. */
function importsOf(module, late) {
  const functions = [];
  const env = {
    invoke_vii: (index, a, b) => {
      const sp = late.exports.stackSave();
      try {
        (functions[index] ??= late.exports.__indirect_function_table.get(index))(a, b);
      } catch (thrown) {
        late.exports.stackRestore(sp);
        if (thrown !== Infinity) throw thrown;
        late.exports.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp: () => {
      // oxlint-disable-next-line typescript/only-throw-error -- what Emscripten throws; an object would have a stack
      throw Infinity;
    },
    _mktime_js: () => 0n,
    emscripten_date_now: () => 0,
    emscripten_resize_heap: (bytes) => {
      late.exports.memory.grow(Math.ceil((bytes - late.exports.memory.buffer.byteLength) / 65536));
      return 1;
    },
  };
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = env[name] ?? nothing;
  return imports;
}

/** A C function for Lua's table: one import, exported again. */
const trampoline = new WebAssembly.Module(
  Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 2, 7, 1, 1, 0x65, 1, 0x66, 0, 0],
    ...[7, 5, 1, 1, 0x66, 0, 0],
  ),
);

/** `script` is work.lua; returns one function per workload. */
export function luaGlue(module, script, tick) {
  const late = {};
  const x = new WebAssembly.Instance(module, importsOf(module, late)).exports;
  late.exports = x;
  x.__wasm_call_ctors();
  const L = x.luaL_newstate();
  x.luaL_openlibs(L);
  let memory = Buffer.from(x.memory.buffer);
  const view = () => (memory.length === 0 ? (memory = Buffer.from(x.memory.buffer)) : memory);
  const scratch = x.malloc(64 * 1024);
  const size = x.malloc(8);
  const key = (text) => {
    const at = x.malloc(text.length + 1);
    view().write(`${text}\0`, at);
    return at;
  };
  const run = (status) => {
    if (status !== 0)
      throw new Error(
        view()
          .toString("utf8", x.lua_tolstring(L, -1, 0))
          .slice(0, 200),
      );
  };

  const table = x.__indirect_function_table;
  const host = table.grow(1);
  const onTick = (state) => {
    const n = tick(Number(x.lua_tointegerx(state, 1, 0)));
    x.lua_pushinteger(state, BigInt(n));
    return 1;
  };
  table.set(host, new WebAssembly.Instance(trampoline, { e: { f: onTick } }).exports.f);
  x.lua_createtable(L, 0, 1);
  x.lua_pushcclosure(L, host, 0);
  x.lua_setfield(L, -2, key("tick"));
  x.lua_setglobal(L, key("host"));

  run(x.luaL_loadstring(L, key(script)));
  run(x.lua_pcallk(L, 0, 1, 0, 0, 0));
  x.lua_getfield(L, -1, key("work"));
  const refs = {};
  for (const name of ["add", "echo", "build", "bytes", "callbacks"]) {
    x.lua_getfield(L, -1, key(name));
    refs[name] = BigInt(x.luaL_ref(L, REGISTRY));
  }
  x.lua_settop(L, 0);

  const keys = Object.fromEntries(
    ["path", "target", "args", "env", "artifact", "log"].map((name) => [name, key(name)]),
  );
  const push = (text) => x.lua_pushlstring(L, scratch, view().write(text, scratch));
  const field = (name, text) => {
    push(text);
    x.lua_setfield(L, -2, keys[name]);
  };
  const text = (index) => {
    const at = x.lua_tolstring(L, index, size);
    return view().toString("utf8", at, at + view().readUInt32LE(size));
  };
  const bytesAt = (index) => {
    const at = x.lua_tolstring(L, index, size);
    return new Uint8Array(view().subarray(at, at + view().readUInt32LE(size)));
  };
  return {
    add(a, b) {
      x.lua_rawgeti(L, REGISTRY, refs.add);
      x.lua_pushinteger(L, BigInt(a));
      x.lua_pushinteger(L, BigInt(b));
      run(x.lua_pcallk(L, 2, 1, 0, 0, 0));
      const sum = Number(x.lua_tointegerx(L, -1, 0));
      x.lua_settop(L, 0);
      return sum;
    },
    echo(given) {
      x.lua_rawgeti(L, REGISTRY, refs.echo);
      push(given);
      run(x.lua_pcallk(L, 1, 1, 0, 0, 0));
      const answer = text(-1);
      x.lua_settop(L, 0);
      return answer;
    },
    build(request) {
      x.lua_rawgeti(L, REGISTRY, refs.build);
      x.lua_createtable(L, 0, 4);
      field("path", request.path);
      field("target", request.target);
      x.lua_createtable(L, request.args.length, 0);
      for (let i = 0; i < request.args.length; i++) {
        push(request.args[i]);
        x.lua_rawseti(L, -2, BigInt(i + 1));
      }
      x.lua_setfield(L, -2, keys.args);
      x.lua_createtable(L, request.env.length, 0);
      for (let i = 0; i < request.env.length; i++) {
        x.lua_createtable(L, 2, 0);
        push(request.env[i][0]);
        x.lua_rawseti(L, -2, 1n);
        push(request.env[i][1]);
        x.lua_rawseti(L, -2, 2n);
        x.lua_rawseti(L, -2, BigInt(i + 1));
      }
      x.lua_setfield(L, -2, keys.env);
      run(x.lua_pcallk(L, 1, 1, 0, 0, 0));
      x.lua_getfield(L, -1, keys.artifact);
      x.lua_getfield(L, -2, keys.log);
      const answer = { artifact: bytesAt(-2), log: text(-1) };
      x.lua_settop(L, 0);
      return answer;
    },
    bytes(data) {
      x.lua_rawgeti(L, REGISTRY, refs.bytes);
      const at = x.malloc(data.length);
      view().set(data, at);
      x.lua_pushlstring(L, at, data.length);
      x.free(at);
      run(x.lua_pcallk(L, 1, 1, 0, 0, 0));
      const answer = bytesAt(-1);
      x.lua_settop(L, 0);
      return answer;
    },
    callbacks(count) {
      x.lua_rawgeti(L, REGISTRY, refs.callbacks);
      x.lua_pushinteger(L, BigInt(count));
      run(x.lua_pcallk(L, 1, 1, 0, 0, 0));
      const n = Number(x.lua_tointegerx(L, -1, 0));
      x.lua_settop(L, 0);
      return n;
    },
  };
}

export function luaModuleBytes() {
  return readFileSync(new URL("../../node_modules/wasmoon/dist/glue.wasm", import.meta.url));
}
