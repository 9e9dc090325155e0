"""Serves a Tenon contract over gRPC, with grpcio: go-plugin's handshake and mutual TLS, health, shutdown, and the session.

The services are those that grpcio-tools makes of the files of `tenon codegen --proto`.
"""
import json
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from .certificate import make_certificate
from .interceptor import RunningCallsInterceptor
from .session import HostSession, Sessions

# What every Tenon host sets in the environment of the plugins that it starts. No secret: it keeps people from running them by hand.
COOKIE = ("TENON_PLUGIN", "6f5b8b1e-6a2c-4a57-9f6e-9a5f3b0c7d21")
# Largest message either way, the host's own default.
MAX_MESSAGE_BYTES = 128 << 20
# Threads start as calls come; calls that wait for calls must never use the last one up.
MAX_THREADS = 4096


@dataclass
class Service:
    """One interface of the contract's exports: the generated `add_XServicer_to_server`, and the servicer."""
    add: Callable[[Any, grpc.Server], None]
    servicer: Any


class GrpcPlugin:
    """`contract` is the id of the world, such as `demo:greeter/plugin@0.1.0`; the host refuses a plugin of another one. With
    `digest`, as `tenon wit --json` prints it, the host also refuses a plugin built for another state of the contract."""

    def __init__(self, contract: str, services: Sequence[Service], digest: str = "") -> None:
        self._services = services
        missing = [path for service in services for path in _missing(service.servicer)]
        error = {"code": "function-missing", "what": f"the plugin does not implement {', '.join(missing)}"}
        self._sessions = Sessions(contract, digest, json.dumps(error) if missing else "")

    def host(self, context: grpc.ServicerContext) -> HostSession:
        """The host that made this call, as the channel for a stub of the contract's imports: `HostStub(plugin.host(context))`.
        Raises LookupError where the caller is no Tenon host."""
        return self._sessions.find(context)

    @property
    def interceptors(self) -> Sequence[grpc.ServerInterceptor]:
        """What a server of one's own needs, so that a host learns when a call that it gave up has ended."""
        return (RunningCallsInterceptor(self._sessions),)

    def add_to(self, server: grpc.Server) -> None:
        """Adds the contract's services and the session to a server that the plugin listens with by itself, made with
        `interceptors=plugin.interceptors`."""
        for service in self._services:
            service.add(service.servicer, server)
        server.add_generic_rpc_handlers((self._sessions.handler(),))

    def serve(self) -> None:
        """Serves the host that started this process, until it ends it. What the plugin prints becomes log lines of the host."""
        key, value = COOKIE
        if os.environ.get(key) != value:
            raise SystemExit("This program is a plugin: it does its work when a host starts it, for example `tenon call`.")
        server = grpc.server(
            ThreadPoolExecutor(MAX_THREADS),
            interceptors=self.interceptors,
            options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", MAX_MESSAGE_BYTES)],
        )
        self.add_to(server)
        is_over = threading.Event()
        _add_go_plugin(server, is_over)
        line = _listen(server)
        server.start()
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        print(line, flush=True)
        is_over.wait()
        # The calls that run may finish, as long as the host lets them; it ends the process after that.
        server.stop(grace=3600).wait()


def _listen(server: grpc.Server) -> str:
    """Binds a socket in the host's folder; go-plugin's line for it (go-plugin v1.8.0 server.go `Serve`)."""
    client_certificate = os.environ.get("PLUGIN_CLIENT_CERT", "")
    certificate = ""
    if os.name == "nt":
        address, network = "127.0.0.1:0", "tcp"
    else:
        folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.mkdtemp(prefix="tenon-")
        address, network = f"unix:{os.path.join(folder, f'plugin{os.getpid()}')}", "unix"
    if client_certificate:
        key_pem, certificate_pem, certificate = make_certificate()
        credentials = grpc.ssl_server_credentials(
            [(key_pem, certificate_pem)], root_certificates=client_certificate.encode(), require_client_auth=True
        )
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    shown = f"127.0.0.1:{port}" if network == "tcp" else address.removeprefix("unix:")
    return f"1|1|{network}|{shown}|grpc|{certificate}"


def _add_go_plugin(server: grpc.Server, is_over: threading.Event) -> None:
    servicer = health.HealthServicer()
    for name in ("", "plugin"):
        servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)

    def shutdown(_request: Any, _context: grpc.ServicerContext) -> Any:
        is_over.set()
        return empty_pb2.Empty()

    method = grpc.unary_unary_rpc_method_handler(
        shutdown, empty_pb2.Empty.FromString, empty_pb2.Empty.SerializeToString
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": method}),))


def _missing(servicer: Any) -> list[str]:
    """The methods that are still those of the generated base class, as paths of the contract."""
    paths = []
    for base in type(servicer).__mro__:
        if not base.__module__.endswith("_pb2_grpc"):
            continue
        interface = base.__name__.removesuffix("Servicer")
        for name, function in vars(base).items():
            if not name.startswith("_") and getattr(type(servicer), name) is function:
                paths.append(f"{interface[:1].lower()}{interface[1:]}.{_kebab(name)}")
    return paths


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
