//! Words of one office on one matter, of which later ones may take back earlier ones. What is in effect follows from the
//! set of them alone, whatever order they came in.

use std::collections::BTreeSet;

/// What the fold needs to know of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Rises with every word of this office on this matter.
    pub number: u32,
    /// Hash of its body: decides between two words of one number, and names the word to whoever takes it back. It
    /// stays the same where a word is logged again.
    pub body: [u8; 32],
    /// Body of the word that this one takes back.
    pub undoes: Option<[u8; 32]>,
}

/// Which of `words` are in effect, in the order given: all that no later word in effect takes back. A word that is
/// taken back takes nothing back itself, so an undo can be undone.
#[must_use]
pub fn in_effect(words: &[Word]) -> Vec<bool> {
    let mut latest_first: Vec<usize> = (0..words.len()).collect();
    latest_first.sort_by_key(|at| std::cmp::Reverse((words[*at].number, words[*at].body)));
    let mut undone: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut effect = vec![false; words.len()];
    for at in latest_first {
        let word = &words[at];
        if !undone.contains(&word.body) {
            effect[at] = true;
            undone.extend(word.undoes);
        }
    }
    effect
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(number: u32, undoes: Option<u32>) -> Word {
        Word { number, body: body(number), undoes: undoes.map(body) }
    }

    fn body(number: u32) -> [u8; 32] {
        [u8::try_from(number).unwrap(); 32]
    }

    #[test]
    fn what_is_taken_back_has_no_effect_and_an_undo_can_be_undone() {
        let words = [word(1, None), word(2, Some(1)), word(3, None)];
        assert_eq!(in_effect(&words), [false, true, true]);
        let words = [word(1, None), word(2, Some(1)), word(3, Some(2))];
        assert_eq!(in_effect(&words), [true, false, true], "the undo was undone");
    }

    #[test]
    fn nothing_takes_back_what_is_said_after_it() {
        assert_eq!(in_effect(&[word(1, Some(2)), word(2, None)]), [true, true]);
        assert_eq!(in_effect(&[word(1, Some(1))]), [true], "nor itself");
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(
            said in proptest::collection::vec((0u32..5, proptest::option::of(0u8..12)), 0..12),
            turn in 0usize..24,
        ) {
            // The body is a hash, so each word has its own.
            let word = |(at, (number, undoes)): (usize, (u32, Option<u8>))| {
                Word { number, body: [u8::try_from(at).unwrap(); 32], undoes: undoes.map(|of| [of; 32]) }
            };
            let words: Vec<Word> = said.into_iter().enumerate().map(word).collect();
            let of = |words: &[Word]| -> BTreeSet<Word> {
                let effect = in_effect(words);
                words.iter().zip(effect).filter(|(_, effect)| *effect).map(|(word, _)| *word).collect()
            };
            let mut turned: Vec<Word> = words.iter().chain(&words).copied().collect();
            let turn = turn % turned.len().max(1);
            turned.rotate_left(turn);
            turned.reverse();
            prop_assert_eq!(of(&words), of(&turned));
        }
    }
}
