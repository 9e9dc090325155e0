"""The conformance plugin over stdio: contract.py and wire.py are made by `tenon new plugin`."""
import sys

from behaviour import Behaviour
from contract import connection
from wire import current_call

kind = sys.argv[1] if len(sys.argv) > 1 else "conformance"
calls = Behaviour(
    host=lambda name, *args: connection.call_host(f"host.{name}", *args),
    cancelled=lambda seconds: current_call().cancelled.wait(seconds),
)


def echo(*args):
    return args[0] if len(args) == 1 else args or None


if kind == "throws":
    raise RuntimeError("cannot load on purpose")
if kind == "stuck":
    calls.spin()
if kind == "other-contract":
    connection._contract = "abi:sha256:" + "0" * 64
for path in connection._exports:
    interface, name = path.split(".")
    if kind == "incomplete" and path in ("values.nothing", "calls.sleep"):
        continue
    connection.export(path)(echo if interface == "values" else getattr(calls, name.replace("-", "_")))
connection.serve()
