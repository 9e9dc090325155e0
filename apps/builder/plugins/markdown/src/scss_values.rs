// Values and selectors of SCSS -> those of CSS: names replaced, numbers calculated, selectors nested.

/// Replaces `$name` and `#{$name}`; `value` finds one. The error is a message without a place.
pub fn substitute<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '#']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("#{") {
            let end = inside.find('}').ok_or("a #{ is not closed")?;
            let text = substitute(inside[..end].trim(), value)?;
            // A text loses its quotes there.
            out.push_str(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text));
            rest = &inside[end + 1..];
        } else if let Some(name) = rest.strip_prefix('$') {
            let end = name.find(|char: char| !(char.is_alphanumeric() || char == '-' || char == '_'));
            let name = &name[..end.unwrap_or(name.len())];
            out.push_str(value(name).ok_or_else(|| format!("there is no variable ${name}"))?);
            rest = &rest[1 + name.len()..];
        } else {
            out.push('#');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The parts between commas that are in no parentheses and no text.
pub fn split_list(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0usize;
    let mut quote = None;
    for char in text.chars() {
        match (quote, char) {
            (Some(end), _) if char == end => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is always one").push(char);
    }
    let parts = parts.into_iter().map(|part| part.trim().to_string()).filter(|part| !part.is_empty());
    parts.collect()
}

/// `2rem * 1.5` -> `3rem`; only where the operator stands between spaces, as CSS has signs of its own.
pub fn calculate(text: &str) -> Result<String, String> {
    if text.contains(['(', '"', '\'']) || ![" * ", " + ", " - "].iter().any(|operator| text.contains(operator)) {
        return Ok(text.to_string());
    }
    let parts: Result<Vec<String>, String> = split_list(text).iter().map(|part| calculate_part(part)).collect();
    Ok(parts?.join(", "))
}

fn calculate_part(text: &str) -> Result<String, String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
    for operators in [&["*"][..], &["+", "-"][..]] {
        let mut at = 1;
        while at + 1 < words.len() {
            if !operators.contains(&words[at].as_str()) {
                at += 1;
                continue;
            }
            let result = apply(&words[at - 1], &words[at], &words[at + 1])?;
            words.splice(at - 1..=at + 1, [result]);
        }
    }
    Ok(words.join(" "))
}

/// A number and its unit.
fn number(word: &str) -> Option<(f64, &str)> {
    let end = word.find(|char: char| !(char.is_ascii_digit() || char == '.' || char == '-')).unwrap_or(word.len());
    Some((word[..end].parse().ok()?, &word[end..]))
}

fn apply(left: &str, operator: &str, right: &str) -> Result<String, String> {
    let what = || format!("{left} {operator} {right} cannot be calculated");
    let ((a, left_unit), (b, right_unit)) = number(left).zip(number(right)).ok_or_else(what)?;
    if !left_unit.is_empty() && !right_unit.is_empty() && (operator == "*" || left_unit != right_unit) {
        return Err(what());
    }
    let result = match operator {
        "*" => a * b,
        "+" => a + b,
        _ => a - b,
    };
    let unit = if left_unit.is_empty() { right_unit } else { left_unit };
    // As many digits as style sheets use, so that 0.1 + 0.2 is 0.3.
    Ok(format!("{}{unit}", (result * 10_000.0).round() / 10_000.0))
}

/// The selectors of a rule inside another: `&` is the outer one, and stands in front where it is not written.
pub fn nest(outer: &str, inner: &str) -> String {
    if outer.is_empty() {
        return split_list(inner).join(", ");
    }
    let outers = split_list(outer);
    let inners = split_list(inner);
    let nested = outers.iter().flat_map(|outer| {
        inners.iter().map(move |inner| match inner.contains('&') {
            true => inner.replace('&', outer),
            false => format!("{outer} {inner}"),
        })
    });
    nested.collect::<Vec<_>>().join(", ")
}
