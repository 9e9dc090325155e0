// Reading, writing and sizing what a descriptor number stands for (wasi_snapshot_preview1 fd_*).
import { fault } from "../core/fault.ts";
import { FDFLAG, type OpenFile } from "./descriptors.ts";
import { type Guest, type Operations, toOffset } from "./guest.ts";
import { RIGHT } from "./rights.ts";

const MAX_ADVICE = 5;

export function fdIo(guest: Guest): Operations {
  const { memory, descriptors } = guest;
  return {
    fd_read: (fd: number, vectors: number, count: number, read: number) => fdRead(guest, fd, vectors, count, read),
    fd_write: (fd: number, vectors: number, count: number, written: number) =>
      fdWrite(guest, fd, vectors, count, written),
    fd_pread(fd: number, vectors: number, count: number, offset: bigint, read: number) {
      const { file } = descriptors.file(fd, RIGHT.fdRead | RIGHT.fdSeek);
      const start = toOffset(offset, () => fault("inval"));
      finish(guest, read, () => memory.eachVector(vectors, count, (bytes, done) => file.read(bytes, start + done)));
    },
    fd_pwrite(fd: number, vectors: number, count: number, offset: bigint, written: number) {
      const { file } = descriptors.file(fd, RIGHT.fdWrite | RIGHT.fdSeek);
      const start = toOffset(offset, () => fault("inval"));
      finish(guest, written, () => memory.eachVector(vectors, count, (bytes, done) => file.write(bytes, start + done)));
    },
    fd_seek: (fd: number, delta: bigint, whence: number, position: number) =>
      fdSeek(guest, fd, delta, whence, position),
    fd_tell(fd: number, position: number) {
      memory.setU64(position, BigInt(descriptors.file(fd, RIGHT.fdTell).position));
    },
    fd_sync(fd: number) {
      syncOf(guest, fd, RIGHT.fdSync)(false);
    },
    fd_datasync(fd: number) {
      syncOf(guest, fd, RIGHT.fdDatasync)(true);
    },
    fd_advise(fd: number, offset: bigint, length: bigint, advice: number) {
      descriptors.file(fd, RIGHT.fdAdvise);
      if (advice < 0 || advice > MAX_ADVICE || BigInt.asIntN(64, offset) < 0n || BigInt.asIntN(64, length) < 0n)
        throw fault("inval");
    },
    fd_allocate(fd: number, offset: bigint, length: bigint) {
      const { file } = descriptors.file(fd, RIGHT.fdAllocate);
      const end = toOffset(BigInt.asUintN(64, offset) + BigInt.asUintN(64, length), () => fault("fbig"));
      if (BigInt.asUintN(64, length) === 0n) throw fault("inval");
      if (BigInt(end) > file.stat().size) file.resize(end);
    },
    fd_filestat_set_size(fd: number, size: bigint) {
      const { file } = descriptors.file(fd, RIGHT.fdFilestatSetSize);
      file.resize(toOffset(size, () => fault("inval")));
    },
  };
}

function finish(guest: Guest, result: number, transfer: () => number): void {
  // The place for the answer is checked first: what was written could not be taken back.
  guest.memory.slice(result, 4);
  const done = transfer();
  guest.context.budget.chargeIo(done);
  guest.memory.setU32(result, done);
}

function fdRead(guest: Guest, fd: number, vectors: number, count: number, result: number): void {
  const from = guest.descriptors.get(fd);
  if (from.kind === "directory") throw fault("isdir");
  if (from.kind === "output") throw fault("badf");
  if ((from.base & RIGHT.fdRead) === 0) throw fault("notcapable");
  if (from.kind === "file") {
    finish(guest, result, () => {
      const read = guest.memory.eachVector(vectors, count, (bytes, done) =>
        from.file.read(bytes, from.position + done),
      );
      from.position += read;
      return read;
    });
    return;
  }
  finish(guest, result, () =>
    // What is there is enough: waiting for more would hold back what has come.
    guest.memory.eachVector(vectors, count, (bytes, done) =>
      done > 0 && !from.stream.isReady() ? 0 : from.stream.read(bytes),
    ),
  );
}

function fdWrite(guest: Guest, fd: number, vectors: number, count: number, result: number): void {
  const to = guest.descriptors.get(fd);
  if (to.kind === "directory") throw fault("isdir");
  if (to.kind === "input") throw fault("badf");
  if ((to.base & RIGHT.fdWrite) === 0) throw fault("notcapable");
  finish(guest, result, () =>
    guest.memory.eachVector(vectors, count, (bytes) => {
      if (to.kind === "file") return writeAtPosition(to, bytes);
      to.stream.write(bytes);
      return bytes.length;
    }),
  );
}

function writeAtPosition(to: OpenFile, bytes: Uint8Array): number {
  if ((to.flags & FDFLAG.append) === 0) {
    const written = to.file.write(bytes, to.position);
    to.position += written;
    return written;
  }
  const written = to.file.append(bytes);
  to.position = Number(to.file.stat().size);
  return written;
}

function fdSeek(guest: Guest, fd: number, delta: bigint, whence: number, result: number): void {
  const isTell = whence === 1 && delta === 0n;
  const to = guest.descriptors.file(fd, isTell ? RIGHT.fdTell : RIGHT.fdSeek);
  let start: bigint;
  if (whence === 0) start = 0n;
  else if (whence === 1) start = BigInt(to.position);
  else if (whence === 2) start = to.file.stat().size;
  else throw fault("inval");
  const position = start + BigInt.asIntN(64, delta);
  if (position < 0n) throw fault("inval");
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) throw fault("overflow");
  guest.memory.setU64(result, position);
  to.position = Number(position);
}

function syncOf(guest: Guest, fd: number, right: number): (dataOnly: boolean) => void {
  const descriptor = guest.descriptors.get(fd, right);
  if (descriptor.kind === "file") return (dataOnly) => descriptor.file.sync(dataOnly);
  if (descriptor.kind === "directory") return () => descriptor.directory.sync();
  throw fault("inval");
}
