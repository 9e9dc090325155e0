// Where a plugin listens and how it proves who it is -> a gRPC client with limits of ours instead of the library's.
import type * as Grpc from "@grpc/grpc-js";
import type { Limits } from "@tenon/host/driver";
import type { GrpcLibrary } from "@tenon/plugin/grpc";
import type { Launched } from "./launch.ts";
import type { LoadedTls } from "./options.ts";

/** Headers beyond this end the call, as other gRPC implementations have it. */
const MAX_METADATA_BYTES = 8 * 1024;
/** No session ends because nobody called for half an hour, which is grpc-js's default. */
const NEVER_MS = 2 ** 31 - 1;

export interface Dial {
  readonly target: string;
  readonly credentials: Grpc.ChannelCredentials;
  /** The name that the certificate must have, and that the server sees as `:authority`. */
  readonly authority: string | undefined;
}

/** A client for one place. It connects at the first call. */
export function createClient(grpc: GrpcLibrary, dial: Dial, limits: Limits): Grpc.Client {
  const { target, credentials, authority } = dial;
  return new grpc.Client(target, credentials, {
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_send_message_length": limits.maxMessageBytes,
    "grpc.max_metadata_size": MAX_METADATA_BYTES,
    "grpc.client_idle_timeout_ms": NEVER_MS,
    "grpc.use_local_subchannel_pool": 1,
    // A call may have had effects when it fails; whether to repeat it is the caller's to know.
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    ...(authority !== undefined && {
      "grpc.ssl_target_name_override": authority,
      "grpc.default_authority": authority,
    }),
  });
}

/** The way to a program that we started. */
export function launchedDial(grpc: GrpcLibrary, { target, tls }: Pick<Launched, "target" | "tls">): Dial {
  if (tls === undefined) return { target, credentials: grpc.credentials.createInsecure(), authority: "localhost" };
  // Under the name that go-plugin gives it.
  return { target, credentials: grpc.credentials.createFromSecureContext(tls.context), authority: "localhost" };
}

/** The credentials for a plugin elsewhere. */
export function remoteCredentials(grpc: GrpcLibrary, tls: LoadedTls | false): Grpc.ChannelCredentials {
  if (tls === false) return grpc.credentials.createInsecure();
  return grpc.credentials.createSsl(tls.ca, tls.key, tls.cert);
}
