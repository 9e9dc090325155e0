// The runner of the examples in README.md and docs/ notices when they do not do what they say.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { missingProgram, runSnippets, snippetsOf } from "../snippets.mjs";

const fence = "```";

describe("the snippet runner", () => {
  test("files, programs and outputs of one page work together", () => {
    const page = [
      `${fence}ts file=name.ts`,
      "export const name: string = 'tenon';",
      fence,
      `${fence}ts run`,
      "import { name } from './name.ts';",
      "console.log(`hello ${name}`);",
      fence,
      `${fence}text output`,
      "hello tenon",
      fence,
      `${fence}sh run`,
      "test -f name.ts",
      fence,
      `${fence}sh`,
      "exit 9 # not marked, so not run",
      fence,
    ].join("\n");
    const snippets = snippetsOf(page);
    assert.equal(snippets.length, 4);
    runSnippets("page.md", snippets);
  });

  test("a failing program is named by page and line", () => {
    const snippets = snippetsOf(`text\n\n${fence}sh run\necho because >&2; exit 3\n${fence}\n`);
    assert.throws(() => runSnippets("page.md", snippets), /page\.md:3: .*3\nbecause/s);
  });

  test("a wrong output is an error", () => {
    const snippets = snippetsOf(`${fence}sh run\necho one\n${fence}\n${fence}text output\ntwo\n${fence}\n`);
    assert.throws(() => runSnippets("page.md", snippets), /page\.md:4: the example printed\none/);
  });

  test("a program that is not installed is named", () => {
    const snippets = snippetsOf(`${fence}sh run needs=no-such-program\ntrue\n${fence}\n`);
    const expected = process.env["CI"] === "true" ? undefined : "no-such-program is not installed";
    assert.equal(missingProgram(snippets), expected);
  });

  test("a file outside the page's folder is refused", () => {
    const snippets = snippetsOf(`${fence}sh run file=../out.sh\ntrue\n${fence}\n`);
    assert.throws(() => runSnippets("page.md", snippets), /outside the page's folder/);
  });

  test("a longer fence may hold a shorter one", () => {
    const snippets = snippetsOf(`${fence}\`md file=inner.md\n${fence}sh run\nexit 1\n${fence}\n${fence}\`\n`);
    assert.equal(snippets.length, 1);
    assert.match(snippets[0]?.text ?? "", /exit 1/);
  });
});
