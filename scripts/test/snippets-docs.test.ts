// The examples in the documentation everywhere but for authors run as they stand there. Two files, so that neither takes long.
import { describe, test } from "node:test";
import { missingProgram, pagesWithSnippets, runSnippets } from "../snippets.mjs";

describe("examples in the documentation", () => {
  for (const { page, snippets } of pagesWithSnippets().filter(({ page }) => !page.startsWith("docs/authors/")))
    test(page, { skip: missingProgram(snippets) ?? false }, () => runSnippets(page, snippets));
});
