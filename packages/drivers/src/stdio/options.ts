// What a `stdio` artifact may be.
import type { ProgramArtifact } from "../_process/command.ts";

/** A program that speaks frames or JSON-RPC over its standard input and output. */
export interface StdioArtifact extends ProgramArtifact {}
