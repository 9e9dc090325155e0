//! Text of a pattern -> its tree.

use crate::ast::Node;

#[derive(Debug, PartialEq)]
pub struct PatternError {
    pub at: usize,
    pub message: &'static str,
}

pub struct Parser {
    chars: Vec<char>,
    at: usize,
    groups: usize,
}

/// The tree and the number of groups.
pub fn parse(pattern: &str) -> Result<(Node, usize), PatternError> {
    let mut parser = Parser { chars: pattern.chars().collect(), at: 0, groups: 0 };
    let node = parser.either()?;
    if parser.at < parser.chars.len() {
        return Err(parser.error("a closing parenthesis stands alone"));
    }
    Ok((node, parser.groups))
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += next.is_some() as usize;
        next
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += found as usize;
        found
    }

    fn error(&self, message: &'static str) -> PatternError {
        PatternError { at: self.at, message }
    }

    fn either(&mut self) -> Result<Node, PatternError> {
        let mut left = self.sequence()?;
        while self.accept('|') {
            left = Node::Either(Box::new(left), Box::new(self.sequence()?));
        }
        Ok(left)
    }

    fn sequence(&mut self) -> Result<Node, PatternError> {
        let mut parts = Vec::new();
        while let Some(next) = self.peek() {
            if next == '|' || next == ')' {
                break;
            }
            let atom = self.atom()?;
            parts.push(self.repeated(atom)?);
        }
        Ok(if parts.is_empty() { Node::Empty } else { Node::Sequence(parts) })
    }

    fn repeated(&mut self, node: Node) -> Result<Node, PatternError> {
        let (min, max) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(node),
            _ => return Ok(node),
        };
        self.at += 1;
        Ok(Node::Repeat { node: Box::new(node), min, max })
    }

    fn counted(&mut self, node: Node) -> Result<Node, PatternError> {
        self.at += 1;
        let min = self.number()?;
        let max = if self.accept(',') {
            if self.peek() == Some('}') { None } else { Some(self.number()?) }
        } else {
            Some(min)
        };
        if !self.accept('}') {
            return Err(self.error("a count is not closed"));
        }
        Ok(Node::Repeat { node: Box::new(node), min, max })
    }

    fn number(&mut self) -> Result<u32, PatternError> {
        let start = self.at;
        while self.peek().is_some_and(|char| char.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.chars[start..self.at].iter().collect();
        match digits.parse() {
            Ok(number) if number <= 100 => Ok(number),
            _ => Err(self.error("a count must be a number up to 100")),
        }
    }

    fn atom(&mut self) -> Result<Node, PatternError> {
        match self.take() {
            Some('.') => Ok(Node::Any),
            Some('^') => Ok(Node::Start),
            Some('$') => Ok(Node::End),
            Some('(') => self.group(),
            Some('[') => self.class(),
            Some('\\') => self.escape(),
            Some('*' | '+' | '?' | '{') => Err(self.error("there is nothing to repeat")),
            Some(char) => Ok(Node::Char(char)),
            None => Ok(Node::Empty),
        }
    }

    fn group(&mut self) -> Result<Node, PatternError> {
        self.groups += 1;
        let number = self.groups;
        let inner = self.either()?;
        if !self.accept(')') {
            return Err(self.error("a group is not closed"));
        }
        Ok(Node::Group(number, Box::new(inner)))
    }

    fn class(&mut self) -> Result<Node, PatternError> {
        let negated = self.accept('^');
        let mut ranges = Vec::new();
        loop {
            let from = self.take().ok_or(self.error("a class is not closed"))?;
            if from == ']' && !ranges.is_empty() {
                return Ok(Node::Class { ranges, negated });
            }
            let is_range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|&next| next != ']');
            if is_range {
                self.at += 1;
            }
            let to = if is_range { self.take().unwrap_or(from) } else { from };
            ranges.push((from, to));
        }
    }

    fn escape(&mut self) -> Result<Node, PatternError> {
        let class = |ranges: &[(char, char)], negated| Node::Class { ranges: ranges.to_vec(), negated };
        match self.take().ok_or(self.error("the pattern ends in a backslash"))? {
            'd' => Ok(class(&[('0', '9')], false)),
            'w' => Ok(class(&[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], false)),
            's' => Ok(class(&[(' ', ' '), ('\t', '\t'), ('\n', '\n')], false)),
            'S' => Ok(class(&[(' ', ' '), ('\t', '\t'), ('\n', '\n')], true)),
            other => Ok(Node::Char(other)),
        }
    }
}
