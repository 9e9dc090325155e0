// The peer: connect-node with protobuf-es on HTTP/2, speaking gRPC: `connect-child.mjs SOCKET`.
import { createServer } from "node:http2";
import { findPeer } from "../find-peer.mjs";
import { work } from "../workloads.mjs";
import { serviceOf } from "./connect-service.mjs";

const { connectNodeAdapter } = await findPeer("@connectrpc/connect-node");
const Work = await serviceOf();
const routes = (router) =>
  router.service(Work, {
    add: ({ a, b }) => ({ value: work.add(a, b) }),
    echo: ({ text }) => ({ value: work.echo(text) }),
    build: ({ request }) => ({ value: work.build(request) }),
    bytes: ({ data }) => ({ value: work.bytes(data) }),
  });
createServer(connectNodeAdapter({ routes, readMaxBytes: 2 ** 28 })).listen(process.argv[2], () => console.log("ready"));
process.stdin.on("end", () => process.exit(0)).resume();
