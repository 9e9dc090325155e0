// One message about one place in the project.

pub struct Diagnostic {
    pub is_warning: bool,
    pub message: String,
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: Option<usize>,
}

/// Where something stands in one file, before the file's name is known.
pub struct Mistake {
    pub message: String,
    pub line: usize,
    pub column: Option<usize>,
}

impl Mistake {
    pub fn new(line: usize, message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), line, column: None }
    }
    pub fn in_file(self, file: &str) -> Diagnostic {
        let Mistake { message, line, column } = self;
        Diagnostic { is_warning: false, message, file: file.to_string(), line, column }
    }
}
