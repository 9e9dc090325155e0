// The descriptors of a foreign plugin -> the contract that its services make, and how each function of it is called.
import { EMPTY } from "@tenon/abi/proto";
import { camelCase, contractDigest, createDigester, interfaceKeys, TenonError } from "@tenon/contract/core";
import type { Contract, ContractFunction, ContractInterface } from "@tenon/contract/core";
import { chooseContract, indexFunctions } from "@tenon/host/driver";
import type { ForeignMethod } from "../methods.ts";
import { readDescriptors, type MethodDescriptor, type ServiceDescriptor } from "./descriptors.ts";
import { labelOf, uniqueLabels } from "./labels.ts";
import { TypeMapper } from "./types.ts";

/** The services of a plugin that others wrote: FileDescriptorProto bytes, each file with all that it imports. */
export interface ForeignSchema {
  readonly files: readonly Uint8Array[];
  /** Full names of the services that the plugin serves (`proto.Notifier`). Default: all in `files` but gRPC's and go-plugin's own. */
  readonly services?: readonly string[];
  /** Services that the plugin calls and the host offers through go-plugin's broker: imports of the contract. */
  readonly hostServices?: readonly string[];
  /**
   * Fields of requests that carry the broker id under which the host's services are found (`proto.PutRequest.add_server`).
   * The driver fills in a new id wherever the caller gives 0.
   */
  readonly brokerFields?: readonly string[];
  /** Services that the plugin opens through the broker: their functions take the id first, which another call returned. */
  readonly brokeredServices?: readonly string[];
}

export interface Derived {
  readonly contract: Contract;
  /** By the functions of `contract`. */
  readonly methods: ReadonlyMap<ContractFunction, ForeignMethod>;
}

/** What every go-plugin server has beside the application's services. */
const MACHINERY = /^(grpc\.(health|reflection)\.|plugin\.GRPC)/;

/** Throws artifact-invalid for a damaged schema or one without services. */
export function deriveContract(schema: ForeignSchema): Derived {
  const descriptors = readDescriptors(schema.files);
  const { services: wanted, hostServices = [], brokeredServices = [] } = schema;
  const pick = (names: readonly string[]): ServiceDescriptor[] =>
    descriptors.services.filter(({ fullName }) => names.includes(fullName));
  const rest = descriptors.services.map(({ fullName }) => fullName).filter((name) => !MACHINERY.test(name));
  const services = pick([...(wanted ?? rest.filter((name) => !hostServices.includes(name))), ...brokeredServices]);
  const known = new Set(descriptors.services.map(({ fullName }) => fullName));
  const missing = [...(wanted ?? []), ...hostServices, ...brokeredServices].filter((name) => !known.has(name));
  if (missing.length > 0 || services.length === 0)
    throw new TenonError(
      "artifact-invalid",
      missing.length > 0 ? `the schema has no service ${missing.join(", ")}` : "the schema has no services",
      { hint: "take the .proto of this version of the plugin", sideEffects: "none" },
    );
  const mapper = new TypeMapper(descriptors);
  const digester = createDigester();
  const shapes = new Map<ContractFunction, ForeignMethod>();
  const side = (list: readonly ServiceDescriptor[]): ContractInterface[] => {
    const ids = uniqueIds(list);
    const keys = interfaceKeys(ids);
    return list.map((service, index) => {
      const names = uniqueLabels(service.methods.map(({ name }) => name));
      const functions = service.methods.map((method, at) => {
        const { func, foreign } = deriveFunction({ mapper, schema, service, method, name: names[at]! });
        shapes.set(func, foreign);
        return func;
      });
      const parts = { id: ids[index]!, functions, resources: [] };
      return { ...parts, key: keys[index]!, digest: digester.interfaceDigest(parts) };
    });
  };
  const sides = { exports: side(services), imports: side(pick(hostServices)) };
  const { id } = sides.exports[0]!;
  const contract: Contract = { id: `${id.slice(0, id.indexOf("/"))}/plugin`, ...sides, digest: contractDigest(sides) };
  const all = [...indexFunctions(sides.exports), ...indexFunctions(sides.imports)];
  return { contract, methods: new Map(all.map(({ function: func }) => [func, shapes.get(func)!])) };
}

const derived = new WeakMap<ForeignSchema, Derived>();

function derivedFrom(schema: ForeignSchema): Derived {
  let made = derived.get(schema);
  if (made === undefined) derived.set(schema, (made = deriveContract(schema)));
  return made;
}

/** The one of `offers` that the schema makes. Throws contract-mismatch with both lists. */
export function contractOfSchema(schema: ForeignSchema, offers: readonly Contract[]): Contract {
  const { id, digest } = derivedFrom(schema).contract;
  return chooseContract(offers, [{ id, digest }], "the schema");
}

/** How the functions of `contract`, which is the schema's, are called. */
export function foreignMethods(schema: ForeignSchema, contract: Contract): Derived["methods"] {
  // The contract may have come as text in between, so that its functions are other objects.
  return rekeyed(derivedFrom(schema), contract);
}

function rekeyed({ contract: own, methods }: Derived, contract: Contract): Derived["methods"] {
  if (own === contract) return methods;
  const all = (one: Contract): ContractFunction[] =>
    [...indexFunctions(one.exports), ...indexFunctions(one.imports)].map((ref) => ref.function);
  const mine = all(own);
  return new Map(all(contract).map((func, index) => [func, methods.get(mine[index]!)!]));
}

/** `tfplugin6.Provider` -> `grpc:tfplugin6/provider`. */
function uniqueIds(services: readonly ServiceDescriptor[]): string[] {
  const taken = new Set<string>();
  return services.map(({ fullName, package: scope }) => {
    const name = fullName.slice(scope === "" ? 0 : scope.length + 1);
    let id = `grpc:${scope === "" ? "plugin" : labelOf(scope)}/${labelOf(name)}`;
    while (taken.has(id)) id += "-x";
    taken.add(id);
    return id;
  });
}

interface DeriveOptions {
  readonly mapper: TypeMapper;
  readonly schema: ForeignSchema;
  readonly service: ServiceDescriptor;
  readonly method: MethodDescriptor;
  readonly name: string;
}

function deriveFunction({ mapper, schema, service, method, name }: DeriveOptions): {
  readonly func: ContractFunction;
  readonly foreign: ForeignMethod;
} {
  const [input, output] = [mapper.message(method.input), mapper.message(method.output)];
  const request = method.isClientStream ? ({ kind: "stream", element: input.type } as const) : input.type;
  const response = method.isServerStream ? ({ kind: "stream", element: output.type } as const) : output.type;
  const takes = method.isClientStream || input.type.fields.length > 0;
  const gives = method.isServerStream || output.type.fields.length > 0;
  const isBrokered = schema.brokeredServices?.includes(service.fullName) === true;
  const brokerFields = (schema.brokerFields ?? [])
    .filter((field) => `.${field.slice(0, field.lastIndexOf("."))}` === method.input)
    .map((field) => camelCase(labelOf(field.slice(field.lastIndexOf(".") + 1))));
  return {
    func: {
      name,
      kind: "freestanding",
      isAsync: false,
      params: [
        ...(isBrokered ? [{ name: "broker-id", type: { kind: "u32" } as const }] : []),
        ...(takes ? [{ name: "request", type: request }] : []),
      ],
      ...(gives && { result: response }),
    },
    foreign: {
      path: `/${service.fullName}/${method.name}`,
      // A message without fields is no parameter.
      shape: { params: takes ? input.message : EMPTY, result: output.message, isWhole: true },
      isBrokered,
      brokerFields,
    },
  };
}
