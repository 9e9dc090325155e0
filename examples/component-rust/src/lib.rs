//! Words of a text, counted: wit-bindgen makes a trait of the contract, and this implements it.
use std::collections::HashMap;

wit_bindgen::generate!({ path: "../stdio-python/words.wit", world: "plugin" });

struct Words;
export!(Words);

impl exports::demo::words::words::Guest for Words {
    fn count(text: String) -> u32 {
        words(&text).count() as u32
    }

    fn most_common(text: String, top: u32) -> Vec<(String, u32)> {
        let mut counts = HashMap::<String, u32>::new();
        for word in words(&text) {
            *counts.entry(word).or_default() += 1;
        }
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        sorted.truncate(top as usize);
        sorted
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
