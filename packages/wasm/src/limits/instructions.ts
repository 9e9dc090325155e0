// The bytes of an expression -> one instruction after the other, each stepped over with all of its immediates.
import { BinaryReader, hex } from "../binary/reader.ts";
import { FEATURE_BITS, FORM, FORMS, PREFIX_BASE, PREFIX_SIZE } from "./opcodes.ts";
import type { ModuleShape } from "./module-shape.ts";

/** Reads instructions at `at`. What `next` leaves in `labels` and `index` belongs to the instruction it returned. */
export class InstructionReader extends BinaryReader {
  readonly shape: ModuleShape;
  declare end: number;
  /** Labels that the instruction may jump to, `labelCount` of them; of a `try_table`, as seen from around it. */
  readonly labels: number[] = [];
  labelCount = 0;
  /** The global that the instruction is about. */
  index = 0;
  /** Whether the length that a bulk instruction takes is an i64. */
  is64 = false;

  constructor(shape: ModuleShape, bytes: Uint8Array, at: number, end: number) {
    super(bytes, at, end);
    this.shape = shape;
  }

  /** Goes on with other bytes of the module. */
  moveTo(at: number, end: number): void {
    this.at = at;
    this.end = end;
  }

  /** Steps over one instruction; returns its number as in opcodes.ts. */
  next(): number {
    const start = this.at;
    let op = this.u8("an instruction");
    if (op > PREFIX_BASE && op !== 0xff) {
      const number = this.u32("an instruction");
      if (number >= PREFIX_SIZE) this.fail(`unknown instruction ${hex(op)} ${hex(number)}`, start);
      op = (op - PREFIX_BASE) * PREFIX_SIZE + number;
    }
    const form = FORMS[op] as number;
    if (form === FORM.none) {
      const bits = FEATURE_BITS[op] as number;
      if (bits !== 0) this.shape.features.use(bits, start);
      return op;
    }
    if (form === FORM.unknown) this.fail(`unknown instruction ${hex(this.bytes[start] ?? 0)}`, start);
    const bits = FEATURE_BITS[op] as number;
    if (bits !== 0) this.shape.features.use(bits, start);
    this.labelCount = 0;
    this.#immediates(form);
    return op;
  }

  override u32(what: string): number {
    const { at } = this;
    const byte = this.bytes[at];
    if (at < this.end && byte !== undefined && byte < 0x80) {
      this.at = at + 1;
      return byte;
    }
    return super.u32(what);
  }

  #immediates(form: number): void {
    const { shape } = this;
    switch (form) {
      case FORM.block:
        return shape.blockType(this);
      case FORM.label:
        return this.#label();
      case FORM.labels:
        for (let left = this.count("labels") + 1; left > 0; left--) this.#label();
        return;
      case FORM.func:
        shape.functionIndex(this);
        return;
      case FORM.callIndirect:
        shape.typeIndex(this);
        shape.tableIndex(this);
        return;
      case FORM.local:
      case FORM.tag:
      case FORM.data:
      case FORM.elem:
        this.u32("an index");
        return;
      case FORM.global:
        this.index = shape.globalIndex(this);
        return;
      case FORM.table:
        this.is64 = shape.tables[shape.tableIndex(this)] === true;
        return;
      case FORM.memarg:
        return this.#memarg();
      case FORM.memory:
        this.is64 = shape.memories[shape.memoryIndex(this)] === true;
        return;
      case FORM.i32:
        return this.skipSigned("an i32", 5);
      case FORM.i64:
        return this.skipSigned("an i64", 10);
      case FORM.f32:
        return this.#skip(4);
      case FORM.f64:
        return this.#skip(8);
      default:
        return this.#rareImmediates(form);
    }
  }

  #rareImmediates(form: number): void {
    const { shape } = this;
    switch (form) {
      case FORM.heap:
        return shape.heapType(this);
      case FORM.types:
        for (let left = this.count("types"); left > 0; left--) shape.valueType(this);
        return;
      case FORM.tryTable:
        shape.blockType(this);
        for (let left = this.count("catch clauses"); left > 0; left--) this.#catch();
        return;
      case FORM.type:
        shape.typeIndex(this);
        return;
      case FORM.dataMemory:
        this.u32("an index");
        shape.memoryIndex(this);
        // What lies in a segment is counted with 32 bits, whatever the memory's addresses have.
        this.is64 = false;
        return;
      case FORM.memoryMemory: {
        // A copy between address sizes counts in the smaller one.
        const to = shape.memories[shape.memoryIndex(this)] === true;
        this.is64 = shape.memories[shape.memoryIndex(this)] === true && to;
        return;
      }
      case FORM.elemTable:
        this.u32("an index");
        shape.tableIndex(this);
        this.is64 = false;
        return;
      case FORM.tableTable: {
        const to = shape.tables[shape.tableIndex(this)] === true;
        this.is64 = shape.tables[shape.tableIndex(this)] === true && to;
        return;
      }
      case FORM.bytes16:
        return this.#skip(16);
      case FORM.lane:
        return this.#skip(1);
      case FORM.memargLane:
        this.#memarg();
        return this.#skip(1);
      default:
        return this.#gcImmediates(form);
    }
  }

  #gcImmediates(form: number): void {
    const { shape } = this;
    this.is64 = false;
    switch (form) {
      case FORM.typeNumber:
      case FORM.typeData:
      case FORM.typeElem:
        shape.typeIndex(this);
        this.u32("an index");
        return;
      case FORM.typeType:
        shape.typeIndex(this);
        shape.typeIndex(this);
        return;
      case FORM.brOnCast:
        this.#skip(1);
        this.#label();
        shape.heapType(this);
        shape.heapType(this);
        return;
      case FORM.zero:
        return this.expect(0, "a reserved byte");
      default:
        this.fail("unknown form of an instruction");
    }
  }

  #label(): void {
    this.labels[this.labelCount++] = this.u32("a label");
  }

  #catch(): void {
    const at = this.at;
    const kind = this.u8("the kind of a catch clause");
    if (kind > 3) this.fail(`expected the kind of a catch clause, found ${hex(kind)}`, at);
    if (kind < 2) this.u32("a tag");
    this.#label();
  }

  #memarg(): void {
    const { shape } = this;
    const align = this.u32("an alignment");
    let memory = 0;
    // Bit 6 of the alignment says that the index of a memory follows (core spec, binary/instructions).
    if ((align & 0x40) !== 0) memory = shape.memoryIndex(this);
    else if (shape.memories.length === 0) this.fail("memory 0 is not there");
    if (shape.memories[memory] === true) this.u64("an offset");
    else this.u32("an offset");
  }

  #skip(size: number): void {
    if (size > this.end - this.at) this.fail("the instruction ends early");
    this.at += size;
  }
}
