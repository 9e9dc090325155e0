// The limits of one plugin's processes -> a group of the kernel that keeps them together to these, and ends them all.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted } from "../exhausted.ts";
import { PROCESSES } from "../sandbox/limits.ts";
import { groupPlace, newName } from "./place.ts";

/** Until the kernel has buried what was killed in it. */
const REMOVE_MS = 20;
const MAX_REMOVES = 100;

export class Group {
  readonly #path: string;
  readonly #memoryMiB: number;

  private constructor(path: string, memoryMiB: number) {
    this.#path = path;
    this.#memoryMiB = memoryMiB;
  }

  /** 0 MiB is no limit of memory. Undefined where groups do not work here; throws where one could not be made. */
  static make(memoryMiB: number): Group | undefined {
    const place = groupPlace();
    if (place === undefined) return undefined;
    try {
      const path = join(place, newName("group"));
      mkdirSync(path);
      const group = new Group(path, memoryMiB);
      try {
        group.#limit();
        return group;
      } catch (error) {
        group.remove();
        throw error;
      }
    } catch (thrown) {
      throw (
        descriptorsExhausted(thrown, "limit the plugin's memory") ??
        TenonError.from(thrown, "start-failed", {
          hint: "tenon doctor says whether groups with limits work here",
          sideEffects: "none",
        })
      );
    }
  }

  /** A process that writes `0` there is in it. */
  get entrance(): string {
    return join(this.#path, "cgroup.procs");
  }

  /** One sentence, once the kernel ended its processes for what they used; undefined otherwise. */
  exhausted(): string | undefined {
    const events = this.#read("memory.events");
    // Also the machine may be out of memory, which is nothing that the plugin did.
    const isOwn = /^oom [1-9]/m.test(events) && /^oom_kill [1-9]/m.test(events);
    if (this.#memoryMiB === 0 || !isOwn) return undefined;
    return `ran out of memory: all of it may have ${this.#memoryMiB} MiB (limits.memoryMiB)`;
  }

  /** Ends whatever is in it. */
  remove(left: number = MAX_REMOVES): void {
    try {
      this.#write("cgroup.kill", "1");
      rmdirSync(this.#path);
    } catch (error) {
      // A host that ends meanwhile leaves it to the next start.
      if ((error as NodeJS.ErrnoException).code === "EBUSY" && left > 0)
        setTimeout(() => this.remove(left - 1), REMOVE_MS).unref();
    }
  }

  #limit(): void {
    this.#write("pids.max", String(PROCESSES.value));
    if (this.#memoryMiB === 0) return;
    this.#write("memory.max", String(this.#memoryMiB * 1024 * 1024));
    // One end for all of them, as for a plugin that crashed.
    this.#write("memory.oom.group", "1");
    // A kernel without swap has no such file, and needs none.
    if (this.#read("memory.swap.max") !== "") this.#write("memory.swap.max", "0");
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#path, file), text);
  }

  #read(file: string): string {
    try {
      return readFileSync(join(this.#path, file), "latin1");
    } catch {
      // Not on this kernel.
      return "";
    }
  }
}
