// The functions of templates/hello.wit, written out in every language: the first plugin should do something.

export const HELLO_BODIES: Readonly<Record<string, Readonly<Record<"javascript" | "python" | "rust" | "c", string>>>> =
  {
    "greeter.greet": {
      javascript: `if (!/\\p{L}/u.test(name)) return { tag: "err", val: \`\${JSON.stringify(name)} is not a name\` };
return { tag: "ok", val: \`Hello, \${name}!\` };`,
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
    },
    "greeter.sum": {
      javascript: `return numbers.reduce((total, number) => total + BigInt(number), 0n);`,
      python: `return sum(numbers)`,
      rust: `numbers.iter().map(|&number| i64::from(number)).sum()`,
      c: `int64_t total = 0;
for (size_t i = 0; i < numbers.length; i++) total += numbers.items[i];
return total;`,
    },
  };

/** Moves a text to the right by `by`. */
export function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
