// The examples in the documentation for authors run as they stand there. Two files, so that neither takes long.
import { basename } from "node:path";
import { describe, test } from "node:test";
import { builtElsewhere } from "../scaffolds.mjs";
import { missingProgram, pagesWithSnippets, runSnippets } from "../snippets.mjs";

/** What the pages are about; the others are of no language. */
const LANGUAGES = ["assemblyscript", "c", "go", "python", "rust"];

describe("examples in the documentation", () => {
  for (const { page, snippets } of pagesWithSnippets().filter(({ page }) => page.startsWith("docs/authors/"))) {
    const lang = basename(page, ".md");
    const elsewhere = LANGUAGES.includes(lang) ? builtElsewhere(lang) : undefined;
    test(page, { skip: elsewhere ?? missingProgram(snippets) ?? false }, () => runSnippets(page, snippets));
  }
});
