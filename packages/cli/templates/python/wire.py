"""Newline-delimited JSON-RPC 2.0 over standard input and output, and the JSON form of every WIT type.

Part of the plugin, not a library: change it as you like. Only the standard library is used.
"""
import base64
import json
import math
import sys
import traceback
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union

T = TypeVar("T")
E = TypeVar("E")


@dataclass
class Ok(Generic[T]):
    value: T = None


@dataclass
class Err(Generic[E]):
    value: E = None


Result = Union[Ok[T], Err[E]]


@dataclass
class Some(Generic[T]):
    """An option inside an option, where None alone could not tell which of the two is empty."""
    value: T


class Codec:
    """How one type is read from JSON and written to it."""

    def __init__(self, read=lambda json_value: json_value, write=lambda value: value, is_option=False):
        self.read, self.write, self.is_option = read, write, is_option


def _float_out(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _big_out(value):
    return value if abs(value) < 2**53 else str(value)


PLAIN = Codec()
BIG = Codec(int, _big_out)
FLOAT = Codec(float, _float_out)
BYTES = Codec(base64.b64decode, lambda value: base64.b64encode(bytes(value)).decode("ascii"))


def list_of(item):
    return Codec(lambda j: [item.read(x) for x in j], lambda v: [item.write(x) for x in v])


def tuple_of(*items):
    return Codec(
        lambda j: tuple(item.read(x) for item, x in zip(items, j, strict=True)),
        lambda v: [item.write(x) for item, x in zip(items, v, strict=True)],
    )


def map_of(key, item):
    return Codec(
        lambda j: {key.read(k): item.read(x) for k, x in j},
        lambda v: [[key.write(k), item.write(x)] for k, x in v.items()],
    )


def option_of(item):
    if item.is_option:
        return Codec(
            lambda j: None if j is None else Some(item.read(j["some"])),
            lambda v: None if v is None else {"some": item.write(v.value)},
            True,
        )
    return Codec(lambda j: None if j is None else item.read(j), lambda v: None if v is None else item.write(v), True)


def result_of(ok=PLAIN, err=PLAIN):
    def write(value):
        if isinstance(value, Ok):
            return {"ok": ok.write(value.value)}
        if isinstance(value, Err):
            return {"err": err.write(value.value)}
        raise TypeError(f"expected Ok(...) or Err(...), got {type(value).__name__}")

    return Codec(lambda j: Ok(ok.read(j["ok"])) if "ok" in j else Err(err.read(j["err"])), write)


def record_of(cls, *fields):
    """`fields`: the WIT label, the attribute's name, the codec."""
    return Codec(
        lambda j: cls(**{name: codec.read(j.get(label)) for label, name, codec in fields}),
        lambda v: {label: codec.write(getattr(v, name)) for label, name, codec in fields},
    )


def variant_of(cls, **cases):
    """`cases`: by WIT label, the codec of the value or None."""

    def write(value):
        codec = cases[value.tag]
        return {"tag": value.tag} if codec is None else {"tag": value.tag, "val": codec.write(value.value)}

    def read(j):
        codec = cases[j["tag"]]
        return cls(j["tag"]) if codec is None else cls(j["tag"], codec.read(j.get("val")))

    return Codec(read, write)


def enum_of(cls):
    return Codec(cls, lambda v: v.value)


def flags_of(cls, *flags):
    """`flags`: the WIT label and the attribute's name."""
    return Codec(
        lambda j: cls(**{name: label in j for label, name in flags}),
        lambda v: [label for label, name in flags if getattr(v, name)],
    )


@dataclass
class Function:
    """One function of the contract: its parameters by WIT label, and its result."""
    params: list[tuple[str, Codec]]
    result: Codec | None = None


class Connection:
    """Serves the functions of a plugin until standard input ends."""

    def __init__(self, contract: str, exports: dict[str, Function], imports: dict[str, Function]):
        self._contract, self._exports, self._imports = contract, exports, imports
        self._implementations: dict[str, Any] = {}
        self._last_id = 0
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer

    def export(self, path: str):
        """Marks the function that serves `path`."""
        if path not in self._exports:
            raise LookupError(f"the contract has no function {path}")

        def mark(function):
            self._implementations[path] = function
            return function

        return mark

    def call_host(self, path: str, *args):
        """Calls a host function and waits for its answer; calls that arrive meanwhile are served first."""
        function = self._imports[path]
        self._last_id += 1
        call_id = f"plugin-{self._last_id}"
        params = [codec.write(arg) for (_, codec), arg in zip(function.params, args, strict=True)]
        self._send({"id": call_id, "method": path, "params": params})
        while True:
            message = self._receive()
            if message is None:
                raise SystemExit(0)
            if message.get("id") == call_id and "method" not in message:
                break
            self._handle(message)
        if "error" in message:
            raise RuntimeError(f"{path}: {message['error'].get('message')}")
        return None if function.result is None else function.result.read(message.get("result"))

    def log(self, level: str, message: str):
        """`level` is trace, debug, info, warn or error. print() and standard error reach the log too."""
        self._send({"method": "log", "params": {"level": level, "message": message}})

    def serve(self):
        missing = [path for path in self._exports if path not in self._implementations]
        if missing:
            self._write({"tenon": 1, "error": f"the plugin does not implement {', '.join(missing)}"})
            raise SystemExit(1)
        # Standard output carries the protocol, so what the plugin prints goes to standard error, which is its log.
        sys.stdout = sys.stderr
        self._write({"tenon": 1, "encoding": "json-rpc", "contract": self._contract})
        self._receive()  # The host's first line says who it is.
        while (message := self._receive()) is not None:
            self._handle(message)

    def _handle(self, message):
        if "method" not in message or "id" not in message:
            return  # A notification, such as $/cancelRequest: calls here are too short to stop.
        try:
            function = self._exports[message["method"]]
            params = message.get("params") or {}
            args = [codec.read(params.get(label)) for label, codec in function.params]
            value = self._implementations[message["method"]](*args)
            reply = {"result": None if function.result is None else function.result.write(value)}
        except Exception as error:  # A fault of this plugin is an answer too: the host must not wait for ever.
            traceback.print_exc()
            reply = {"error": {"code": -32000, "message": f"{type(error).__name__}: {error}"}}
        self._send({"id": message["id"], **reply})

    def _receive(self):
        line = self._in.readline()
        return json.loads(line) if line else None

    def _send(self, message):
        self._write({"jsonrpc": "2.0", **message})

    def _write(self, message):
        self._out.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        self._out.flush()
