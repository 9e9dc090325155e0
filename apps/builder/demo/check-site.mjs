// A built web site -> one line about it; every link inside it must lead to a file, and to a heading where it names one.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Throws with the first broken link. */
export function checkSite(folder) {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".html"));
  let links = 0;
  for (const page of pages) {
    const html = readFileSync(join(folder, page), "utf8");
    if (html.includes("{{") || !/<title>[^<]+<\/title>/.test(html)) throw new Error(`${page} is not filled in`);
    for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      links++;
      checkLink(folder, page, target);
    }
  }
  const search = JSON.parse(readFileSync(join(folder, "search.json"), "utf8"));
  if (search.length !== pages.length) throw new Error(`search.json has ${search.length} pages of ${pages.length}`);
  return `${pages.length} pages, ${links} links, all lead somewhere\n`;
}

function checkLink(folder, page, target) {
  const [path, heading] = target.split("#");
  const file = resolve(folder, dirname(page), path === "" ? page : path);
  if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`${page} links to ${target}, which is not there`);
  if (heading && !readFileSync(file, "utf8").includes(`id="${heading}"`))
    throw new Error(`${page} links to ${target}, which has no such heading`);
}
