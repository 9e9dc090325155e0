// WIT files -> one line of offsets: every span is a pair of global offsets, turned into file, line, column on demand.

/** A stretch of source text in global offsets (UTF-16 units). `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Global offset of the first character. */
  readonly base: number;
}

/** 1-based place in a file. Columns count UTF-16 units, as editors do. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The whole line without its end. */
  readonly text: string;
}

/** All files of one load. */
export class SourceMap {
  readonly #files: SourceFile[] = [];
  #end = 0;

  add(path: string, text: string): SourceFile {
    const file: SourceFile = { path, text, base: this.#end };
    this.#files.push(file);
    // One extra offset, so that the end of a file belongs to that file and not to the next one.
    this.#end += text.length + 1;
    return file;
  }

  locate(offset: number): Location {
    const file = this.#fileAt(offset);
    if (file === undefined) return { file: "", line: 1, column: 1, text: "" };
    const at = Math.min(Math.max(offset - file.base, 0), file.text.length);
    let line = 1;
    let lineStart = 0;
    for (let next = file.text.indexOf("\n"); next !== -1 && next < at; next = file.text.indexOf("\n", next + 1)) {
      line += 1;
      lineStart = next + 1;
    }
    const lineEnd = file.text.indexOf("\n", at);
    const text = file.text.slice(lineStart, lineEnd === -1 ? file.text.length : lineEnd).replace(/\r$/, "");
    return { file: file.path, line, column: at - lineStart + 1, text };
  }

  /** The first place of `text` inside a stretch of one file; the stretch itself where it is not there. */
  find(text: string, { start, end }: Span): Span {
    const file = this.#fileAt(start);
    const at = file?.text.indexOf(text, start - file.base) ?? -1;
    if (file === undefined || at < 0 || file.base + at >= end) return { start, end };
    return { start: file.base + at, end: file.base + at + text.length };
  }

  #fileAt(offset: number): SourceFile | undefined {
    let low = 0;
    let high = this.#files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#files[middle]?.base ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#files[low];
  }
}
