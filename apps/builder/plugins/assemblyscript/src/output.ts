// What the compiler made -> files in the output folder.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifact, ArtifactKind } from "@tenon/builder/contract";

export interface OutputFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly kind: ArtifactKind;
  readonly content: string | Uint8Array;
}

export async function writeArtifacts(folder: string, files: readonly OutputFile[]): Promise<Artifact[]> {
  for (const { path, content } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return files.map(({ path, kind, content }) => ({ path, kind, size: BigInt(Buffer.byteLength(content)) }));
}
