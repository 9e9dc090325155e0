// The text of a style sheet -> its statements. Nothing is evaluated here; texts keep their `$names` and `#{}`.
use crate::diagnostic::Mistake;
use std::rc::Rc;

pub struct Statement {
    pub line: usize,
    pub kind: Kind,
}

pub enum Kind {
    /// `$name: value;`, or with `!default` at the end.
    Variable { name: String, value: String, is_default: bool },
    /// `name: value;`
    Declaration { name: String, value: String },
    /// `selector { ... }`
    Rule { selector: String, body: Vec<Statement> },
    /// `@name prelude;` or `@name prelude { ... }`
    At { name: String, prelude: String, body: Option<Rc<Vec<Statement>>> },
}

/// Deeper nesting is a mistake, or meant to harm.
const MAX_DEPTH: usize = 32;

struct Parser<'a> {
    rest: &'a str,
    line: usize,
}

pub fn parse(text: &str) -> Result<Vec<Statement>, Mistake> {
    let mut parser = Parser { rest: text, line: 1 };
    let statements = parser.statements(0)?;
    match parser.rest.is_empty() {
        true => Ok(statements),
        false => Err(Mistake::new(parser.line, "a } closes nothing")),
    }
}

impl<'a> Parser<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) -> Result<(), Mistake> {
        loop {
            let space = self.rest.len() - self.rest.trim_start().len();
            self.take(space);
            if self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                let end = self.rest[2..].find("*/").ok_or_else(|| Mistake::new(self.line, "a comment is not closed"))?;
                self.take(end + 4);
            } else {
                return Ok(());
            }
        }
    }

    /// Until a `}` that is not its own, or the end.
    fn statements(&mut self, depth: usize) -> Result<Vec<Statement>, Mistake> {
        if depth > MAX_DEPTH {
            return Err(Mistake::new(self.line, format!("nested deeper than {MAX_DEPTH}")));
        }
        let mut statements = Vec::new();
        loop {
            self.skip_space()?;
            if self.rest.is_empty() || self.rest.starts_with('}') {
                return Ok(statements);
            }
            if self.rest.starts_with(';') {
                self.take(1);
                continue;
            }
            statements.push(self.statement(depth)?);
        }
    }

    fn statement(&mut self, depth: usize) -> Result<Statement, Mistake> {
        let line = self.line;
        let (head, end) = self.head()?;
        if end != Some('{') {
            return Ok(Statement { line, kind: simple(&head, line)? });
        }
        let body = self.statements(depth + 1)?;
        if !self.rest.starts_with('}') {
            return Err(Mistake::new(line, "a { is not closed"));
        }
        self.take(1);
        let kind = match head.strip_prefix('@') {
            Some(at) => {
                let (name, prelude) = split_name(at);
                Kind::At { name, prelude, body: Some(Rc::new(body)) }
            }
            None => Kind::Rule { selector: head, body },
        };
        Ok(Statement { line, kind })
    }

    /// What stands before `{`, `;` or the `}` around it, without comments; `{` and `;` are taken as well.
    fn head(&mut self) -> Result<(String, Option<char>), Mistake> {
        let start = self.line;
        let mut head = String::new();
        let mut parentheses = 0usize;
        loop {
            let Some(char) = self.rest.chars().next() else { break };
            match char {
                '"' | '\'' => {
                    let end = self.rest[1..].find(char).filter(|end| !self.rest[1..1 + end].contains('\n'));
                    let end = end.ok_or_else(|| Mistake::new(self.line, "a text is not closed"))?;
                    head.push_str(self.take(end + 2));
                    continue;
                }
                '/' if self.rest.starts_with("/*") || (parentheses == 0 && self.rest.starts_with("//")) => {
                    self.skip_space()?;
                    head.push(' ');
                    continue;
                }
                '#' if self.rest.starts_with("#{") => {
                    let end = self.rest.find('}').ok_or_else(|| Mistake::new(self.line, "a #{ is not closed"))?;
                    head.push_str(self.take(end + 1));
                    continue;
                }
                '(' => parentheses += 1,
                ')' => parentheses = parentheses.saturating_sub(1),
                '{' | ';' if parentheses == 0 => {
                    self.take(1);
                    return Ok((tidy(&head), Some(char)));
                }
                '}' => break,
                _ => {}
            }
            head.push_str(self.take(char.len_utf8()));
        }
        // The last declaration of a block needs no semicolon, but outside of a block there is nothing else it could be.
        match self.rest.is_empty() {
            true => Err(Mistake::new(start, format!("`{}` is not ended by ; or {{", tidy(&head)))),
            false => Ok((tidy(&head), None)),
        }
    }
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn split_name(text: &str) -> (String, String) {
    let end = text.find(|char: char| !(char.is_alphanumeric() || char == '-')).unwrap_or(text.len());
    (text[..end].to_string(), text[end..].trim().to_string())
}

fn simple(head: &str, line: usize) -> Result<Kind, Mistake> {
    if let Some(at) = head.strip_prefix('@') {
        let (name, prelude) = split_name(at);
        return Ok(Kind::At { name, prelude, body: None });
    }
    let (name, value) = head
        .split_once(':')
        .ok_or_else(|| Mistake::new(line, format!("`{head}` is not of the form name: value")))?;
    let (name, value) = (name.trim(), value.trim());
    if value.is_empty() {
        return Err(Mistake::new(line, format!("{name} has no value")));
    }
    Ok(match name.strip_prefix('$') {
        None => Kind::Declaration { name: name.to_string(), value: value.to_string() },
        Some(name) => Kind::Variable {
            name: name.to_string(),
            value: value.strip_suffix("!default").unwrap_or(value).trim().to_string(),
            is_default: value.ends_with("!default"),
        },
    })
}
