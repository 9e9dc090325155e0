// Statements of style sheets -> CSS: variables, nesting, `&`, mixins, partials, arithmetic, at-rules moved outside.
use crate::css::{CssRule, print};
use crate::diagnostic::{Diagnostic, Mistake};
use crate::scss_parser::{Kind, Statement, parse};
use crate::scss_values::{calculate, nest, split_list, substitute};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Mixins that include each other would never end.
const MAX_CALLS: usize = 64;

struct Mixin {
    file: String,
    /// Names with their defaults.
    parameters: Vec<(String, Option<String>)>,
    body: Rc<Vec<Statement>>,
}

type Load<'a> = &'a mut dyn FnMut(&str) -> Result<Option<String>, String>;

struct Compiler<'a> {
    load: Load<'a>,
    scopes: Vec<BTreeMap<String, String>>,
    mixins: BTreeMap<String, Rc<Mixin>>,
    loaded: Vec<String>,
    rules: Vec<CssRule>,
    calls: usize,
}

/// Where statements stand: the file, the selector around them and the at-rules around that.
#[derive(Clone)]
struct Place {
    file: String,
    selector: String,
    around: Vec<String>,
}

pub enum SassError {
    Mistake(Diagnostic),
    /// A file that is there could not be read, in the host's words.
    Io(String),
}

type Outcome = Result<(), SassError>;
type Body<'s> = Option<&'s Rc<Vec<Statement>>>;

/// `load` gives the text of a file, or none where there is no such file.
pub fn compile(file: &str, is_small: bool, load: Load) -> Result<String, SassError> {
    let (mixins, loaded, rules) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut compiler = Compiler { load, scopes: vec![BTreeMap::new()], mixins, loaded, rules, calls: 0 };
    let place = Place { file: file.to_string(), selector: String::new(), around: Vec::new() };
    match compiler.file(file, &place)? {
        true => Ok(print(&compiler.rules, is_small)),
        false => Err(mistake(&place, 1, format!("there is no style sheet {file}"))),
    }
}

fn mistake(place: &Place, line: usize, message: String) -> SassError {
    SassError::Mistake(Mistake::new(line, message).in_file(&place.file))
}

impl Compiler<'_> {
    /// False where there is no such file. Each file counts once.
    fn file(&mut self, file: &str, place: &Place) -> Result<bool, SassError> {
        if self.loaded.iter().any(|one| one == file) {
            return Ok(true);
        }
        let Some(text) = (self.load)(file).map_err(SassError::Io)? else { return Ok(false) };
        self.loaded.push(file.to_string());
        let place = Place { file: file.to_string(), ..place.clone() };
        let statements = parse(&text).map_err(|mistake| SassError::Mistake(mistake.in_file(file)))?;
        self.statements(statements.iter(), &place)?;
        Ok(true)
    }

    fn statements<'s>(&mut self, statements: impl Iterator<Item = &'s Statement>, place: &Place) -> Outcome {
        for Statement { line, kind } in statements {
            match kind {
                Kind::Variable { name, value, is_default } => {
                    let value = self.evaluate(value, place, *line)?;
                    self.assign(name, value, *is_default);
                }
                Kind::Declaration { name, value } => {
                    if place.selector.is_empty() && place.around.is_empty() {
                        return Err(mistake(place, *line, format!("{name} stands outside of a rule")));
                    }
                    let name = self.interpolate(name, place, *line)?;
                    let value = self.evaluate(value, place, *line)?;
                    self.declare(place, name, value);
                }
                Kind::Rule { selector, body } => {
                    let selector = self.interpolate(selector, place, *line)?;
                    let selector = nest(&place.selector, &selector);
                    self.block(body, &Place { selector, ..place.clone() })?;
                }
                Kind::At { name, prelude, body } => self.at_rule(*line, name, prelude, body.as_ref(), place)?,
            }
        }
        Ok(())
    }

    fn block(&mut self, body: &[Statement], place: &Place) -> Outcome {
        let Place { selector, around, .. } = place.clone();
        self.rules.push(CssRule { around, selector, declarations: Vec::new() });
        self.scopes.push(BTreeMap::new());
        self.statements(body.iter(), place)?;
        self.scopes.pop();
        Ok(())
    }

    fn declare(&mut self, place: &Place, name: String, value: String) {
        let fits = |rule: &&mut CssRule| rule.selector == place.selector && rule.around == place.around;
        if let Some(rule) = self.rules.last_mut().filter(fits) {
            return rule.declarations.push((name, value));
        }
        let Place { selector, around, .. } = place.clone();
        self.rules.push(CssRule { around, selector, declarations: vec![(name, value)] });
    }

    fn assign(&mut self, name: &str, value: String, is_default: bool) {
        // Inside of a block, a name of the whole sheet is hidden and not changed.
        let first = if self.scopes.len() > 1 && !is_default { 1 } else { 0 };
        let known = self.scopes[first..].iter_mut().rev().find(|scope| scope.contains_key(name));
        match known {
            Some(_) if is_default => {}
            Some(scope) => drop(scope.insert(name.to_string(), value)),
            None => drop(self.scopes.last_mut().map(|scope| scope.insert(name.to_string(), value))),
        }
    }

    fn at_rule(&mut self, line: usize, name: &str, prelude: &str, body: Body, place: &Place) -> Outcome {
        match (name, body) {
            ("use" | "import", None) => self.import(line, prelude, place),
            ("include", None) => self.include(line, prelude, place),
            ("mixin", Some(body)) => {
                let (name, parameters) = mixin_head(prelude);
                let mixin = Mixin { file: place.file.clone(), parameters, body: Rc::clone(body) };
                self.mixins.insert(name, Rc::new(mixin));
                Ok(())
            }
            ("media" | "supports" | "layer" | "font-face" | "page", Some(body)) => {
                let prelude = self.evaluate(prelude, place, line)?;
                let mut around = place.around.clone();
                around.push(format!("@{name} {prelude}").trim_end().to_string());
                self.block(body, &Place { around, ..place.clone() })
            }
            _ => Err(mistake(place, line, format!("@{name} is not a part of SCSS that this builder knows"))),
        }
    }

    fn import(&mut self, line: usize, prelude: &str, place: &Place) -> Outcome {
        let name = prelude.trim_matches(|char| char == '"' || char == '\'');
        let folder = place.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (inside, last) = name.rsplit_once('/').map_or(("", name), |(inside, last)| (inside, last));
        let parts: Vec<&str> = [folder, inside].into_iter().filter(|part| !part.is_empty()).collect();
        for candidate in [format!("_{last}.scss"), format!("{last}.scss")] {
            let path = [parts.join("/"), candidate].join("/");
            if self.file(path.trim_start_matches('/'), place)? {
                return Ok(());
            }
        }
        Err(mistake(place, line, format!("there is no style sheet {name}")))
    }

    fn include(&mut self, line: usize, prelude: &str, place: &Place) -> Outcome {
        let (name, arguments) = prelude.split_once('(').map_or((prelude, ""), |(name, rest)| (name, rest));
        let name = name.trim();
        let mixin = self.mixins.get(name).cloned();
        let mixin = mixin.ok_or_else(|| mistake(place, line, format!("there is no mixin {name}")))?;
        let arguments = split_list(arguments.strip_suffix(')').unwrap_or(arguments));
        if arguments.len() > mixin.parameters.len() {
            return Err(mistake(place, line, format!("{name} takes at most {} values", mixin.parameters.len())));
        }
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return Err(mistake(place, line, format!("{name} includes itself")));
        }
        let mut scope = BTreeMap::new();
        for (at, (parameter, default)) in mixin.parameters.iter().enumerate() {
            let text = arguments.get(at).or(default.as_ref());
            let text = text.ok_or_else(|| mistake(place, line, format!("{name} needs a value for ${parameter}")))?;
            scope.insert(parameter.clone(), self.evaluate(text, place, line)?);
        }
        self.scopes.push(scope);
        self.statements(mixin.body.iter(), &Place { file: mixin.file.clone(), ..place.clone() })?;
        self.scopes.pop();
        self.calls -= 1;
        Ok(())
    }

    /// `$names` and `#{}` replaced, numbers calculated.
    fn evaluate(&self, text: &str, place: &Place, line: usize) -> Result<String, SassError> {
        let text = self.interpolate(text, place, line)?;
        calculate(&text).map_err(|message| mistake(place, line, message))
    }

    fn interpolate(&self, text: &str, place: &Place, line: usize) -> Result<String, SassError> {
        let value = |name: &str| self.scopes.iter().rev().find_map(|scope| scope.get(name)).map(String::as_str);
        substitute(text, &value).map_err(|message| mistake(place, line, message))
    }
}

/// `name($one, $two: default)`
fn mixin_head(prelude: &str) -> (String, Vec<(String, Option<String>)>) {
    let (name, parameters) = prelude.split_once('(').unwrap_or((prelude, ""));
    let parameters = split_list(parameters.strip_suffix(')').unwrap_or(parameters)).into_iter().map(|parameter| {
        let (name, default) = parameter.split_once(':').map_or((&*parameter, None), |(name, text)| (name, Some(text)));
        (name.trim().trim_start_matches('$').to_string(), default.map(|text| text.trim().to_string()))
    });
    (name.trim().to_string(), parameters.collect())
}
