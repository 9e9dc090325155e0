//! A tree -> a program of a few instructions.

use crate::ast::Node;

#[derive(Debug)]
pub enum Instruction {
    Char(char),
    Any,
    Class { ranges: Vec<(char, char)>, negated: bool },
    Start,
    End,
    /// Goes on at both places; the first is preferred.
    Split(usize, usize),
    Jump(usize),
    /// Remembers the position in a slot.
    Save(usize),
    Match,
}

pub fn compile(root: &Node) -> Vec<Instruction> {
    let mut program = vec![Instruction::Save(0)];
    emit(root, &mut program);
    program.push(Instruction::Save(1));
    program.push(Instruction::Match);
    program
}

fn emit(node: &Node, program: &mut Vec<Instruction>) {
    match node {
        Node::Empty => {}
        Node::Char(char) => program.push(Instruction::Char(*char)),
        Node::Any => program.push(Instruction::Any),
        Node::Class { ranges, negated } => program.push(Instruction::Class { ranges: ranges.clone(), negated: *negated }),
        Node::Start => program.push(Instruction::Start),
        Node::End => program.push(Instruction::End),
        Node::Sequence(parts) => parts.iter().for_each(|part| emit(part, program)),
        Node::Either(left, right) => either(left, right, program),
        Node::Repeat { node, min, max } => repeat(node, *min, *max, program),
        Node::Group(number, inner) => {
            program.push(Instruction::Save(2 * number));
            emit(inner, program);
            program.push(Instruction::Save(2 * number + 1));
        }
    }
}

fn either(left: &Node, right: &Node, program: &mut Vec<Instruction>) {
    let split = program.len();
    program.push(Instruction::Split(split + 1, 0));
    emit(left, program);
    let jump = program.len();
    program.push(Instruction::Jump(0));
    program[split] = Instruction::Split(split + 1, program.len());
    emit(right, program);
    program[jump] = Instruction::Jump(program.len());
}

fn repeat(node: &Node, min: u32, max: Option<u32>, program: &mut Vec<Instruction>) {
    (0..min).for_each(|_| emit(node, program));
    match max {
        None => {
            let split = program.len();
            program.push(Instruction::Split(split + 1, 0));
            emit(node, program);
            program.push(Instruction::Jump(split));
            program[split] = Instruction::Split(split + 1, program.len());
        }
        Some(max) => {
            for _ in min..max {
                let split = program.len();
                program.push(Instruction::Split(split + 1, 0));
                emit(node, program);
                program[split] = Instruction::Split(split + 1, program.len());
            }
        }
    }
}
