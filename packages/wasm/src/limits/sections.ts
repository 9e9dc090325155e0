// The bytes of a module -> its sections in order; and sections, some of them new, -> the bytes of a module.
import { BinaryReader, hex } from "../binary/reader.ts";
import { ByteSink } from "./byte-sink.ts";

/** Ids of known sections (core spec, binary/modules). */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  elem: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;
/** The order in which known sections may come; ids do not give it. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the frame of a module. Throws `artifact-invalid` for unknown sections and for known ones out of order. */
export function readSections(bytes: Uint8Array): readonly Section[] {
  const reader = new BinaryReader(bytes);
  for (const byte of HEADER) reader.expect(byte, "the header of a core module");
  const sections: Section[] = [];
  let last = -1;
  while (!reader.isAtEnd) {
    const at = reader.at;
    const id = reader.u8("a section");
    const body = reader.slice(reader.u32("the size of a section"), "a section");
    if (id !== SECTION.custom) {
      const place = ORDER.indexOf(id);
      if (place < 0) reader.fail(`expected a section, found the unknown id ${hex(id)}`, at);
      if (place <= last) reader.fail(`section ${id} is out of order`, at);
      last = place;
    }
    sections.push({ id, start: body.at, end: body.end });
  }
  return sections;
}

/** The pieces of what stands in place of a section; none leave it out. */
export type NewSections = ReadonlyMap<number, readonly Uint8Array[]>;

/** Writes the module with `changed` in place of its sections of these ids; those it did not have come where they belong. */
export function writeSections(
  bytes: Uint8Array,
  sections: readonly Section[],
  changed: NewSections,
  keepsCustom: (section: Section) => boolean,
): Uint8Array {
  const sink = new ByteSink(bytes.length + (bytes.length >> 3) + 1024);
  sink.copy(Uint8Array.from(HEADER));
  const had = new Set(sections.map(({ id }) => id));
  const added = ORDER.filter((id) => changed.has(id) && !had.has(id));
  const section = (id: number, pieces: readonly Uint8Array[]): void => {
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (size === 0) return;
    sink.u8(id);
    sink.u32(size);
    for (const piece of pieces) sink.copy(piece);
  };
  const addBefore = (place: number): void => {
    while (added.length > 0 && ORDER.indexOf(added[0] as number) < place) {
      const id = added.shift() as number;
      section(id, changed.get(id) ?? []);
    }
  };
  for (const one of sections) {
    if (one.id !== SECTION.custom) addBefore(ORDER.indexOf(one.id));
    const content = changed.get(one.id);
    if (content !== undefined) section(one.id, content);
    else if (one.id !== SECTION.custom || keepsCustom(one)) section(one.id, [bytes.subarray(one.start, one.end)]);
  }
  addBefore(ORDER.length);
  return sink.bytes;
}
