//! Every bound of what people type: what just fits does, and one more does not.

use filodiretto::qa::command::AboutChange;
use filodiretto::qa::event::{About, Answer, Official, Reason, Stream};
use filodiretto::qa::policy::PolicyChange;
use filodiretto::qa::refusal::Code;
use filodiretto::qa::session::State;
use filodiretto::qa::{As, Command, Kind, Role};

use crate::scene::{Scene, Setting, scene};

/// A question in this state, in an open session, and what comes of the command made for it.
fn sent(state: State, command: impl FnOnce(&mut Scene) -> Command) -> Option<Code> {
    let mut scene = scene(state, Setting::Open, "ana").expect("it can be so");
    let command = command(&mut scene);
    let acts = if command.kind().allowed().citizen { As::Citizen } else { As::Staff };
    scene.send("capo", acts, command).err().map(|refusal| refusal.code())
}

fn describes(change: AboutChange) -> Option<Code> {
    sent(State::Pending, |scene| Command::Describe {
        change: Box::new(change),
        rev: scene.session.rev(),
    })
}

/// `most` of them fit, one more does not.
#[track_caller]
fn bounded(most: usize, refused: Code, send: impl Fn(usize) -> Option<Code>) {
    assert_eq!(send(most), None, "{most} fit");
    assert_eq!(send(most + 1), Some(refused), "{} do not", most + 1);
}

fn a(n: usize) -> String {
    "a".repeat(n)
}

#[test]
fn what_the_desk_types_has_its_bounds() {
    bounded(1000, Code::TooLong, |n| {
        sent(State::Pending, |scene| match scene.command(Kind::Enter) {
            Command::Enter { name, labels, channel, .. } => {
                Command::Enter { text: a(n), name, labels, channel }
            }
            other => other,
        })
    });
    bounded(1000, Code::TooLong, |n| {
        let revise = |scene: &mut Scene| Command::Revise {
            question: scene.question,
            rev: scene.rev(),
            text: a(n),
        };
        sent(State::Pending, revise)
    });
    bounded(500, Code::TooLong, |n| {
        sent(State::Pending, |scene| Command::Dismiss {
            question: scene.question,
            rev: scene.rev(),
            reason: Reason::Other,
            of: None,
            note: Some(a(n)),
        })
    });
    bounded(500, Code::TooLong, |n| {
        sent(State::Queued, |scene| Command::Later {
            question: scene.question,
            rev: scene.rev(),
            note: Some(a(n)),
        })
    });
    bounded(500, Code::TooLong, |n| {
        sent(State::Approved, |scene| Command::TakeBack { question: scene.question, reason: a(n) })
    });
    bounded(500, Code::TooLong, |n| {
        sent(State::Pending, |scene| Command::Forget { person: scene.person("ana"), reason: a(n) })
    });
    bounded(80, Code::TooLong, |n| {
        sent(State::Pending, |_| Command::Invite {
            role: Role::Moderator,
            name: a(n),
            token_hash: String::new(),
        })
    });
}

/// Sixteen bytes for each character, so that nobody's writing is too long for its marks.
#[test]
fn a_text_of_many_bytes_is_refused_before_anybody_counts_its_characters() {
    let marks = |n: usize| format!("a{}", "\u{301}".repeat(n));
    bounded((500 * 16 - 1) / 2, Code::TooLong, |n| {
        sent(State::Approved, |scene| Command::TakeBack {
            question: scene.question,
            reason: marks(n),
        })
    });
}

#[test]
fn an_answer_has_its_bounds() {
    let answers = |text: String, links: Vec<String>| {
        sent(State::Approved, |scene| Command::Answer {
            question: scene.question,
            rev: scene.rev(),
            answer: Answer { text, links },
        })
    };
    bounded(5000, Code::TooLong, |n| answers(a(n), vec![]));
    bounded(10, Code::Malformed, |n| answers(a(1), vec!["https://a".to_owned(); n]));
    bounded(500, Code::Malformed, |n| answers(a(1), vec![format!("https://{}", a(n - 8))]));
    assert_eq!(answers(a(1), vec!["http://a.example/?b=c#d".to_owned()]), None);
    for wrong in ["ftp://a", "https://a b", "https://a\nb", " https://a", "a https://a"] {
        assert_eq!(answers(a(1), vec![wrong.to_owned()]), Some(Code::Malformed), "{wrong}");
    }
}

#[test]
fn what_a_session_says_of_itself_has_its_bounds() {
    bounded(200, Code::TooLong, |n| {
        describes(AboutChange { title: Some(a(n)), ..AboutChange::default() })
    });
    let officials = |all: Vec<(String, String)>| {
        let officials = all.into_iter().map(|(name, office)| Official { name, office }).collect();
        describes(AboutChange { officials: Some(officials), ..AboutChange::default() })
    };
    bounded(50, Code::Malformed, |n| officials(vec![(a(1), a(1)); n]));
    bounded(80, Code::Malformed, |n| officials(vec![(a(n), a(1))]));
    bounded(80, Code::Malformed, |n| officials(vec![(a(1), a(n))]));
    assert_eq!(officials(vec![(a(1), String::new())]), Some(Code::Malformed));
    assert_eq!(officials(vec![(String::new(), a(1))]), Some(Code::Malformed));
    assert_eq!(officials(vec![(" a".to_owned(), a(1))]), Some(Code::Malformed));
    let labels = |labels: Vec<String>| {
        describes(AboutChange { labels: Some(labels), ..AboutChange::default() })
    };
    bounded(50, Code::Malformed, |n| labels((0..n).map(|n| n.to_string()).collect()));
    bounded(80, Code::Malformed, |n| labels(vec![a(n)]));
    assert_eq!(labels(vec![a(1), a(2), a(1)]), Some(Code::Malformed));
    let language = |tag: &str| {
        describes(AboutChange { language: Some(tag.to_owned()), ..AboutChange::default() })
    };
    for tag in ["it", "de-AT", "sr-Latn-RS", "en-x-abcdefgh"] {
        assert_eq!(language(tag), None, "{tag}");
    }
    for tag in ["", "i", "1t", "i1", "it-", "it--IT", "it-abcdefghi", "it_IT", "ìt", "it IT"] {
        assert_eq!(language(tag), Some(Code::Malformed), "{tag}");
    }
    let long = |n: usize| "it".to_owned() + &"-abcdefgh".repeat(n);
    assert_eq!((language(&long(3)), language(&long(4))), (None, Some(Code::Malformed)));
    assert_eq!(language(&(long(3) + "-12345")), None, "35 characters");
    assert_eq!(language(&(long(3) + "-123456")), Some(Code::Malformed), "36 characters");
}

/// A session is created with all of it at once, without a command.
#[test]
fn what_a_session_begins_with_has_the_same_bounds() {
    let check = |title: String, language: &str| {
        let language = language.to_owned();
        let (starts_at, officials, labels, stream) = (None, vec![], vec![], None);
        About { title, language, starts_at, officials, labels, stream }.check().is_ok()
    };
    assert!(check(a(1), "it") && check(a(200), "it"));
    assert!(!check(a(0), "it") && !check(a(201), "it") && !check(a(1), "i"));
}

#[test]
fn a_stream_has_its_bounds() {
    let stream = |url: String, kind: &str, delays: Vec<(String, u32)>| {
        let stream = Stream { url, kind: kind.to_owned(), delays: delays.into_iter().collect() };
        describes(AboutChange { stream: Some(Some(stream)), ..AboutChange::default() })
    };
    let url = || "https://video.example/live.m3u8".to_owned();
    for kind in ["hls", "youtube", "facebook", "vimeo"] {
        assert_eq!(stream(url(), kind, vec![]), None, "{kind}");
    }
    assert_eq!(stream(url(), "twitch", vec![]), Some(Code::Malformed));
    for right in ["http://a", "https://a.b:8443/c?d='e';f", "https://xn--citt-3na.example#a"] {
        assert_eq!(stream(right.to_owned(), "hls", vec![]), None, "{right}");
    }
    for wrong in [
        "a",
        "ftp://a",
        "https://",
        "https:///a",
        "https://a b",
        "https://a/\u{7}",
        "https://user@a/",
        "https://user:word@a/",
        "https://a;script-src",
        "https://a'/",
        "https://a\"/",
        "https://a\\@b/",
        "https://a,b/",
        "https://*.a/",
        "https://città.example/",
        "https://a:/",
        "https://a:0/",
        "https://a:+1/",
        "https://a:65536/",
        "https://[::1]/",
    ] {
        assert_eq!(stream(wrong.to_owned(), "hls", vec![]), Some(Code::Malformed), "{wrong}");
    }
    bounded(500, Code::Malformed, |n| stream(format!("https://{}", a(n - 8)), "hls", vec![]));
    bounded(60, Code::Malformed, |n| {
        stream(url(), "hls", vec![("youtube".to_owned(), u32::try_from(n).expect("small"))])
    });
    bounded(80, Code::Malformed, |n| stream(url(), "hls", vec![(a(n), 1)]));
    bounded(50, Code::Malformed, |n| {
        stream(url(), "hls", (0..n).map(|n| (n.to_string(), 1)).collect())
    });
}

#[test]
fn a_policy_has_its_bounds() {
    let policy = |change: PolicyChange| {
        sent(State::Pending, |_| Command::Policy { change: Box::new(change) })
    };
    let with = |set: fn(&mut PolicyChange, u32)| {
        move |n: usize| {
            let mut change = PolicyChange::default();
            set(&mut change, u32::try_from(n).expect("small"));
            policy(change)
        }
    };
    bounded(300, Code::Malformed, with(|change, n| change.hold_s = Some(n)));
    bounded(1000, Code::Malformed, with(|change, n| change.max_chars = Some(n)));
    bounded(400, Code::Malformed, with(|change, n| change.min_chars = Some(n)));
    bounded(1_000_000, Code::Malformed, with(|change, n| change.questions = Some(Some(n))));
    bounded(1_000_000, Code::Malformed, with(|change, n| change.open_questions = Some(Some(n))));
    bounded(86_400, Code::Malformed, with(|change, n| change.slow_s = Some(Some(n))));
    for least in [
        with(|change, n| change.min_chars = Some(n)),
        with(|change, n| (change.min_chars, change.max_chars) = (Some(1), Some(n))),
        with(|change, n| change.questions = Some(Some(n))),
        with(|change, n| change.open_questions = Some(Some(n))),
    ] {
        assert_eq!((least(0), least(1)), (Some(Code::Malformed), None));
    }
    assert_eq!(with(|change, n| change.slow_s = Some(Some(n)))(0), None);
    bounded(24, Code::Malformed, |n| {
        let languages = Some(vec!["it".to_owned(); n]);
        policy(PolicyChange { languages, ..PolicyChange::default() })
    });
    let languages = Some(vec!["it".to_owned(), "italiano!".to_owned()]);
    let wrong = policy(PolicyChange { languages, ..PolicyChange::default() });
    assert_eq!(wrong, Some(Code::Malformed));
    let unknown = Some(vec!["it".to_owned(), "xx-IT".to_owned()]);
    let wrong = policy(PolicyChange { languages: unknown, ..PolicyChange::default() });
    assert_eq!(wrong, Some(Code::Malformed));
    bounded(1000, Code::Malformed, with(|change, n| change.history = Some(Some(n))));
    bounded(10_000, Code::Malformed, with(|change, n| change.campaign_people = Some(Some(n))));
    bounded(1440, Code::Malformed, with(|change, n| change.campaign_minutes = Some(n)));
    let people = with(|change, n| change.campaign_people = Some(Some(n)));
    assert_eq!((people(1), people(2)), (Some(Code::Malformed), None));
    let zero = with(|change, n| {
        (change.history, change.campaign_minutes) = (Some(Some(1)), Some(n));
    });
    assert_eq!((zero(0), zero(1)), (Some(Code::Malformed), None));
}

#[test]
fn the_lists_of_a_policy_have_their_bounds() {
    type List = fn(&mut PolicyChange) -> &mut Option<Vec<String>>;
    let code = |list: List, entries: Vec<String>| {
        let mut change = PolicyChange::default();
        *list(&mut change) = Some(entries);
        sent(State::Pending, |_| Command::Policy { change: Box::new(change.clone()) })
    };
    let words: [List; 3] = [|c| &mut c.words_block, |c| &mut c.words_hold, |c| &mut c.words_allow];
    for list in words {
        bounded(300, Code::Malformed, |n| code(list, (0..n).map(|n| format!("a{n}")).collect()));
        bounded(60, Code::Malformed, |n| code(list, vec![a(n)]));
        // What a list holds at most, with entries as long as they may be.
        let long = |n: usize| (0..n).map(|n| format!("{n:0>60}")).collect();
        assert_eq!((code(list, long(200)), code(list, long(201))), (None, Some(Code::Malformed)));
        for one in ["parola", "due parole", "brutt*", "tre parole ins*", "àè", "c++", "3", "🖕"]
        {
            assert_eq!(code(list, vec![one.to_owned()]), None, "{one}");
        }
        for one in ["", " \u{200b} ", "*", "a*", "**", "*parola", "par*la", "parola!*", "?!"] {
            assert_eq!(code(list, vec![one.to_owned()]), Some(Code::Malformed), "{one}");
        }
    }
    let hosts: List = |c| &mut c.link_hosts;
    bounded(100, Code::Malformed, |n| code(hosts, (0..n).map(|n| format!("h{n}.it")).collect()));
    for one in ["comune.example.it", "Comune.Example.IT.", "xn--citt-5na.it", "città.it"] {
        assert_eq!(code(hosts, vec![one.to_owned()]), None, "{one}");
    }
    for one in ["https://comune.it", "comune.it/a", "it", "a b.it", "-a.it", "1.2.3.4", "*.it"] {
        assert_eq!(code(hosts, vec![one.to_owned()]), Some(Code::Malformed), "{one}");
    }
    let contacts: List = |c| &mut c.contacts;
    bounded(100, Code::Malformed, |n| code(contacts, (0..n).map(|n| n.to_string()).collect()));
    bounded(120, Code::Malformed, |n| code(contacts, vec![a(n)]));
}
