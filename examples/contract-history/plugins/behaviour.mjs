// @ts-check
// What a plugin of any version of the contract does, with the values of that version: no plugin knows of any other.

/** @typedef {Record<string, Record<string, (...args: any[]) => any>>} Interfaces */

/**
 * @param {string} version
 * @returns {(host: Interfaces) => Interfaces}
 */
export function implement(version) {
  const at = (/** @type {number} */ major, /** @type {number} */ minor) => {
    const [own = 0, ownMinor = 0] = version.split(".").map(Number);
    return own > major || (own === major && ownMinor >= minor);
  };
  const info = () => ({ name: "history", version, languages: ["text"] });
  const detection = {
    language: "text",
    confidence: at(3, 0) ? 0.9 : 90,
    ...(at(2, 1) && { entry: "hello.txt" }),
  };
  return ({ report, project }) => ({
    builder: {
      ...(at(2, 0) ? { describe: info } : { info }),
      detect: (files) => {
        if (!files.includes("hello.txt")) return at(3, 0) ? [] : undefined;
        return at(3, 0) ? [detection] : detection;
      },
      build: async (request) => {
        if (at(2, 0)) await report.progress({ message: "building", percent: 50 });
        else await report.progress("building", 50);
        if (at(1, 1)) await report.stage("link");
        await report.log("info", `for ${at(1, 2) ? request.outputFolder : request.outDir}`);
        const options = at(2, 0)
          ? request.settings.map(({ name, value }) => `${name}=${value.tag}:${value.val}`)
          : request.options.map(([name, value]) => `${name}=${value}`);
        const read = at(2, 0) ? await project.readFile("hello.txt") : await project.readText("hello.txt");
        if (read.tag === "err") return { tag: "err", val: { tag: "internal", val: read.val.tag } };
        const size = read.val.length;
        const message = [request.profile, at(1, 1) ? `jobs=${request.jobs}` : "", ...options].join(" ").trim();
        return {
          tag: "ok",
          val: {
            artifacts: [
              { path: "hello.wasm", size: at(1, 2) ? BigInt(size) : size, ...(at(2, 0) && { kind: "wasm" }) },
            ],
            diagnostics: [{ severity: "note", message, file: undefined, line: 1, ...(at(1, 1) && { code: "N1" }) }],
          },
        };
      },
      ...(!at(1, 2) && { clean: (outDir) => [`${outDir}/hello.wasm`] }),
      ...(at(1, 3) && { estimate: () => 42 }),
    },
  });
}
