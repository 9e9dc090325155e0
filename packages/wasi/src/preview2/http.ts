// wasi:http@0.2 over the network of the core.
import { DEFAULT_HTTP_LIMITS } from "../core/network-policy.ts";
import { type ComponentGuest, defineInterface, type Preview2Interface, resource } from "./component-guest.ts";
import { bodyMembers } from "./http-bodies.ts";
import { FutureIncomingResponse, handle } from "./http-client.ts";
import { fieldsMembers } from "./http-fields.ts";
import { messageMembers, type OutgoingRequest, type RequestOptions } from "./http-messages.ts";
import type { StreamFault } from "./streams.ts";

export function httpInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const { maxBodyBytes } = guest.context.network?.http ?? DEFAULT_HTTP_LIMITS;
  return {
    "wasi:http/types": defineInterface(guest, {
      "http-error-code": (error: StreamFault) => error.http,
      ...fieldsMembers(),
      ...bodyMembers(),
      ...messageMembers(maxBodyBytes),
      "future-incoming-response": resource(FutureIncomingResponse),
      "[method]future-incoming-response.subscribe": (self: FutureIncomingResponse) => self.subscribe(),
      "[method]future-incoming-response.get": (self: FutureIncomingResponse) => self.get(),
    }),
    "wasi:http/outgoing-handler": defineInterface(guest, {
      handle: (request: OutgoingRequest, options: RequestOptions | undefined) => handle(guest, request, options),
    }),
  };
}
