//! What a pattern means.

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Empty,
    Char(char),
    Any,
    /// Ranges of characters, or all others.
    Class { ranges: Vec<(char, char)>, negated: bool },
    Start,
    End,
    Sequence(Vec<Node>),
    Either(Box<Node>, Box<Node>),
    /// At least `min` times, at most `max` (or without end).
    Repeat { node: Box<Node>, min: u32, max: Option<u32> },
    /// A group whose match is reported.
    Group(usize, Box<Node>),
}
