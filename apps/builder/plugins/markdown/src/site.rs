// The project's files -> the files of the site, or what is wrong with them. All reading and writing goes through the host.
use crate::diagnostic::{Diagnostic, Mistake};
use crate::host::{FileError, list_files, progress, read_text, write_text};
use crate::inline::escape;
use crate::markdown::{Page, read_page};
use crate::scss::{SassError, compile};
use std::collections::BTreeMap;

const PAGES: &str = "content/";
const STYLES: &str = "styles/";
const LAYOUT: &str = "layout.html";

pub enum Failure {
    Unsupported(String),
    Compile(Vec<Diagnostic>),
    Io(String),
}

pub struct Output {
    /// Their paths and sizes in bytes, the main page first.
    pub artifacts: Vec<(String, usize)>,
    pub warnings: Vec<Diagnostic>,
}

/// Pages by their path in the project.
type Pages = BTreeMap<String, Page>;

pub fn build(out_dir: &str, is_small: bool) -> Result<Output, Failure> {
    let mut mistakes = Vec::new();
    let pages = read_pages(&mut mistakes)?;
    check_links(&pages, &mut mistakes);
    let layout = read(LAYOUT)?;
    let mut files = compile_styles(is_small, &mut mistakes)?;
    progress("filling in the layout", 70);
    for (path, page) in &pages {
        match fill(&layout, path, page, &pages) {
            Ok(html) => files.push((url_of(path), html)),
            Err(mistake) => {
                mistakes.push(mistake.in_file(LAYOUT));
                break;
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(Failure::Compile(mistakes));
    }
    files.push(("search.json".to_string(), search_index(&pages)));
    files.sort_by_key(|(path, _)| (path != "index.html", path.clone()));
    let mut artifacts = Vec::new();
    for (at, (path, text)) in files.iter().enumerate() {
        progress(&format!("writing {path}"), 80 + 20 * at / files.len());
        write_text(&format!("{out_dir}/{path}"), text).map_err(|error| io(path, error))?;
        artifacts.push((path.clone(), text.len()));
    }
    Ok(Output { artifacts, warnings: warnings(&pages) })
}

fn io(path: &str, error: FileError) -> Failure {
    Failure::Io(match error {
        FileError::NotFound => format!("{path} is not there"),
        FileError::Other(why) => format!("{path}: {why}"),
    })
}

fn read(path: &str) -> Result<String, Failure> {
    read_text(path).map_err(|error| io(path, error))
}

fn list(folder: &str, ending: &str) -> Result<Vec<String>, Failure> {
    let files = list_files(folder.trim_end_matches('/')).map_err(|error| io(folder, error))?;
    Ok(files.into_iter().filter(|file| file.ends_with(ending)).collect())
}

fn read_pages(mistakes: &mut Vec<Diagnostic>) -> Result<Pages, Failure> {
    let paths = list(PAGES, ".md")?;
    let mut pages = Pages::new();
    for (at, path) in paths.iter().enumerate() {
        progress(&format!("reading {path}"), 50 * at / paths.len());
        match read_page(&read(path)?) {
            Ok(page) => drop(pages.insert(path.clone(), page)),
            Err(mistake) => mistakes.push(mistake.in_file(path)),
        }
    }
    Ok(pages)
}

/// Every style sheet whose name does not start with `_`.
fn compile_styles(is_small: bool, mistakes: &mut Vec<Diagnostic>) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for path in list(STYLES, ".scss")? {
        let name = path.rsplit('/').next().unwrap_or(&path);
        if name.starts_with('_') {
            continue;
        }
        progress(&format!("compiling {path}"), 60);
        let mut load = |file: &str| match read_text(file) {
            Ok(text) => Ok(Some(text)),
            Err(FileError::NotFound) => Ok(None),
            Err(FileError::Other(why)) => Err(format!("{file}: {why}")),
        };
        match compile(&path, is_small, &mut load) {
            Ok(css) => files.push((format!("{}.css", path.trim_end_matches(".scss")), css)),
            Err(SassError::Mistake(mistake)) => mistakes.push(mistake),
            Err(SassError::Io(why)) => return Err(Failure::Io(why)),
        }
    }
    Ok(files)
}

/// Every link inside the site must lead to a page, and to a heading where it names one.
fn check_links(pages: &Pages, mistakes: &mut Vec<Diagnostic>) {
    for (path, page) in pages {
        for link in page.links.iter().filter(|link| !link.target.contains(':')) {
            let (file, heading) = link.target.split_once('#').unwrap_or((&link.target, ""));
            let wanted = if file.is_empty() { path.clone() } else { resolve(path, file) };
            let missing = match pages.get(&wanted) {
                None => format!("there is no page {wanted}"),
                Some(found) if !heading.is_empty() && !found.headings.iter().any(|(_, id, _)| id == heading) => {
                    format!("there is no heading #{heading} in {wanted}")
                }
                Some(_) => continue,
            };
            mistakes.push(Mistake::new(link.line, missing).in_file(path));
        }
    }
}

fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn url_of(path: &str) -> String {
    let path = path.strip_prefix(PAGES).unwrap_or(path);
    format!("{}.html", path.strip_suffix(".md").unwrap_or(path))
}

fn title_of(path: &str, page: &Page) -> String {
    let heading = || page.headings.first().map(|(_, _, text)| text.replace(['*', '`'], ""));
    page.fields.get("title").cloned().or_else(heading).unwrap_or_else(|| url_of(path))
}

/// `{{title}}`, `{{content}}`, `{{nav}}` and `{{root}}`, which is the way back to the top: `../` per folder.
fn fill(layout: &str, path: &str, page: &Page, pages: &Pages) -> Result<String, Mistake> {
    let root = "../".repeat(url_of(path).matches('/').count());
    let mut out = String::new();
    let mut rest = layout;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let line = layout[..layout.len() - after.len()].matches('\n').count() + 1;
        let (name, behind) = after.split_once("}}").ok_or_else(|| Mistake::new(line, "a {{ is not closed by }}"))?;
        match name.trim() {
            "title" => out.push_str(&escape(&title_of(path, page))),
            "content" => out.push_str(&page.html),
            "nav" => out.push_str(&navigation(&root, path, pages)),
            "root" => out.push_str(&root),
            other => return Err(Mistake::new(line, format!("there is no value {other}"))),
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn navigation(root: &str, current: &str, pages: &Pages) -> String {
    let order = |page: &Page| page.fields.get("order").and_then(|order| order.parse().ok()).unwrap_or(u32::MAX);
    let mut entries: Vec<_> = pages.iter().map(|(path, page)| (order(page), path, page)).collect();
    entries.sort_by_key(|(order, path, _)| (*order, *path));
    let items = entries.iter().map(|(_, path, page)| {
        let mark = if *path == current { " aria-current=\"page\"" } else { "" };
        format!("<li><a href=\"{root}{}\"{mark}>{}</a></li>\n", escape(&url_of(path)), escape(&title_of(path, page)))
    });
    format!("<ul>\n{}</ul>", items.collect::<String>())
}

fn search_index(pages: &Pages) -> String {
    let quote = |text: &str| {
        let escaped = text.chars().map(|char| match char {
            '"' | '\\' => format!("\\{char}"),
            char if char < ' ' => format!("\\u{:04x}", char as u32),
            char => char.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    };
    let entries = pages.iter().map(|(path, page)| {
        let headings = page.headings.iter().map(|(_, _, text)| quote(text)).collect::<Vec<_>>().join(",");
        let (url, title) = (quote(&url_of(path)), quote(&title_of(path, page)));
        format!("{{\"url\":{url},\"title\":{title},\"headings\":[{headings}]}}")
    });
    format!("[{}]\n", entries.collect::<Vec<_>>().join(",\n"))
}

fn warnings(pages: &Pages) -> Vec<Diagnostic> {
    let untitled = pages.iter().filter(|(_, page)| !page.fields.contains_key("title") && page.headings.is_empty());
    let warn = |path: &str| Diagnostic {
        is_warning: true,
        ..Mistake::new(1, "the page has neither a title nor a heading").in_file(path)
    };
    untitled.map(|(path, _)| warn(path)).collect()
}
