// A page of Markdown -> its fields, its HTML, its headings and its links.
use crate::diagnostic::Mistake;
use crate::inline::{Link, escape, render};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Page {
    /// The `name: value` lines between two `---` at the top.
    pub fields: BTreeMap<String, String>,
    pub html: String,
    /// Level, id and text.
    pub headings: Vec<(usize, String, String)>,
    pub links: Vec<Link>,
}

/// Lists and quotes hold blocks themselves; nothing that a person writes is nested deeper.
const MAX_DEPTH: usize = 16;

/// A line without its end, and where it stands in the file.
type Line = (usize, String);

pub fn read_page(text: &str) -> Result<Page, Mistake> {
    let mut lines: Vec<Line> =
        text.lines().enumerate().map(|(at, line)| (at + 1, line.replace('\t', "    ").trim_end().to_string())).collect();
    let mut page = Page::default();
    if lines.first().is_some_and(|(_, line)| line == "---") {
        let end = lines.iter().skip(1).position(|(_, line)| line == "---");
        let end = end.ok_or_else(|| Mistake::new(1, "the fields at the top are not closed by ---"))? + 1;
        for (number, line) in &lines[1..end] {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| Mistake::new(*number, format!("`{line}` is not of the form name: value")))?;
            page.fields.insert(name.trim().to_string(), value.trim().to_string());
        }
        lines.drain(..=end);
    }
    let html = blocks(&mut page, &lines, 0, false)?;
    page.html = html;
    Ok(page)
}

fn blocks(page: &mut Page, lines: &[Line], depth: usize, is_tight: bool) -> Result<String, Mistake> {
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        let (number, line) = &lines[at];
        let text = line.trim_start();
        at += if text.is_empty() {
            1
        } else if text.starts_with("```") || text.starts_with("~~~") {
            fence(&mut out, &lines[at..])?
        } else if let Some(level) = heading_level(text) {
            heading(page, &mut out, level, text[level..].trim_matches(|char| char == ' ' || char == '#'), *number);
            1
        } else if is_rule(text) {
            out.push_str("<hr>\n");
            1
        } else if depth < MAX_DEPTH && text.starts_with('>') {
            quote(page, &mut out, &lines[at..], depth)?
        } else if depth < MAX_DEPTH && marker(line).is_some() {
            list(page, &mut out, &lines[at..], depth)?
        } else if is_table(&lines[at..]) {
            table(page, &mut out, &lines[at..])?
        } else {
            paragraph(page, &mut out, &lines[at..], is_tight)
        };
    }
    Ok(out)
}

fn heading_level(text: &str) -> Option<usize> {
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    ((1..=6).contains(&level) && text[level..].starts_with(' ')).then_some(level)
}

fn heading(page: &mut Page, out: &mut String, level: usize, text: &str, line: usize) {
    let slug = slug(text);
    let earlier = page.headings.iter().filter(|(_, _, other)| crate::markdown::slug(other) == slug).count();
    let id = if earlier == 0 { slug } else { format!("{slug}-{earlier}") };
    let html = render(text, line, &mut page.links);
    out.push_str(&format!("<h{level} id=\"{id}\">{html}</h{level}>\n"));
    page.headings.push((level, id, text.to_string()));
}

/// The id of a heading, as links write it after `#`.
pub fn slug(text: &str) -> String {
    let words = text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

fn is_rule(text: &str) -> bool {
    let mut marks = text.chars().filter(|char| *char != ' ');
    let Some(first) = marks.next() else { return false };
    matches!(first, '-' | '*' | '_') && marks.clone().all(|char| char == first) && marks.count() >= 2
}

fn fence(out: &mut String, lines: &[Line]) -> Result<usize, Mistake> {
    let (number, first) = &lines[0];
    let indent = indent_of(first);
    let mark = &first.trim_start()[..3];
    let language = first.trim_start().trim_start_matches(mark.as_bytes()[0] as char).trim();
    let end = lines.iter().skip(1).position(|(_, line)| line.trim_start().starts_with(mark));
    let end = end.ok_or_else(|| Mistake::new(*number, "a block of code is not closed"))? + 1;
    let class = if language.is_empty() { String::new() } else { format!(" class=\"language-{}\"", escape(language)) };
    out.push_str(&format!("<pre><code{class}>"));
    for (_, line) in &lines[1..end] {
        out.push_str(&escape(&line[indent_of(line).min(indent)..]));
        out.push('\n');
    }
    out.push_str("</code></pre>\n");
    Ok(end + 1)
}

fn quote(page: &mut Page, out: &mut String, lines: &[Line], depth: usize) -> Result<usize, Mistake> {
    let count = lines.iter().take_while(|(_, line)| line.trim_start().starts_with('>')).count();
    let inner: Vec<Line> = lines[..count]
        .iter()
        .map(|(number, line)| {
            let text = &line.trim_start()[1..];
            (*number, text.strip_prefix(' ').unwrap_or(text).to_string())
        })
        .collect();
    out.push_str(&format!("<blockquote>\n{}</blockquote>\n", blocks(page, &inner, depth + 1, false)?));
    Ok(count)
}

/// Spaces only: other white space has more bytes than columns.
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Of a list item: where its text starts, and its number where the list is ordered.
fn marker(line: &str) -> Option<(usize, Option<u32>)> {
    let indent = indent_of(line);
    let text = &line[indent..];
    if text.starts_with("- ") || text.starts_with("* ") || text.starts_with("+ ") {
        return Some((indent + 2, None));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok()?;
    text[digits..].starts_with(". ").then_some((indent + digits + 2, Some(number)))
}

fn list(page: &mut Page, out: &mut String, lines: &[Line], depth: usize) -> Result<usize, Mistake> {
    let base = indent_of(&lines[0].1);
    let first = marker(&lines[0].1).and_then(|(_, number)| number);
    let mut items: Vec<Vec<Line>> = Vec::new();
    let mut inside = 0;
    let mut is_loose = false;
    let mut at = 0;
    while at < lines.len() {
        let (number, line) = &lines[at];
        let is_after_gap = at > 0 && lines[at - 1].1.is_empty();
        match marker(line) {
            _ if line.is_empty() => items.last_mut().expect("the first line has a marker").push((*number, String::new())),
            Some((start, order)) if indent_of(line) < inside.max(base + 1) && indent_of(line) >= base => {
                if order.is_some() != first.is_some() {
                    break;
                }
                is_loose |= is_after_gap;
                inside = start;
                items.push(vec![(*number, line[start..].to_string())]);
            }
            _ if indent_of(line) >= inside => {
                items.last_mut().expect("as above").push((*number, line[inside..].to_string()));
            }
            // Text that goes on without its indentation; after a gap the list is over.
            None if !is_after_gap => items.last_mut().expect("as above").push((*number, line.trim_start().to_string())),
            _ => break,
        }
        at += 1;
    }
    let (open, close) = match first {
        None => ("<ul>".to_string(), "</ul>"),
        Some(1) => ("<ol>".to_string(), "</ol>"),
        Some(start) => (format!("<ol start=\"{start}\">"), "</ol>"),
    };
    out.push_str(&format!("{open}\n"));
    for item in &items {
        let html = blocks(page, item, depth + 1, !is_loose)?;
        out.push_str(&format!("<li>{}</li>\n", html.trim_end()));
    }
    out.push_str(&format!("{close}\n"));
    Ok(at)
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let cell = cells.last_mut().expect("there is always one");
        match char {
            '\\' if chars.peek() == Some(&'|') => cell.push(chars.next().unwrap_or('|')),
            '|' => cells.push(String::new()),
            _ => cell.push(char),
        }
    }
    cells.iter().map(|cell| cell.trim().to_string()).collect()
}

fn is_table(lines: &[Line]) -> bool {
    let Some((_, rule)) = lines.get(1) else { return false };
    lines[0].1.contains('|')
        && rule.contains('-')
        && rule.contains('|')
        && rule.chars().all(|char| matches!(char, '|' | '-' | ':' | ' '))
}

fn table(page: &mut Page, out: &mut String, lines: &[Line]) -> Result<usize, Mistake> {
    let styles: Vec<&str> = cells(&lines[1].1)
        .iter()
        .map(|rule| match (rule.starts_with(':'), rule.ends_with(':')) {
            (true, true) => " class=\"center\"",
            (false, true) => " class=\"right\"",
            _ => "",
        })
        .collect();
    let count = lines.iter().take_while(|(_, line)| line.contains('|')).count();
    out.push_str("<table>\n");
    for (at, (number, line)) in lines[..count].iter().enumerate().filter(|(at, _)| *at != 1) {
        let row = cells(line);
        if row.len() != styles.len() {
            let message = format!("{} cells where the table has {}", row.len(), styles.len());
            return Err(Mistake::new(*number, message));
        }
        let tag = if at == 0 { "th" } else { "td" };
        out.push_str("<tr>");
        for (cell, style) in row.iter().zip(&styles) {
            out.push_str(&format!("<{tag}{style}>{}</{tag}>", render(cell, *number, &mut page.links)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
    Ok(count)
}

fn paragraph(page: &mut Page, out: &mut String, lines: &[Line], is_tight: bool) -> usize {
    let starts_block = |line: &Line| {
        let text = line.1.trim_start();
        text.is_empty()
            || text.starts_with("```")
            || text.starts_with("~~~")
            || text.starts_with('>')
            || heading_level(text).is_some()
            || is_rule(text)
            || marker(&line.1).is_some()
    };
    let count = 1 + lines[1..].iter().take_while(|line| !starts_block(line)).count();
    let text: Vec<&str> = lines[..count].iter().map(|(_, line)| line.trim_start()).collect();
    let html = render(&text.join("\n"), lines[0].0, &mut page.links);
    out.push_str(&if is_tight { format!("{html}\n") } else { format!("<p>{html}</p>\n") });
    count
}
