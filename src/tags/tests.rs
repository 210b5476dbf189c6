use super::model::{folded, tidy};

#[test]
fn one_word_has_one_spelling() {
    assert_eq!(tidy("  Late \t delivery ").unwrap(), "Late delivery");
    assert_eq!(folded("Refund 退款"), folded("REFUND 退款"));
}

#[test]
fn a_name_is_words_that_fit() {
    for (name, code) in [(" \n ", "required"), (&"长".repeat(41), "too_long"), ("a\u{7}b", "invalid")] {
        assert_eq!(tidy(name).unwrap_err().fields[0].code, code, "{name:?}");
    }
    assert!(tidy(&"长".repeat(40)).is_ok());
}
