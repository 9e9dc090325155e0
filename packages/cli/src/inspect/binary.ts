// The head of a program or library file -> its format, system and processor.
import type { KindFacts } from "./report.ts";

export interface BinaryFacts extends KindFacts {
  readonly kind: string;
  readonly title: string;
  readonly boundaries: readonly string[];
}

// ELF e_machine, from the gABI and linux/elf-em.h.
const ELF_MACHINES: Readonly<Record<number, string>> = {
  3: "x86",
  8: "MIPS",
  20: "PowerPC",
  21: "PowerPC 64",
  22: "s390x",
  40: "ARM",
  62: "x86-64",
  183: "AArch64",
  243: "RISC-V",
  247: "eBPF",
  258: "LoongArch",
};
const ELF_TYPES = ["none", "object file", "program", "shared library or program", "core dump"];
// mach/machine.h, and the file types of mach-o/loader.h.
const MACH_CPUS: Readonly<Record<number, string>> = {
  7: "x86",
  0x01000007: "x86-64",
  12: "ARM",
  0x0100000c: "AArch64",
};
const MACH_TYPES: Readonly<Record<number, string>> = {
  1: "object file",
  2: "program",
  6: "shared library",
  8: "bundle",
};
// PE/COFF specification, "Machine Types".
const PE_MACHINES: Readonly<Record<number, string>> = {
  0x14c: "x86",
  0x8664: "x86-64",
  0x1c0: "ARM",
  0xaa64: "AArch64",
};

/** Undefined for everything that is no program or library of a known system. Reads the head only, within its bounds. */
export function readBinary(head: Uint8Array): BinaryFacts | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < 4) return undefined;
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return readElf(view);
  if ([0xcefaedfe, 0xcffaedfe].includes(magic)) return readMach(view);
  // A fat Mach-O and a Java class share their magic number; a fat file has few parts, a class a version of 45 or more.
  if (magic === 0xcafebabe && view.byteLength >= 8 && view.getUint32(4) < 45)
    return facts("mach-o", "fat Mach-O file", {}, ["stdio", "exec"]);
  if (magic === 0xcafebabe) return facts("java-class", "Java class file", {}, []);
  if (view.getUint16(0) === 0x4d5a) return readPe(view);
  return undefined;
}

function readElf(view: DataView): BinaryFacts {
  if (view.byteLength < 20) return damaged("elf", "ELF file");
  const isLittle = view.getUint8(5) !== 2;
  const type = ELF_TYPES[view.getUint16(16, isLittle)] ?? "other";
  const machine = view.getUint16(18, isLittle);
  const processor = ELF_MACHINES[machine] ?? `machine ${machine}`;
  const bits = view.getUint8(4) === 1 ? "32" : "64";
  if (machine === 247) return facts("ebpf", "eBPF object", { format: `ELF, ${bits} bit`, type }, ["ebpf"]);
  const runs = type.includes("program") ? ["stdio", "exec"] : [];
  return facts("elf", `ELF ${type}`, { processor, bits }, type.includes("library") ? [...runs, "dylib"] : runs);
}

function readMach(view: DataView): BinaryFacts {
  if (view.byteLength < 16) return damaged("mach-o", "Mach-O file");
  const cpu = view.getUint32(4, true);
  const type = MACH_TYPES[view.getUint32(12, true)] ?? "file";
  const boundaries = type === "program" ? ["stdio", "exec"] : type === "shared library" ? ["dylib"] : [];
  return facts("mach-o", `Mach-O ${type}`, { processor: MACH_CPUS[cpu] ?? `cpu ${cpu}` }, boundaries);
}

function readPe(view: DataView): BinaryFacts {
  const at = view.byteLength >= 0x40 ? view.getUint32(0x3c, true) : 0;
  if (at === 0 || at + 24 > view.byteLength || view.getUint32(at) !== 0x50450000)
    return facts("pe", "DOS program", {}, []);
  const machine = view.getUint16(at + 4, true);
  const isLibrary = (view.getUint16(at + 22, true) & 0x2000) !== 0;
  const processor = PE_MACHINES[machine] ?? `machine ${machine}`;
  return facts(
    "pe",
    isLibrary ? "Windows library" : "Windows program",
    { processor },
    isLibrary ? ["dylib"] : ["stdio", "exec"],
  );
}

function facts(
  kind: string,
  title: string,
  details: Record<string, string>,
  boundaries: readonly string[],
): BinaryFacts {
  return { kind, title, details, boundaries };
}

function damaged(kind: string, title: string): BinaryFacts {
  return { ...facts(kind, title, {}, []), notes: ["the file ends inside its header"] };
}
