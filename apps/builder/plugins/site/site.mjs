// A project folder -> the pages of its site, or diagnostics with file and line. Reads only through `project`.
import { posix } from "node:path";
import { readTable } from "./csv.mjs";
import { readPage } from "./markdown.mjs";
import { parseTemplate, renderTemplate } from "./template.mjs";

/**
 * @param {{ list(folder: string): Promise<string[]>, text(path: string): Promise<string> }} project
 * @param {(message: string, percent: number) => void} progress
 * @returns {Promise<{ files: Map<string, string>, diagnostics: object[] }>} files by path in the site
 */
export async function makeSite(project, progress) {
  const diagnostics = [];
  const attempt = async (file, work) => {
    try {
      return await work();
    } catch (error) {
      // What is not a mistake of the author's (a denied file, a fault of this program) is not for the list of mistakes.
      if (error.line === undefined) throw error;
      diagnostics.push({ severity: "error", message: error.message, file, line: error.line });
      return undefined;
    }
  };
  const site = await attempt("site.json", async () => readSettings(await project.text("site.json")));
  const paths = (await project.list("pages")).filter((path) => path.endsWith(".md"));
  const pages = new Map();
  for (const [index, path] of paths.entries()) {
    progress(`reading ${path}`, Math.round((40 * index) / paths.length));
    const page = await attempt(path, async () => readPage(await project.text(path)));
    if (page !== undefined) pages.set(path, { ...page, url: path.slice("pages/".length).replace(/\.md$/, ".html") });
  }
  const templates = {};
  for (const name of ["page", "table"]) {
    const file = `templates/${name}.html`;
    templates[name] = await attempt(file, async () => parseTemplate(await project.text(file)));
  }
  for (const [path, page] of pages) await fillTables({ project, path, page, template: templates.table, attempt });
  checkLinks(pages, diagnostics);
  if (diagnostics.length > 0) return { files: new Map(), diagnostics };
  const files = await renderPages({ site, pages, template: templates.page, attempt, progress });
  for (const path of await project.list("assets")) files.set(path, await project.text(path));
  return { files, diagnostics };
}

function readSettings(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(error.message);
    const line = position === null ? 1 : text.slice(0, Number(position[1])).split("\n").length;
    throw Object.assign(new Error(`not JSON: ${error.message}`), { line });
  }
}

async function fillTables({ project, path, page, template, attempt }) {
  for (const { file, line, at } of page.tables) {
    const data = `data/${file}`;
    const text = await attempt(path, async () => {
      try {
        return await project.text(data);
      } catch (error) {
        if (error.tag === "not-found") throw Object.assign(new Error(`there is no table ${data}`), { line });
        throw error;
      }
    });
    if (text === undefined || template === undefined) continue;
    const table = await attempt(data, async () => readTable(text));
    if (table === undefined) continue;
    const html = await attempt("templates/table.html", async () => renderTemplate(template, table));
    page.html = page.html.replace(at, () => html ?? "");
  }
}

/** Every link inside the site must lead to a page, and to a heading where it names one. */
function checkLinks(pages, diagnostics) {
  for (const [path, page] of pages) {
    for (const { target, line } of page.links) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file, heading] = target.split("#");
      const wanted = file === "" ? path : posix.join(posix.dirname(path), file);
      const found = pages.get(wanted);
      const missing =
        found === undefined
          ? `page ${wanted}`
          : heading && !found.headings.includes(heading)
            ? `heading #${heading} in ${wanted}`
            : undefined;
      if (missing !== undefined)
        diagnostics.push({ severity: "error", message: `there is no ${missing}`, file: path, line });
    }
  }
}

async function renderPages({ site, pages, template, attempt, progress }) {
  const list = [...pages].map(([path, page]) => ({ path, page, title: page.fields.title ?? page.url, url: page.url }));
  list.sort(
    (a, b) => Number(a.page.fields.order ?? 999) - Number(b.page.fields.order ?? 999) || (a.url < b.url ? -1 : 1),
  );
  const files = new Map();
  for (const [index, { page, title, url }] of list.entries()) {
    progress(`writing ${url}`, 40 + Math.round((60 * index) / list.length));
    const root = "../".repeat(url.split("/").length - 1);
    const values = { site, root, pages: list, page: { title, content: page.html, words: page.words } };
    const html = await attempt("templates/page.html", async () => renderTemplate(template, values));
    if (html === undefined) break;
    files.set(url, html);
  }
  const entries = list.map(({ page, title, url }) => ({ url, title, headings: page.headings, words: page.words }));
  files.set("search.json", `${JSON.stringify(entries, null, 1)}\n`);
  return files;
}
