"""Tenon plugins in Python: `wire` for stdio, on the standard library alone, and `grpc_server` for gRPC, with grpcio."""
