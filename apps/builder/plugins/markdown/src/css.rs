// Rules with their selectors -> the text of a style sheet, spread out or small.

pub struct CssRule {
    /// At-rules around it, the outermost first: `@media (width < 40em)`.
    pub around: Vec<String>,
    /// Empty for declarations of an at-rule itself, such as `@font-face`.
    pub selector: String,
    pub declarations: Vec<(String, String)>,
}

pub fn print(rules: &[CssRule], is_small: bool) -> String {
    let mut out = String::new();
    let mut open: &[String] = &[];
    for rule in rules.iter().filter(|rule| !rule.declarations.is_empty()) {
        let shared = open.iter().zip(&rule.around).take_while(|(one, other)| one == other).count();
        close(&mut out, open.len(), shared, is_small);
        for (depth, at) in rule.around.iter().enumerate().skip(shared) {
            line(&mut out, depth, &opening(at, is_small), is_small);
        }
        open = &rule.around;
        block(&mut out, rule, is_small);
    }
    close(&mut out, open.len(), 0, is_small);
    out
}

fn opening(head: &str, is_small: bool) -> String {
    if is_small { format!("{head}{{") } else { format!("{head} {{") }
}

fn block(out: &mut String, rule: &CssRule, is_small: bool) {
    let depth = rule.around.len();
    let is_bare = rule.selector.is_empty();
    if !is_bare {
        line(out, depth, &opening(&rule.selector, is_small), is_small);
    }
    for (name, value) in &rule.declarations {
        let space = if is_small { "" } else { " " };
        line(out, if is_bare { depth } else { depth + 1 }, &format!("{name}:{space}{value};"), is_small);
    }
    if !is_bare {
        line(out, depth, "}", is_small);
    }
}

fn close(out: &mut String, from: usize, to: usize, is_small: bool) {
    for depth in (to..from).rev() {
        line(out, depth, "}", is_small);
    }
}

fn line(out: &mut String, depth: usize, text: &str, is_small: bool) {
    if is_small {
        out.push_str(text);
    } else {
        out.push_str(&"  ".repeat(depth));
        out.push_str(text);
        out.push('\n');
    }
}
