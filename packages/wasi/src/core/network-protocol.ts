// What a guest's thread asks of its network thread, and what comes back: plain data, one reply for each request.
import type { MessagePort } from "node:worker_threads";
import type { NetworkOptions } from "./network-policy.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type TcpRequest =
  | { readonly do: "tcp-connect"; readonly id: number; readonly to: Endpoint; readonly from?: Endpoint }
  | { readonly do: "tcp-listen"; readonly id: number; readonly at: Endpoint }
  /** The next connection that waits at `id` becomes `as`. */
  | { readonly do: "tcp-accept"; readonly id: number; readonly as: number }
  | { readonly do: "tcp-read"; readonly id: number; readonly max: number }
  | { readonly do: "tcp-write"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly do: "tcp-shutdown"; readonly id: number; readonly how: "receive" | "send" | "both" }
  | { readonly do: "tcp-keep-alive"; readonly id: number; readonly isOn: boolean; readonly idleMs: number }
  | { readonly do: "tcp-state" | "tcp-addresses" | "tcp-close"; readonly id: number };

export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

export type UdpRequest =
  /** `takesAll`: the place is granted for listening, so that anybody may write to it. */
  | { readonly do: "udp-bind"; readonly id: number; readonly at: Endpoint; readonly takesAll: boolean }
  /** From now on only what this peer sends is taken. */
  | { readonly do: "udp-peer"; readonly id: number; readonly peer: Endpoint | undefined }
  | { readonly do: "udp-send"; readonly id: number; readonly bytes: Uint8Array; readonly to: Endpoint }
  | { readonly do: "udp-receive"; readonly id: number; readonly max: number }
  | { readonly do: "udp-set"; readonly id: number; readonly name: UdpSetting; readonly value: number }
  | { readonly do: "udp-state" | "udp-close"; readonly id: number };
export type UdpSetting = "hop-limit" | "receive-buffer" | "send-buffer";

export interface HttpTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}
/** Values are bytes as latin1 text, which is how Node's parser and writer take them. */
export type HttpFields = readonly (readonly [name: string, value: string])[];
export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly method: string;
  readonly path: string;
}
/** An `error-code` of wasi:http/types. */
export interface HttpFault {
  readonly tag: string;
  readonly val?: unknown;
}
export type HttpRequest =
  | {
      readonly do: "http-start";
      readonly id: number;
      readonly target: HttpTarget;
      readonly headers: HttpFields;
      readonly timeouts: HttpTimeouts;
    }
  | { readonly do: "http-write"; readonly id: number; readonly bytes: Uint8Array }
  /** The request is whole. */
  | { readonly do: "http-finish"; readonly id: number; readonly trailers: HttpFields }
  | { readonly do: "http-read"; readonly id: number; readonly max: number }
  /** `http-state` also sends the head on its way, since whoever asks waits for an answer. */
  | { readonly do: "http-state" | "http-response" | "http-trailers" | "http-close"; readonly id: number };

export type NetworkRequest = { readonly do: "resolve"; readonly name: string } | TcpRequest | UdpRequest | HttpRequest;

export interface NetworkReply {
  /** A code of Node's, such as `ECONNREFUSED`. */
  readonly error?: string;
  readonly addresses?: readonly string[];
  /** `connecting`, `open`, `ended`, `binding`, `bound`, or the code of what went wrong. */
  readonly state?: string;
  /** Bytes that were taken and have not left yet. */
  readonly held?: number;
  readonly isReadable?: boolean;
  readonly bytes?: Uint8Array;
  readonly isEnd?: boolean;
  readonly local?: Endpoint | undefined;
  readonly remote?: Endpoint | undefined;
  readonly datagrams?: readonly Datagram[];
  readonly settings?: Readonly<Record<UdpSetting, number>>;
  readonly fault?: HttpFault;
  readonly response?: { readonly status: number; readonly headers: HttpFields };
  readonly trailers?: HttpFields;
}

/** What the thread starts with. */
export interface NetworkStart {
  /** `[0]` counts replies, `[1]` everything else that may have made something ready. */
  readonly signal: Int32Array;
  readonly port: MessagePort;
  readonly options: NetworkOptions;
}
