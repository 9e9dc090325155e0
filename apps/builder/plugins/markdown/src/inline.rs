// One piece of text inside a block -> HTML: code, emphasis, links, images, escapes. Code is never markup inside.

pub struct Link {
    pub target: String,
    /// Counted from 1.
    pub line: usize,
}

pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(char),
        }
    }
    out
}

/// Nothing that a person writes is nested deeper.
const MAX_DEPTH: usize = 8;

/// `line` is where the text starts; links are added to `links`.
pub fn render(text: &str, line: usize, links: &mut Vec<Link>) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    render_into(&mut out, text, line, links, 0);
    out
}

fn render_into(out: &mut String, text: &str, start_line: usize, links: &mut Vec<Link>, depth: usize) {
    let mut rest = text;
    let mut line = start_line;
    while let Some(char) = rest.chars().next() {
        let taken = if depth < MAX_DEPTH { markup(out, text, rest, line, links, depth) } else { 0 };
        let taken = if taken > 0 {
            taken
        } else {
            out.push_str(&escape(&rest[..char.len_utf8()]));
            char.len_utf8()
        };
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
}

/// Writes the markup that `rest` starts with and returns its length in bytes; 0 where it starts with none.
fn markup(out: &mut String, text: &str, rest: &str, line: usize, links: &mut Vec<Link>, depth: usize) -> usize {
    let first = rest.as_bytes()[0];
    match first {
        b'\\' => escaped(out, rest),
        b'`' => code(out, rest),
        b'!' if rest.starts_with("![") => image(out, &rest[1..], line, links).map_or(0, |taken| taken + 1),
        b'[' => link(out, rest, line, links, depth).unwrap_or(0),
        b'<' => autolink(out, rest).unwrap_or(0),
        b'*' | b'_' => {
            let before = text[..text.len() - rest.len()].chars().next_back();
            // `snake_case` has no emphasis in it.
            if first == b'_' && before.is_some_and(char::is_alphanumeric) {
                return 0;
            }
            emphasis(out, rest, line, links, depth).unwrap_or(0)
        }
        b'~' => wrapped(out, rest, "~~", "del", line, links, depth).unwrap_or(0),
        _ => 0,
    }
}

fn escaped(out: &mut String, rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'\n') => {
            out.push_str("<br>\n");
            2
        }
        Some(next) if next.is_ascii_punctuation() => {
            out.push_str(&escape(&rest[1..2]));
            2
        }
        _ => 0,
    }
}

fn code(out: &mut String, rest: &str) -> usize {
    let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
    let Some(end) = closing_fence(&rest[fence.len()..], fence.len()) else {
        out.push_str(fence);
        return fence.len();
    };
    let inside = rest[fence.len()..fence.len() + end].replace('\n', " ");
    let is_padded = inside.len() > 2 && inside.starts_with(' ') && inside.ends_with(' ');
    let inside = if is_padded { &inside[1..inside.len() - 1] } else { &inside };
    out.push_str(&format!("<code>{}</code>", escape(inside)));
    end + 2 * fence.len()
}

/// Where the first run of exactly `length` backticks starts.
fn closing_fence(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let run = text[start..].bytes().take_while(|byte| *byte == b'`').count();
        if run == length {
            return Some(start);
        }
        at = start + run;
    }
    None
}

/// `[label](target)`: the label, the target and the length of both; brackets in the label may be nested.
fn bracketed(rest: &str) -> Option<(&str, &str, usize)> {
    let mut open = 0;
    let end = rest.char_indices().find_map(|(at, char)| {
        match char {
            '[' => open += 1,
            ']' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })?;
    let target = rest[end + 1..].strip_prefix('(')?;
    let length = target.find(')')?;
    let target = &target[..length];
    if target.contains(char::is_whitespace) {
        return None;
    }
    Some((&rest[1..end], target, end + 1 + length + 2))
}

fn link(out: &mut String, rest: &str, line: usize, links: &mut Vec<Link>, depth: usize) -> Option<usize> {
    let (label, target, length) = bracketed(rest)?;
    links.push(Link { target: target.to_string(), line });
    out.push_str(&format!("<a href=\"{}\">", escape(&page_url(target))));
    render_into(out, label, line, links, depth + 1);
    out.push_str("</a>");
    Some(length)
}

fn image(out: &mut String, rest: &str, line: usize, links: &mut Vec<Link>) -> Option<usize> {
    let (label, target, length) = bracketed(rest)?;
    links.push(Link { target: target.to_string(), line });
    out.push_str(&format!("<img src=\"{}\" alt=\"{}\">", escape(target), escape(label)));
    Some(length)
}

/// Pages link to each other's sources, and sites to what was made of them.
fn page_url(target: &str) -> String {
    let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let is_outside = path.contains(':');
    let path = match path.strip_suffix(".md") {
        Some(stem) if !is_outside => format!("{stem}.html"),
        _ => path.to_string(),
    };
    heading.map_or(path.clone(), |heading| format!("{path}#{heading}"))
}

fn autolink(out: &mut String, rest: &str) -> Option<usize> {
    let end = rest.find('>')?;
    let target = &rest[1..end];
    let is_link = (target.starts_with("https://") || target.starts_with("http://")) && !target.contains(char::is_whitespace);
    if !is_link {
        return None;
    }
    let target = escape(target);
    out.push_str(&format!("<a href=\"{target}\">{target}</a>"));
    Some(end + 1)
}

fn emphasis(out: &mut String, rest: &str, line: usize, links: &mut Vec<Link>, depth: usize) -> Option<usize> {
    let (double, single) = if rest.starts_with('*') { ("**", "*") } else { ("__", "_") };
    wrapped(out, rest, double, "strong", line, links, depth).or_else(|| wrapped(out, rest, single, "em", line, links, depth))
}

fn wrapped(
    out: &mut String,
    rest: &str,
    mark: &str,
    tag: &str,
    line: usize,
    links: &mut Vec<Link>,
    depth: usize,
) -> Option<usize> {
    let inside = rest.strip_prefix(mark)?;
    let length = closing_mark(inside, mark)?;
    out.push_str(&format!("<{tag}>"));
    render_into(out, &inside[..length], line, links, depth + 1);
    out.push_str(&format!("</{tag}>"));
    Some(length + 2 * mark.len())
}

/// Where `mark` closes: not after a space, not inside code, and for a single mark not as a part of a double one.
fn closing_mark(inside: &str, mark: &str) -> Option<usize> {
    if inside.starts_with(char::is_whitespace) || inside.is_empty() {
        return None;
    }
    let bytes = inside.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                let run = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
                at += run + closing_fence(&inside[at + run..], run).map_or(0, |end| end + run);
            }
            _ if bytes[at..].starts_with(mark.as_bytes()) => {
                let run = bytes[at..].iter().take_while(|byte| **byte == mark.as_bytes()[0]).count();
                let is_after_space = at > 0 && bytes[at - 1].is_ascii_whitespace();
                if at > 0 && !is_after_space && (run == mark.len() || run > 2) {
                    return Some(at + run - mark.len());
                }
                at += run;
            }
            _ => at += 1,
        }
    }
    None
}
