// The fixed messages of gRPC plugins: our own session (proto/tenon/plugin/v1.proto), go-plugin's services, health.
// Source: hashicorp/go-plugin v1.8.0 internal/plugin/*.proto, grpc/grpc-proto health.proto.
import { compileMessage, type MessageCodec } from "@tenon/abi/proto";
import type { ValueType } from "@tenon/contract/core";

const text: ValueType = { kind: "string" };
const u32: ValueType = { kind: "u32" };
const bool: ValueType = { kind: "bool" };
const bytes: ValueType = { kind: "list", element: { kind: "u8" } };

function record(fields: Readonly<Record<string, ValueType>>): ValueType {
  return { kind: "record", fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}

function variant(cases: Readonly<Record<string, ValueType>>): ValueType {
  return { kind: "variant", cases: Object.entries(cases).map(([name, type]) => ({ name, type })) };
}

/** `tenon.plugin.v1.Plugin/Attach`. */
export const ATTACH_PATH = "/tenon.plugin.v1.Plugin/Attach";
/** The metadata by which a call says which session it belongs to. */
export const SESSION_KEY = "tenon-session";
/** The metadata with the number by which `settle` names a call. */
export const CALL_KEY = "tenon-call";
/** The trailer in which a failed call carries its TenonError as JSON. */
export const ERROR_KEY = "tenon-error-bin";
/** W3C trace context. */
export const TRACE_KEY = "traceparent";

export interface ContractName {
  readonly contract: string;
  readonly digest: string;
}
export interface Hello extends ContractName {
  readonly host: string;
  readonly offers: readonly ContractName[];
}
export interface Answer {
  readonly id: number;
  readonly value: Uint8Array;
  readonly error: string;
}
/** Of a call that was given up, or of one whose handler has ended. */
export interface CallNumber {
  readonly call: number;
}
export type HostMessage =
  | { readonly tag: "hello"; readonly val: Hello }
  | { readonly tag: "answer"; readonly val: Answer }
  | { readonly tag: "settle"; readonly val: CallNumber };

export interface Welcome extends ContractName {
  readonly session: string;
  readonly error: string;
  readonly settles: boolean;
  readonly contracts: readonly ContractName[];
}
export interface HostCall {
  readonly id: number;
  readonly path: string;
  readonly value: Uint8Array;
}
export type PluginMessage =
  | { readonly tag: "welcome"; readonly val: Welcome }
  | { readonly tag: "call"; readonly val: HostCall }
  | { readonly tag: "settled"; readonly val: CallNumber };

interface SessionMessages {
  readonly host: MessageCodec<HostMessage>;
  readonly plugin: MessageCodec<PluginMessage>;
}

let newest: { readonly maxBytes: number; readonly messages: SessionMessages } | undefined;

/** The codecs of a session's messages, whose values are as large as the calls they carry. */
export function sessionMessages(maxBytes: number): SessionMessages {
  // Plugins of one host have the same limit, and each of them waits for this.
  if (newest?.maxBytes !== maxBytes) newest = { maxBytes, messages: compileSession(maxBytes) };
  return newest.messages;
}

function compileSession(maxBytes: number): SessionMessages {
  // What the message adds to the value it carries.
  const options = { maxBytes: maxBytes + 64 * 1024 };
  const names: ValueType = { kind: "list", element: record({ contract: text, digest: text }) };
  const hello = record({ host: text, contract: text, digest: text, offers: names });
  const answer = record({ id: u32, value: bytes, error: text });
  const welcome = record({ session: text, contract: text, digest: text, error: text, settles: bool, contracts: names });
  const call = record({ id: u32, path: text, value: bytes });
  const number = record({ call: u32 });
  return {
    host: compileMessage(variant({ hello, answer, settle: number }), options),
    plugin: compileMessage(variant({ welcome, call, settled: number }), options),
  };
}

export const HEALTH_CHECK_PATH = "/grpc.health.v1.Health/Check";
export const healthRequest: MessageCodec<{ readonly service: string }> = compileMessage(record({ service: text }));
/** `status` 1 is SERVING. */
export const healthResponse: MessageCodec<{ readonly status: number }> = compileMessage(record({ status: u32 }));

export const BROKER_PATH = "/plugin.GRPCBroker/StartStream";
/** Where a service of a brokered id can be dialled. */
export interface ConnInfo {
  readonly serviceId: number;
  readonly network: string;
  readonly address: string;
  /** Only with multiplexing, which is never asked for here. */
  readonly knock: { readonly knock: boolean; readonly ack: boolean; readonly error: string } | undefined;
}
export const connInfo: MessageCodec<ConnInfo> = compileMessage(
  record({
    "service-id": u32,
    network: text,
    address: text,
    knock: { kind: "option", item: record({ knock: bool, ack: bool, error: text }) },
  }),
);

export const STDIO_PATH = "/plugin.GRPCStdio/StreamStdio";
/** `channel` 1 is standard output, 2 standard error. */
export const stdioData: MessageCodec<{ readonly channel: number; readonly data: Uint8Array }> = compileMessage(
  record({ channel: u32, data: bytes }),
);
export const SHUTDOWN_PATH = "/plugin.GRPCController/Shutdown";
