//! What is wrong in a configuration file, and where it stands.

use std::ops::Range;

use serde::Serialize;

/// Letters by which a word may differ from the one that was meant.
const TYPOS_MAX: usize = 3;

/// One mistake. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Line; absent where the mistake is that something is missing.
    pub line: Option<usize>,
    /// Column.
    pub column: Option<usize>,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Mistake {
    /// At this place of `text`.
    pub(super) fn at(
        text: &str,
        span: Option<Range<usize>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let before = span.and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column = before.map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        Self { line, column, zh: zh.into(), en: en.into() }
    }

    /// What the reader of TOML found, with the word that was probably meant.
    pub(super) fn read(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().trim();
        let mut quoted = message.split('`').skip(1).step_by(2);
        let zh = match (message.split('`').next(), quoted.next()) {
            (Some("unknown field "), Some(word)) => {
                let Some(near) = nearest(word, quoted) else {
                    return Self::at(text, error.span(), format!("不认识的配置项“{word}”"), message);
                };
                let zh = format!("不认识的配置项“{word}”，是否应为“{near}”");
                return Self::at(text, error.span(), zh, format!("{message}; is `{near}` meant?"));
            }
            (Some("missing field "), Some(word)) => format!("缺少配置项“{word}”"),
            (Some("unknown variant "), Some(word)) => format!("不能填“{word}”"),
            _ => "内容不合格式".into(),
        };
        Self::at(text, error.span(), zh, message)
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(
                f,
                "第 {line} 行第 {column} 列：{} (line {line}, column {column}: {})",
                self.zh, self.en
            ),
            _ => write!(f, "{} ({})", self.zh, self.en),
        }
    }
}

/// The word of `known` that differs least from `word`, if any is near enough to be meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|known| (distance(word, known), known)).min()?;
    (near.0 <= TYPOS_MAX && near.0 < near.1.len()).then_some(near.1)
}

/// Letters to insert, drop or replace to come from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (at, from) in a.chars().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (to_at, to) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[to_at + 1];
            row[to_at + 1] = replaced.min(diagonal + 1).min(row[to_at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_near_the_right_one() {
        let known = ["division", "root", "listen", "parent"];
        for (word, near) in
            [("divison", Some("division")), ("Parent", Some("parent")), ("bandwidth", None), ("x", None)]
        {
            assert_eq!(nearest(word, known.into_iter()), near, "{word}");
        }
    }

    #[test]
    fn places_count_from_one_and_in_characters() {
        let text = "# 站点\nroot = 1\n# 上级 x\n";
        let of = |part: &str| {
            let start = text.find(part).expect("the part is there");
            let mistake = Mistake::at(text, Some(start..start + 1), "", "");
            (mistake.line, mistake.column)
        };
        assert_eq!(of("root"), (Some(2), Some(1)));
        assert_eq!(of("x"), (Some(3), Some(6)));
        assert_eq!(Mistake::at(text, None, "", "").line, None);
    }
}
