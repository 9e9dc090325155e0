"""The conformance plugin over gRPC; the modules under tenon/ are made by grpcio-tools from `tenon codegen --proto`."""
import sys
import threading

from behaviour import Behaviour
from tenon.conformance.calls import v0_1_pb2 as calls_pb2
from tenon.conformance.calls import v0_1_pb2_grpc as calls_grpc
from tenon.conformance.host import v0_1_pb2 as host_pb2
from tenon.conformance.host import v0_1_pb2_grpc as host_grpc
from tenon.conformance.values import v0_1_pb2 as values_pb2
from tenon.conformance.values import v0_1_pb2_grpc as values_grpc
from tenon_plugin.grpc_server import GrpcPlugin, Service

kind = sys.argv[1] if len(sys.argv) > 1 else "conformance"
LACKING = ("Nothing", "Sleep") if kind == "incomplete" else ()


def methods(base):
    return [name for name in vars(base) if not name.startswith("_") and name not in LACKING]


def pascal(name):
    return "".join(part.capitalize() for part in name.split("-"))


def snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def echo(name):
    """Every result has the layout of its parameter: a result<T, E> stands in the response itself, many are the fields of a tuple."""
    response = getattr(values_pb2, f"{name}Response")

    def method(_self, request, _context):
        reply = response()
        source = request.value if name.startswith("EchoResult") else request
        target = reply.value if name == "EchoMany" else reply
        target.ParseFromString(source.SerializeToString())
        # What is not a field of both would otherwise come back all the same.
        reply.DiscardUnknownFields()
        return reply

    return method


def call(name):
    response = getattr(calls_pb2, f"{name}Response")

    def method(_self, request, context):
        value = getattr(behaviour(context), snake(name))(*[getattr(request, field.name) for field in request.DESCRIPTOR.fields])
        return response() if value is None else response(value=value)

    return method


def behaviour(context):
    # The library tells of the end of a call by a callback, and a call that was cancelled is over at once.
    over = threading.Event()
    context.add_callback(over.set)

    def host(function, *args):
        request = getattr(host_pb2, f"{pascal(function)}Request")
        fields = dict(zip((field.name for field in request.DESCRIPTOR.fields), args, strict=True))
        reply = getattr(host_grpc.HostStub(plugin.host(context)), pascal(function))(request(**fields))
        return getattr(reply, "value", None)

    return Behaviour(host=host, cancelled=lambda seconds: over.wait(seconds))


if kind == "throws":
    raise RuntimeError("cannot load on purpose")
if kind == "stuck":
    Behaviour(None, None).spin()
Values = type("Values", (values_grpc.ValuesServicer,), {name: echo(name) for name in methods(values_grpc.ValuesServicer)})
Calls = type("Calls", (calls_grpc.CallsServicer,), {name: call(name) for name in methods(calls_grpc.CallsServicer)})
plugin = GrpcPlugin(
    "tenon:conformance/plugin@0.1.0",
    [
        Service(values_grpc.add_ValuesServicer_to_server, Values()),
        Service(calls_grpc.add_CallsServicer_to_server, Calls()),
    ],
    digest="abi:sha256:" + "0" * 64 if kind == "other-contract" else "",
)
plugin.serve()
