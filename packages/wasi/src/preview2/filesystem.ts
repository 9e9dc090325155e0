// wasi:filesystem@0.2 over the core: the same walk, mounts and quotas as preview1.
import { fault } from "../core/fault.ts";
import type { Entry, Stat } from "../core/node.ts";
import {
  hardLinkAt,
  makeDirectoryAt,
  makeLinkAt,
  readLinkAt,
  removeDirectoryAt,
  removeFileAt,
  renameAt,
  setTimesAt,
} from "../core/paths.ts";
import { type ComponentGuest, defineInterface, fallible, type Preview2Interface, resource } from "./component-guest.ts";
import {
  Descriptor,
  DESCRIPTOR_TYPE,
  type DescriptorFlags,
  descriptorStat,
  type NewTimestamp,
  newTimes,
  type OpenFlags,
} from "./descriptor.ts";
import { GuestInput, GuestOutput, MAX_CHUNK, type StreamFault } from "./streams.ts";

interface PathFlags {
  readonly symlinkFollow?: boolean;
}

class DirectoryEntries {
  readonly guest: ComponentGuest;
  readonly entries: readonly Entry[];
  at = 0;

  constructor(guest: ComponentGuest, entries: readonly Entry[]) {
    guest.context.budget.holdEntries(entries.length);
    this.guest = guest;
    this.entries = entries;
  }

  [Symbol.dispose](): void {
    this.guest.context.budget.releaseEntries(this.entries.length);
  }
}

export function filesystemInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const mounts = guest.context.mounts.map(({ path, readOnly, directory }) => {
    const flags = { read: true, mutateDirectory: !readOnly };
    return [new Descriptor(guest, directory, flags), path] as const;
  });
  return {
    "wasi:filesystem/preopens": defineInterface(guest, {
      // Each call gives handles of its own: the guest drops them as it likes.
      "get-directories": () =>
        mounts.map(([mount, path]) => [new Descriptor(guest, mount.directory("look").again(), mount.flags), path]),
    }),
    "wasi:filesystem/types": defineInterface(guest, {
      descriptor: resource(Descriptor),
      "directory-entry-stream": resource(DirectoryEntries),
      "[method]directory-entry-stream.read-directory-entry": fallible((self: DirectoryEntries) => {
        const entry = self.entries[self.at++];
        return entry === undefined ? undefined : { type: DESCRIPTOR_TYPE[entry.type], name: entry.name };
      }),
      "filesystem-error-code": (error: StreamFault) => error.filesystem,
      ...fileMembers(guest),
      ...factMembers(guest),
      ...pathMembers(guest),
    }),
  };
}

function fileMembers({ context }: ComponentGuest) {
  return {
    "[method]descriptor.read-via-stream": fallible((self: Descriptor, offset: bigint) =>
      GuestInput.ofFile(self.file("read"), toOffset(offset)),
    ),
    "[method]descriptor.write-via-stream": fallible((self: Descriptor, offset: bigint) =>
      GuestOutput.ofFile(self.file("write"), toOffset(offset)),
    ),
    "[method]descriptor.append-via-stream": fallible((self: Descriptor) =>
      GuestOutput.ofFile(self.file("write"), "end"),
    ),
    "[method]descriptor.read": fallible((self: Descriptor, length: bigint, offset: bigint) => {
      const file = self.file("read");
      const into = new Uint8Array(Number(length > BigInt(MAX_CHUNK) ? MAX_CHUNK : length));
      const read = file.read(into, toOffset(offset));
      context.budget.chargeIo(read);
      return [into.subarray(0, read), read === 0 && into.length > 0];
    }),
    "[method]descriptor.write": fallible((self: Descriptor, bytes: Uint8Array, offset: bigint) => {
      context.budget.chargeIo(bytes.length);
      return BigInt(self.file("write").write(bytes, toOffset(offset)));
    }),
    "[method]descriptor.set-size": fallible((self: Descriptor, size: bigint) =>
      self.file("write").resize(toOffset(size)),
    ),
    "[method]descriptor.advise": fallible((self: Descriptor) => void self.file("facts")),
    "[method]descriptor.sync-data": fallible((self: Descriptor) => sync(self, true)),
    "[method]descriptor.sync": fallible((self: Descriptor) => sync(self, false)),
  };
}

function factMembers(guest: ComponentGuest) {
  const now = (): bigint => guest.context.clocks.now();
  return {
    "[method]descriptor.get-flags": fallible((self: Descriptor) => ({ ...noFlags, ...self.flags })),
    "[method]descriptor.get-type": fallible((self: Descriptor) => DESCRIPTOR_TYPE[self.stat().type]),
    "[method]descriptor.stat": fallible((self: Descriptor) => descriptorStat(self.stat())),
    "[method]descriptor.stat-at": fallible((self: Descriptor, flags: PathFlags, path: string) =>
      descriptorStat(self.statAt(flags.symlinkFollow === true, path)),
    ),
    "[method]descriptor.set-times": fallible((self: Descriptor, atime: NewTimestamp, mtime: NewTimestamp) => {
      const times = newTimes(now, atime, mtime);
      if (self.node.kind === "file") self.file("write").setTimes(times);
      else self.directory("change").setTimesSelf(times);
    }),
    "[method]descriptor.set-times-at": fallible(
      (self: Descriptor, flags: PathFlags, path: string, atime: NewTimestamp, mtime: NewTimestamp) =>
        setTimesAt(self.directory("change"), path, flags.symlinkFollow === true, newTimes(now, atime, mtime)),
    ),
    "[method]descriptor.is-same-object": (self: Descriptor, other: Descriptor) => {
      const [one, two] = [self.stat(), other.stat()];
      return one.dev === two.dev && one.ino === two.ino;
    },
    "[method]descriptor.metadata-hash": fallible((self: Descriptor) => metadataHash(self.stat())),
    "[method]descriptor.metadata-hash-at": fallible((self: Descriptor, flags: PathFlags, path: string) =>
      metadataHash(self.statAt(flags.symlinkFollow === true, path)),
    ),
  };
}

function pathMembers(guest: ComponentGuest) {
  return {
    "[method]descriptor.read-directory": fallible(
      (self: Descriptor) => new DirectoryEntries(guest, self.directory("look").list()),
    ),
    "[method]descriptor.open-at": fallible(
      (self: Descriptor, flags: PathFlags, path: string, open: OpenFlags, descriptorFlags: DescriptorFlags) =>
        self.openAt(flags.symlinkFollow === true, path, open, descriptorFlags),
    ),
    "[method]descriptor.readlink-at": fallible((self: Descriptor, path: string) =>
      readLinkAt(self.directory("look"), path),
    ),
    "[method]descriptor.create-directory-at": fallible((self: Descriptor, path: string) =>
      makeDirectoryAt(self.directory("change"), path),
    ),
    "[method]descriptor.remove-directory-at": fallible((self: Descriptor, path: string) =>
      removeDirectoryAt(self.directory("change"), path),
    ),
    "[method]descriptor.unlink-file-at": fallible((self: Descriptor, path: string) =>
      removeFileAt(self.directory("change"), path),
    ),
    "[method]descriptor.symlink-at": fallible((self: Descriptor, target: string, path: string) =>
      makeLinkAt(self.directory("change"), path, target),
    ),
    "[method]descriptor.link-at": fallible(
      (self: Descriptor, flags: PathFlags, path: string, to: Descriptor, toPath: string) => {
        // Following here would let the walk and the link see different files.
        if (flags.symlinkFollow === true) throw fault("inval");
        hardLinkAt(self.directory("change"), path, to.directory("change"), toPath);
      },
    ),
    "[method]descriptor.rename-at": fallible((self: Descriptor, path: string, to: Descriptor, toPath: string) =>
      renameAt(self.directory("change"), path, to.directory("change"), toPath),
    ),
  };
}

const noFlags = {
  read: false,
  write: false,
  fileIntegritySync: false,
  dataIntegritySync: false,
  requestedWriteSync: false,
  mutateDirectory: false,
};

function toOffset(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fault("inval");
  return Number(value);
}

function sync(self: Descriptor, dataOnly: boolean): void {
  if (self.node.kind === "file") self.node.sync(dataOnly);
  else self.node.sync();
}

/** Differs for different files, and for one file after a change: enough for caches, as the interface asks. */
function metadataHash(stat: Stat): object {
  const lower = BigInt.asUintN(64, stat.dev * 0x9e3779b97f4a7c15n + stat.ino);
  return { lower, upper: BigInt.asUintN(64, stat.mtime * 31n + stat.size) };
}
