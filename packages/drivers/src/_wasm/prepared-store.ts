// Rewritten modules with their link plan <-> files in a folder of the operator's, where they outlive the process.
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract/core";
import { planFromText, planToText } from "@tenon/wasm";
import { REWRITE_VERSION } from "@tenon/wasm/limits";
import type { Rewritten } from "./prepare-here.ts";

/** A folder for what is made of large guests, so that a host that starts again need not make it again. */
export interface CacheOptions {
  /** An absolute path; made where it is not there. Nobody but the host's own user may write in it: what lies there is run. */
  readonly folder: string;
  /** Bytes of all files in it; those that were not used for the longest time go first. Default 256 MiB: some twenty of the largest guests. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const SUFFIX = ".tenon";
/** Before everything else in a file: the digest of the rest, in hexadecimal, and an end of line. */
const DIGEST_CHARS = 64;
const WRITABLE_BY_OTHERS = 0o022;

interface Header {
  readonly modules: readonly { readonly bytes: number; readonly report: unknown }[];
  /** Of a component. */
  readonly plan?: string;
}

/** What one request asks for: its source's SHA-256, and everything else on which the outcome depends. */
export interface StoreKey {
  readonly digest: string;
  readonly likeness: string;
}

/** Files that are damaged, of another version, or cannot be read are as good as not there. */
export class PreparedStore {
  readonly #folder: string;
  readonly #maxBytes: number;

  private constructor({ folder, maxBytes = DEFAULT_MAX_BYTES }: CacheOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Makes the folder. Rejects with `config-invalid` for one that is no folder of the host's own. */
  static async open(options: CacheOptions): Promise<PreparedStore> {
    const { folder, maxBytes = DEFAULT_MAX_BYTES } = options;
    if (typeof folder !== "string" || !isAbsolute(folder)) throw invalid(folder, "is no absolute path");
    if (!(maxBytes >= 0)) throw invalid(folder, `may hold ${String(maxBytes)} bytes, which is no number from 0 on`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (thrown) {
      throw invalid(folder, "cannot be made", thrown);
    }
    // Elsewhere modes say nothing of who may write.
    if (process.getuid !== undefined) {
      const { uid, mode } = await stat(folder);
      if (uid !== process.getuid()) throw invalid(folder, "belongs to another user");
      if ((mode & WRITABLE_BY_OTHERS) !== 0) throw invalid(folder, "can be written by others");
    }
    return new PreparedStore(options);
  }

  /** What was written under the key; undefined where it is not there as it was written. */
  async read(key: StoreKey): Promise<Rewritten | undefined> {
    const path = this.#pathOf(key);
    try {
      const found = await rewrittenFrom(await this.#readBounded(path));
      const now = new Date();
      await utimes(path, now, now);
      return found;
    } catch {
      // Not there, or no longer, or not for us to read: it is made again.
      return undefined;
    }
  }

  /** Rejects where there is no room; what was there before is whole all the same. */
  async write(key: StoreKey, rewritten: Rewritten): Promise<void> {
    const pieces = piecesOf(rewritten);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (size > this.#maxBytes) return;
    const path = this.#pathOf(key);
    const draft = `${path}.${randomBytes(6).toString("hex")}`;
    try {
      await writeFile(draft, pieces, { flag: "wx", mode: 0o600 });
      await rename(draft, path);
    } catch (thrown) {
      await rm(draft, { force: true });
      throw thrown;
    }
    await this.#prune();
  }

  #pathOf({ digest, likeness }: StoreKey): string {
    const name = createHash("sha256").update(`${REWRITE_VERSION} ${digest} ${likeness}`).digest("hex");
    return join(this.#folder, name + SUFFIX);
  }

  /** Throws for what is larger than the folder may be. */
  async #readBounded(path: string): Promise<Buffer> {
    const file = await open(path);
    try {
      if ((await file.stat()).size > this.#maxBytes) throw new RangeError("too large");
      return await readFile(file);
    } finally {
      await file.close();
    }
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.includes(SUFFIX));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        // Another process may have taken it away.
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
        return { path, size, mtimeMs };
      }),
    );
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= this.#maxBytes) return;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

/** Gives the store, opened at the first use, since a driver is made without waiting; undefined without options. */
export type StoreOnDemand = () => Promise<PreparedStore | undefined>;

export function storeOnDemand(options: CacheOptions | undefined): StoreOnDemand {
  let opened: Promise<PreparedStore> | undefined;
  return async () => {
    if (options === undefined) return undefined;
    opened ??= PreparedStore.open(options);
    try {
      return await opened;
    } catch (thrown) {
      // The operator may mend it.
      opened = undefined;
      throw thrown;
    }
  };
}

function piecesOf({ plan, modules }: Rewritten): Uint8Array[] {
  const header: Header = {
    modules: modules.map(({ bytes, report }) => ({ bytes: bytes.length, report })),
    ...(plan !== undefined && { plan: planToText(plan) }),
  };
  const content = [Buffer.from(`${JSON.stringify(header)}\n`), ...modules.map(({ bytes }) => bytes)];
  const hash = createHash("sha256");
  for (const piece of content) hash.update(piece);
  return [Buffer.from(`${hash.digest("hex")}\n`), ...content];
}

async function rewrittenFrom(file: Buffer): Promise<Rewritten | undefined> {
  const content = file.subarray(DIGEST_CHARS + 1);
  const digest = Buffer.from(await webcrypto.subtle.digest("SHA-256", content)).toString("hex");
  if (file.toString("latin1", 0, DIGEST_CHARS) !== digest) return undefined;
  // The digest holds, so it is our own text and has the form that we gave it.
  const end = content.indexOf(10);
  const header = JSON.parse(content.toString("utf8", 0, end)) as Header;
  let at = end + 1;
  const modules = header.modules.map(({ bytes, report }) => ({ bytes: content.subarray(at, (at += bytes)), report }));
  const plan = header.plan === undefined ? undefined : planFromText(header.plan);
  if (header.plan !== undefined && plan === undefined) return undefined;
  return { plan, modules: modules as Rewritten["modules"] };
}

function invalid(folder: unknown, why: string, cause?: unknown): TenonError {
  return new TenonError("config-invalid", `the cache folder ${String(folder)} ${why}`, {
    hint: "name a folder of the host's own, such as one in its cache directory, with mode 0700",
    sideEffects: "none",
    cause,
  });
}
