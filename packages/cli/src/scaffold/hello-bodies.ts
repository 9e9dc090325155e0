// The functions of templates/hello.wit, written out in every language: the first plugin should do something.

type Body =
  | "javascript"
  | "python"
  | "rust"
  | "c"
  | "go"
  | "assemblyscript"
  | "cWasm"
  | "cDylib"
  | "lua"
  | "javascriptComponent";

export const HELLO_BODIES: Readonly<Record<string, Readonly<Record<Body, string>>>> = {
  "greeter.greet": {
    javascript: `if (!/\\p{L}/u.test(name)) return { tag: "err", val: \`\${JSON.stringify(name)} is not a name\` };
return { tag: "ok", val: \`Hello, \${name}!\` };`,
    lua: `-- Letters of other alphabets are bytes from 0x80 on in UTF-8.
if not name:find("[%a\\x80-\\xff]") then return err(("%q is not a name"):format(name)) end
return ok("Hello, " .. name .. "!")`,
    python: `if not any(character.isalpha() for character in name):
    return Err(f"{name!r} is not a name")
return Ok(f"Hello, {name}!")`,
    rust: `if !name.chars().any(char::is_alphabetic) {
    return Err(format!("{name:?} is not a name"));
}
Ok(format!("Hello, {name}!"))`,
    c: `bool has_letter = false;
for (size_t i = 0; i < name.length; i++) has_letter = has_letter || isalpha((unsigned char)name.data[i]) || (name.data[i] & 0x80);
if (!has_letter) return (result_text_text_t){.is_err = true, .err = call_text(call, "\\"%.*s\\" is not a name", (int)name.length, name.data)};
return (result_text_text_t){.ok = call_text(call, "Hello, %.*s!", (int)name.length, name.data)};`,
    go: `if !strings.ContainsFunc(name, unicode.IsLetter) {
\treturn Result[string, string]{IsErr: true, Err: fmt.Sprintf("%q is not a name", name)}
}
return Result[string, string]{OK: "Hello, " + name + "!"}`,
    assemblyscript: `let hasLetter = false;
for (let i = 0; i < name.length; i++) {
  const unit = name.charCodeAt(i);
  // A-Z, a-z, and everything beyond ASCII.
  if ((unit | 32) - 97 < 26 && (unit | 32) >= 97 || unit > 127) hasLetter = true;
}
if (!hasLetter) return err<string, string>('"' + name + '" is not a name');
return ok<string, string>("Hello, " + name + "!");`,
    cWasm: `bool has_letter = false;
for (size_t i = 0; i < name.length; i++) has_letter |= ((name.data[i] | 32) >= 'a' && (name.data[i] | 32) <= 'z') || (name.data[i] & 0x80);
if (!has_letter) return (result_text_text_t){.is_err = true, .err = text_join(3, TEXT("\\""), name, TEXT("\\" is not a name"))};
return (result_text_text_t){.ok = text_join(3, TEXT("Hello, "), name, TEXT("!"))};`,
    cDylib: `bool has_letter = false;
for (size_t i = 0; i < name.length; i++) has_letter = has_letter || isalpha((unsigned char)name.data[i]) || (name.data[i] & 0x80);
if (!has_letter) return (result_text_text_t){.is_err = true, .err = tenon_format("\\"%.*s\\" is not a name", (int)name.length, name.data)};
return (result_text_text_t){.ok = tenon_format("Hello, %.*s!", (int)name.length, name.data)};`,
    javascriptComponent: `// The engine in the component has no tables of Unicode properties.
if (!/[a-z\\u0080-\\uffff]/i.test(name)) throw \`\${JSON.stringify(name)} is not a name\`;
return \`Hello, \${name}!\`;`,
  },
  "greeter.sum": {
    javascript: `return numbers.reduce((total, number) => total + BigInt(number), 0n);`,
    lua: `local total = 0
for _, number in ipairs(numbers) do total = total + number end
return total`,
    python: `return sum(numbers)`,
    rust: `numbers.iter().map(|&number| i64::from(number)).sum()`,
    c: `int64_t total = 0;
for (size_t i = 0; i < numbers.length; i++) total += numbers.items[i];
return total;`,
    go: `var total int64
for _, number := range numbers {
\ttotal += int64(number)
}
return total`,
    assemblyscript: `let total: i64 = 0;
for (let i = 0; i < numbers.length; i++) total += numbers[i];
return total;`,
    cWasm: `int64_t total = 0;
for (size_t i = 0; i < numbers.length; i++) total += numbers.items[i];
return total;`,
    cDylib: `int64_t total = 0;
for (size_t i = 0; i < numbers.length; i++) total += numbers.items[i];
return total;`,
    javascriptComponent: `return numbers.reduce((total, number) => total + BigInt(number), 0n);`,
  },
};

/** Moves a text to the right by `by`. */
export function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
