//! How the small things stand in the record, and what is refused when it is read.

use filodiretto::qa::event::{Erases, Facts as _, Hash8};
use filodiretto::qa::{
    CommandId, Entry, Event, Head, PersonId, QuestionId, Rev, Slug, Timestamp, VoteRow,
    guarded::Guarded,
};
use serde_json::{from_str, json, to_string};

#[test]
fn a_vote_is_four_short_values() {
    let row = VoteRow(
        PersonId::from_u128(1),
        QuestionId::from_u128(2),
        true,
        Hash8(0x0123_4567_89ab_cdef),
    );
    let written = to_string(&row).expect("it can be written");
    let expected =
        r#"["00000000000000000000000001","00000000000000000000000002",1,"0123456789abcdef"]"#;
    assert_eq!(written, expected);
    assert_eq!(from_str::<VoteRow>(&written).expect("and read"), row);
    let off = written.replace(",1,", ",0,");
    assert!(!from_str::<VoteRow>(&off).expect("a vote that is off").2);
    for wrong in [",2,", ",true,", ",-1,"] {
        from_str::<VoteRow>(&written.replace(",1,", wrong)).expect_err(wrong);
    }
    assert_eq!(format!("{:?}", row.3), "0123456789abcdef");
}

#[test]
fn a_head_is_a_count_and_sixty_four_digits() {
    let head = Head { n: 3, chain: std::array::from_fn(|n| n as u8 * 8) };
    let written = to_string(&head).expect("it can be written");
    assert_eq!(from_str::<Head>(&written).expect("and read"), head);
    let chain = |chain: String| from_str::<Head>(&json!({ "n": 3, "chain": chain }).to_string());
    chain("0".repeat(64)).expect("digits");
    chain("0".repeat(62)).expect_err("too few");
    chain("0".repeat(66)).expect_err("too many");
    chain("0".repeat(63) + "g").expect_err("no digit");
    chain("é".repeat(32)).expect_err("sixty-four bytes that are no digits");
}

#[test]
fn an_id_has_one_spelling() {
    let id = CommandId::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let text = id.to_string();
    assert_eq!(text.parse::<CommandId>(), Ok(id));
    assert_eq!(u128::from_be_bytes(id.to_bytes()), 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    assert_eq!(format!("{id:?}"), format!("CommandId({text})"));
    for wrong in ["", "01", &text.to_lowercase(), &format!("{text}0"), &text.replace('0', "O")] {
        wrong.parse::<CommandId>().expect_err(wrong);
    }
    assert_eq!(CommandId::from(QuestionId::from(id)), id);
}

#[test]
fn a_slug_is_three_to_sixty_small_letters_digits_and_dashes() {
    for fits in ["abc", "a-9", &"z".repeat(60)] {
        assert_eq!(fits.parse::<Slug>().map(|slug| slug.to_string()), Ok(fits.to_owned()));
    }
    for wrong in ["ab", "", "Abc", "a_c", "à-b", "a c", &"z".repeat(61)] {
        wrong.parse::<Slug>().expect_err(wrong);
        from_str::<Slug>(&json!(wrong).to_string()).expect_err(wrong);
    }
    let slug: Slug = from_str("\"abc\"").expect("it fits");
    assert_eq!((slug.as_str(), to_string(&slug).expect("written").as_str()), ("abc", "\"abc\""));
}

#[test]
fn moments_and_revisions_do_not_overflow() {
    assert_eq!((Rev(1).next(), Rev(u32::MAX).next()), (Rev(2), Rev(u32::MAX)));
    let last = Timestamp(i64::MAX);
    assert_eq!((last.plus_seconds(1), Timestamp(5).plus_seconds(2)), (last, Timestamp(2005)));
    assert_eq!(Timestamp(5).ms_since(Timestamp(3)), 2);
    assert_eq!(Timestamp(3).ms_since(Timestamp(5)), 0);
    assert_eq!(last.ms_since(Timestamp(i64::MIN)), i64::MAX.unsigned_abs());
}

#[test]
fn free_text_is_not_written_before_it_is_sealed_and_reads_as_nothing_without_its_key() {
    let mut text = Guarded::clear("Un segreto".to_owned());
    to_string(&text).expect_err("it is in clear");
    assert_eq!((text.get().map(String::as_str), text.sealed()), (Some("Un segreto"), None));
    text.set_sealed("…".to_owned());
    let written = to_string(&text).expect("it is sealed");
    assert_eq!(written, "\"…\"");
    let mut read: Guarded<String> = from_str(&written).expect("it was written here");
    assert_eq!((read.get(), read.sealed()), (None, Some("…")));
    read.set_clear(Some("Un segreto".to_owned()));
    assert_eq!(read, text);
    read.forget();
    assert_eq!((read.get(), read.sealed()), (None, Some("")));
}

#[test]
fn an_entry_with_anything_unknown_is_not_read() {
    let entry = json!({ "v": 1, "id": CommandId::from_u128(1), "commands": [] });
    from_str::<Entry>(&entry.to_string()).expect("an entry");
    let with = |key: &str| {
        let mut entry = entry.clone();
        entry[key] = json!(1);
        from_str::<Entry>(&entry.to_string())
    };
    with("more").expect_err("a key that nobody knows");
    let event = json!({ "type": "question_sung", "question": CommandId::from_u128(1) });
    from_str::<filodiretto::qa::Event>(&event.to_string()).expect_err("an event of the future");
}

#[test]
fn a_key_goes_with_the_fact_that_says_so_and_with_no_other() {
    let (person, question) = (PersonId::from_u128(1), QuestionId::from_u128(2));
    let reason = || "richiesta".to_owned();
    let forgotten = Event::PersonForgotten { person, reason: reason() };
    assert_eq!(forgotten.erases(), Some(Erases::Person(person)));
    let taken_back = Event::TextTakenBack { question, reason: reason() };
    assert_eq!(taken_back.erases(), Some(Erases::Question(question)));
    assert_eq!(Event::QuestionWithdrawn { question }.erases(), None);
    assert_eq!(Event::TakenOffAir {}.erases(), None);
}
