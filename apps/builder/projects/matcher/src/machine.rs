//! Runs a program over a text, in all its states at once: the time is the length of the text times that of the program.

use crate::program::Instruction;

type Slots = Vec<Option<usize>>;

struct Threads {
    /// Program counters in order of preference, each with the slots of its way so far.
    list: Vec<(usize, Slots)>,
    seen: Vec<bool>,
}

impl Threads {
    fn new(size: usize) -> Self {
        Threads { list: Vec::new(), seen: vec![false; size] }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.seen.fill(false);
    }

    /// Follows everything that reads no character.
    fn add(&mut self, program: &[Instruction], at: usize, position: usize, length: usize, slots: Slots) {
        if std::mem::replace(&mut self.seen[at], true) {
            return;
        }
        match &program[at] {
            Instruction::Jump(to) => self.add(program, *to, position, length, slots),
            Instruction::Split(first, second) => {
                self.add(program, *first, position, length, slots.clone());
                self.add(program, *second, position, length, slots);
            }
            Instruction::Save(slot) => {
                let mut saved = slots;
                saved[*slot] = Some(position);
                self.add(program, at + 1, position, length, saved);
            }
            Instruction::Start if position != 0 => {}
            Instruction::End if position != length => {}
            Instruction::Start | Instruction::End => self.add(program, at + 1, position, length, slots),
            _ => self.list.push((at, slots)),
        }
    }
}

/// The slots of the leftmost match, in characters.
pub fn search(program: &[Instruction], groups: usize, text: &[char]) -> Option<Slots> {
    let mut current = Threads::new(program.len());
    let mut next = Threads::new(program.len());
    let mut found: Option<Slots> = None;
    for position in 0..=text.len() {
        if found.is_none() {
            current.add(program, 0, position, text.len(), vec![None; 2 * (groups + 1)]);
        }
        next.clear();
        for (at, slots) in current.list.drain(..) {
            if matches!(program[at], Instruction::Match) {
                // Everything after this thread is less preferred.
                found = Some(slots);
                break;
            }
            if text.get(position).is_some_and(|&char| reads(&program[at], char)) {
                next.add(program, at + 1, position + 1, text.len(), slots);
            }
        }
        current.clear();
        std::mem::swap(&mut current, &mut next);
        if current.list.is_empty() && found.is_some() {
            break;
        }
    }
    found
}

fn reads(instruction: &Instruction, char: char) -> bool {
    match instruction {
        Instruction::Char(wanted) => *wanted == char,
        Instruction::Any => char != '\n',
        Instruction::Class { ranges, negated } => ranges.iter().any(|&(from, to)| from <= char && char <= to) != *negated,
        _ => false,
    }
}
