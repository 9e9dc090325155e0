//! `matcher [PATTERN TEXT]`: prints the match and its groups; without arguments, what a table of patterns finds.

mod ast;
mod machine;
mod parser;
mod program;

use std::process::ExitCode;

const TABLE: &[(&str, &str)] = &[
    (r"(\d{4})-(\d\d)-(\d\d)", "made on 2026-11-22 by hand"),
    (r"^(\w+)@(\w+\.)+([a-z]{2,3})$", "someone@mail.example.org"),
    (r"colou?r|grey", "the grey colour"),
    (r"[^aeiou ]+$", "a tenon fits the mortise's length"),
    (r"(a|ab)(c|bcd)(d*)", "abcd"),
    (r"x*y", "aaaa"),
];

fn find(pattern: &str, text: &str) -> Result<Option<Vec<String>>, parser::PatternError> {
    let (tree, groups) = parser::parse(pattern)?;
    let program = program::compile(&tree);
    let chars: Vec<char> = text.chars().collect();
    let slots = machine::search(&program, groups, &chars);
    Ok(slots.map(|slots| {
        slots
            .chunks(2)
            .map(|pair| match pair {
                [Some(from), Some(to)] => chars[*from..*to].iter().collect(),
                _ => String::from("-"),
            })
            .collect()
    }))
}

fn show(pattern: &str, text: &str) {
    match find(pattern, text) {
        Ok(Some(parts)) => println!("{pattern} => {}", parts.join(" | ")),
        Ok(None) => println!("{pattern} => no match"),
        Err(error) => println!("{pattern} => error at {}: {}", error.at, error.message),
    }
}

/// Patterns of this form take other engines time that doubles with every character.
fn nasty(size: usize) -> bool {
    let pattern = "a?".repeat(size) + &"a".repeat(size);
    find(&pattern, &"a".repeat(size)).is_ok_and(|found| found.is_some_and(|parts| parts[0].len() == size))
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [pattern, text] = args.as_slice() {
        show(pattern, text);
        return ExitCode::SUCCESS;
    }
    for (pattern, text) in TABLE {
        show(pattern, text);
    }
    show("(unclosed", "");
    println!("a?^64 a^64 => {}", if nasty(64) { "matched" } else { "failed" });
    ExitCode::SUCCESS
}
