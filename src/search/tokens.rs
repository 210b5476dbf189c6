//! Words of a text, the same way for the index and for a query. Pure.
//!
//! Chinese, Japanese, Korean and Thai write without spaces: of a run of such characters the index gets every pair of
//! neighbours, in order, and every single character. A query of one character asks for that character, a longer one for
//! its pairs one after the other: exactly the texts that contain it, however they would be cut into words. Everything else
//! is cut at what is neither letter nor digit, so that `AB-12345` is found whole, as a phrase, and by its parts.
//!
//! Before that, width, case and accents are folded (`ＡＢ１` = `ab1`, `é` = `e`); traditional and simplified characters stay
//! different words.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::{
    CanonicalCombiningClassMapBorrowed, CanonicalDecompositionBorrowed, Decomposed::Default as Whole,
    Decomposed::Expansion, Decomposed::Singleton,
};
use std::collections::BTreeSet;

/// Stands between two runs whose pairs would otherwise read as one: `很快。快递` must not be found by `很快递`.
/// No text has it as a word: it is neither letter nor digit.
const GAP: char = '\u{e000}';

/// What the index stores of a text: its tokens, separated by spaces.
pub fn for_index(text: &str) -> String {
    let folded = fold(text);
    let mut tokens = String::with_capacity(folded.len() * 3);
    let mut singles = BTreeSet::new();
    let mut last = None;
    for piece in pieces(&folded) {
        match piece.kind {
            Kind::Word => {
                push(&mut tokens, piece.text);
                last = None;
            }
            Kind::Run => {
                let first = piece.text.chars().next();
                if last.is_some() && last == first {
                    push(&mut tokens, GAP.encode_utf8(&mut [0; 4]));
                }
                pairs(piece.text).for_each(|pair| push(&mut tokens, pair));
                singles.extend(piece.text.chars());
                last = piece.text.chars().next_back();
            }
        }
    }
    singles.iter().for_each(|single| push(&mut tokens, single.encode_utf8(&mut [0; 4])));
    tokens
}

/// What somebody typed, as `MATCH` expressions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// All of it.
    pub expression: String,
    /// The part before the last word, if that may still be in the making.
    pub whole_words: Option<String>,
}

/// `None` if there is no word in it. Nothing of the input is syntax: every token is quoted, and none can hold a quote.
pub fn for_query(text: &str) -> Option<Query> {
    let folded = fold(text);
    let mut terms: Vec<String> = Vec::new();
    let mut after_word = false;
    for piece in pieces(&folded) {
        match piece.kind {
            Kind::Word if after_word && piece.joined => {
                if let Some(term) = terms.last_mut() {
                    push(term, piece.text);
                }
            }
            Kind::Word => terms.push(piece.text.to_owned()),
            Kind::Run => {
                let mut term = String::new();
                pairs(piece.text).for_each(|pair| push(&mut term, pair));
                terms.push(term);
            }
        }
        after_word = piece.kind == Kind::Word;
    }
    let last = terms.pop()?;
    let open_end = if after_word { " *" } else { "" };
    let whole: Vec<String> = terms.iter().map(|term| format!("\"{term}\"")).collect();
    if whole.is_empty() {
        return Some(Query { expression: format!("\"{last}\"{open_end}"), whole_words: None });
    }
    let whole = whole.join(" AND ");
    let expression = format!("{whole} AND \"{last}\"{open_end}");
    Some(Query { expression, whole_words: after_word.then_some(whole) })
}

fn push(tokens: &mut String, token: &str) {
    if !tokens.is_empty() {
        tokens.push(' ');
    }
    tokens.push_str(token);
}

/// Every two neighbours; of a single character itself.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
    starts.push(run.len());
    let width = if starts.len() > 2 { 2 } else { 1 };
    (width..starts.len()).map(move |end| &run[starts[end - width]..starts[end]])
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Letters and digits of a script with spaces.
    Word,
    /// Characters of a script without.
    Run,
}

#[derive(PartialEq, Eq, Debug)]
struct Piece<'t> {
    kind: Kind,
    text: &'t str,
    /// No white space between this and the piece before.
    joined: bool,
}

fn pieces(folded: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        let start = rest.find(|c| kind(c).is_some())?;
        let joined = !rest[..start].contains(char::is_whitespace);
        let kind_here = kind(rest[start..].chars().next()?)?;
        let end = rest[start..].find(|c| kind(c) != Some(kind_here)).map_or(rest.len(), |length| start + length);
        let text = &rest[start..end];
        rest = &rest[end..];
        Some(Piece { kind: kind_here, text, joined })
    })
}

fn kind(c: char) -> Option<Kind> {
    if unspaced(c) {
        Some(Kind::Run)
    } else if c.is_alphanumeric() {
        Some(Kind::Word)
    } else {
        None
    }
}

/// Whether `c` belongs to a script that does not put spaces between words.
fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e01}'..='\u{0e3a}' | '\u{0e40}'..='\u{0eff}'      // Thai, Lao
        | '\u{1000}'..='\u{1049}' | '\u{1780}'..='\u{17d3}'    // Burmese, Khmer
        | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7ff}'    // Hangul
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303b}'
        | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' // Kana
        | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'    // Bopomofo
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' // Han
    )
}

/// Compatibility forms made one, small letters, accents off. Marks of the unspaced scripts are letters there and stay.
fn fold(text: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let mut folded = String::with_capacity(composed.len());
    for c in composed.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else if unspaced(c) {
            folded.push(c);
        } else {
            c.to_lowercase().for_each(|c| without_accents(c, &mut folded));
        }
    }
    folded
}

fn without_accents(c: char, folded: &mut String) {
    match CanonicalDecompositionBorrowed::new().decompose(c) {
        Whole if CanonicalCombiningClassMapBorrowed::new().get_u8(c) != 0 => {}
        Whole => folded.push(c),
        Singleton(base) => without_accents(base, folded),
        Expansion(base, mark) => {
            without_accents(base, folded);
            without_accents(mark, folded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspaced_scripts_become_pairs_then_singles() {
        assert_eq!(for_index("退款吗"), "退款 款吗 吗 款 退");
        assert_eq!(for_index("退"), "退 退");
        assert_eq!(for_index("カタカナ"), "カタ タカ カナ カ タ ナ");
        assert_eq!(for_index("환불해"), "환불 불해 불 해 환");
        assert_eq!(for_index("𠮷野家"), "𠮷野 野家 家 野 𠮷");
    }

    #[test]
    fn runs_that_touch_by_a_character_are_kept_apart() {
        assert_eq!(for_index("很快。快递"), "很快 \u{e000} 快递 很 快 递");
        assert_eq!(for_index("很快。到了"), "很快 到了 了 到 很 快");
        assert_eq!(for_index("很快 ok 快递"), "很快 ok 快递 很 快 递");
    }

    #[test]
    fn words_are_folded_and_cut_at_what_is_no_letter() {
        assert_eq!(for_index("Order AB-12345, José"), "order ab 12345 jose");
        assert_eq!(for_index("Jose\u{301} Nguyễn ＡＢ－１２ ﬁne"), "jose nguyen ab 12 fine");
        assert_eq!(for_index("lin.wang@example.com"), "lin wang example com");
        assert_eq!(for_index("ÅNGSTRÖM Ελλάδα Ёлка"), "angstrom ελλαδα елка");
    }

    #[test]
    fn width_and_compatibility_forms_are_one() {
        assert_eq!(for_index("ｶﾞｷﾞ"), for_index("ガギ"));
        assert_eq!(for_index("①㎏"), "1kg");
        assert_eq!(for_index("が"), "が が", "the voiced mark belongs to the letter");
    }

    #[test]
    fn traditional_and_simplified_stay_different() {
        assert_ne!(for_index("退貨"), for_index("退货"));
    }

    fn expression(text: &str) -> String {
        for_query(text).unwrap().expression
    }

    #[test]
    fn a_query_asks_for_neighbours_in_order() {
        assert_eq!(expression("退"), "\"退\"");
        assert_eq!(expression("退款"), "\"退款\"");
        assert_eq!(expression("要退款"), "\"要退 退款\"");
        assert_eq!(expression("退款 快递"), "\"退款\" AND \"快递\"");
        assert_eq!(expression("my Card"), "\"my\" AND \"card\" *");
        assert_eq!(expression("AB-12345"), "\"ab 12345\" *");
        assert_eq!(expression("订单AB-12345"), "\"订单\" AND \"ab 12345\" *");
        assert_eq!(expression("card 退款"), "\"card\" AND \"退款\"");
    }

    #[test]
    fn the_words_before_an_incomplete_one_are_known_apart() {
        let whole = |text| for_query(text).unwrap().whole_words;
        assert_eq!(whole("退款 my car").unwrap(), "\"退款\" AND \"my\"");
        assert_eq!(whole("car"), None);
        assert_eq!(whole("car 退款"), None, "the last is complete: one question is enough");
    }

    #[test]
    fn nothing_typed_is_syntax() {
        for hostile in ["\"", "*", "NEAR(", "a\" OR \"b", "words:x", "^a", "-a", "{a b}:c", "a AND", "(", "\0", "' --"]
        {
            let Some(query) = for_query(hostile) else { continue };
            let tokens: String = query.expression.split('"').skip(1).step_by(2).collect();
            assert!(tokens.chars().all(|c| c.is_alphanumeric() || c == ' '), "{hostile} became {query:?}");
        }
        for empty in ["", " ", "!?", "。，", "👍", "\u{e000}", "\u{301}"] {
            assert_eq!(for_query(empty), None, "{empty:?}");
        }
    }
}
