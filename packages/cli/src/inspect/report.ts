// What `tenon inspect` found out, as data: one shape for the text and for `--json`.

/** A contract that an artifact speaks. */
export interface ContractFacts {
  readonly id: string;
  readonly digest?: string;
  /** Signatures by path, as `tenon call` takes them. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
}

export interface SectionFacts {
  readonly id: number;
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** For custom sections. */
  readonly custom?: string;
}

/** One name that crosses the border of a binary: `env.memory (memory)`, `run (func)`. */
export interface NameFacts {
  readonly name: string;
  readonly kind: string;
}

/** The facts that only some kinds have; each kind fills in its own. */
export interface KindFacts {
  /** Short facts for people, such as `processor: x86-64`. */
  readonly details?: Readonly<Record<string, string>>;
  readonly contract?: ContractFacts;
  readonly sections?: readonly SectionFacts[];
  readonly imports?: readonly NameFacts[];
  readonly exports?: readonly NameFacts[];
  /** What the reader should know beside the facts. */
  readonly notes?: readonly string[];
}

export interface ArtifactReport extends KindFacts {
  readonly path: string;
  /** `wasm-module`, `wasm-component`, `elf`, `javascript`, `manifest`, ...: stable, for programs. */
  readonly kind: string;
  /** One line for people. */
  readonly title: string;
  readonly size: number;
  readonly sha256?: string;
  /** The boundaries that can run it, as far as its kind tells. */
  readonly boundaries: readonly string[];
  /** For a manifest: its artifacts. */
  readonly artifacts?: readonly ManifestArtifact[];
}

export interface ManifestArtifact {
  readonly id: string;
  readonly boundary: string;
  readonly file?: string;
  readonly status: string;
  readonly size?: number;
  readonly sha256?: string;
}
