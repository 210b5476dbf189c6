use super::Content;

fn content(folder: &str, title: &str, shortcut: &str, text: &str) -> Content {
    Content { folder: folder.into(), title: title.into(), shortcut: shortcut.into(), text: text.into() }
}

#[test]
fn names_get_one_spelling_and_the_words_stay_as_they_are() {
    let tidy = content(" Delivery / Returns/ ", " 退款说明 ", "/Refund", " Hello\n").tidy().unwrap();
    assert_eq!(tidy, content("Delivery/Returns", "退款说明", "refund", " Hello\n"));
}

#[test]
fn each_field_that_does_not_fit_is_named() {
    let long = "x".repeat(200);
    for (bad, field, code) in [
        (content("", " ", "", "a"), "title", "required"),
        (content("", &long, "", "a"), "title", "too_long"),
        (content("a/b/c/d/e/f", "t", "", "a"), "folder", "too_long"),
        (content("", "t", "two words", "a"), "shortcut", "invalid"),
        (content("", "t", "", " \n"), "text", "required"),
        (content("", "t", "", "a\0b"), "text", "invalid"),
    ] {
        let error = bad.tidy().unwrap_err();
        assert_eq!((error.fields[0].field.as_ref(), error.fields[0].code), (field, code), "{bad:?}");
    }
}
