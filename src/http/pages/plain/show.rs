//! The plain page as HTML.

use maud::{Markup, html};

use super::list::{First, Tab};
use crate::http::error::No;
use crate::http::pages::layout::{Frame, Page, Reader, Script, written};
use crate::http::pages::{dates, fate, home, record};
use crate::qa::session::{SessionState, State};
use crate::qa::view::{Mine, QuestionView, SessionView};
use crate::qa::{CommandId, QuestionId};
use crate::screening;
use crate::wire::body::QuestionsBody;
use crate::wire::{Receipt, Refused};

/// What was typed, so that it is not lost when it is refused.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    /// The form's id: sent again unchanged, it is the same wish.
    pub(super) id: Option<CommandId>,
    pub(super) text: String,
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    /// The question that was to read so, where it was no new one.
    pub(super) of: Option<QuestionId>,
}

/// What the page says first.
pub(super) enum Said {
    Nothing,
    /// This question was received.
    Sent(QuestionId),
    /// A question reads otherwise now.
    Changed,
    /// To be told.
    No(No, Typed),
    Refused(Refused, Typed),
    /// The browser keeps no cookie.
    NoCookie(Typed),
}

/// Everything that is on the page.
pub(super) struct Shown<'a> {
    pub(super) reader: &'a Reader,
    pub(super) session: &'a SessionView,
    pub(super) first: &'a First,
    /// A later page of the list.
    pub(super) listed: Option<&'a QuestionsBody>,
    /// A question that was asked for by its name.
    pub(super) one: Option<&'a QuestionView>,
    pub(super) tab: Tab,
    pub(super) mine: Option<&'a Mine>,
    pub(super) receipt: &'a dyn Fn(QuestionId) -> Receipt,
    /// The id of the forms.
    pub(super) form: CommandId,
    /// Where they go.
    pub(super) action: String,
    pub(super) said: Said,
}

impl Shown<'_> {
    pub(super) fn page(&self) -> Page<'_> {
        let words = self.reader.words();
        Page {
            title: &self.session.title,
            description: Some((words.description)(self.reader.name())),
            inside: self.inside(),
            frame: Frame::Site,
            script: Script::None,
        }
    }

    fn path(&self) -> String {
        self.session.slug.as_ref().map(|slug| format!("/s/{slug}")).unwrap_or_default()
    }

    fn inside(&self) -> Markup {
        let (reader, words, session) = (self.reader, self.reader.words(), self.session);
        let officials: Vec<_> =
            session.officials.iter().map(|official| official.name.as_str()).collect();
        html! {
            div.container.narrow {
                h1 { (written(&session.title, &session.language)) }
                @if session.rehearsal { p.note { (words.rehearsal) } }
                @if !officials.is_empty() { p { ((words.with)(&officials.join(", "))) } }
                (home::when(reader, session))
                (self.said())
                (self.on_air())
                p.note {
                    (self.as_of())
                    " " a href=(self.list(self.tab, None)) { (words.refresh) }
                    " · " a href=(reader.to(&self.path())) { (words.to_live) }
                }
                (self.one())
                (self.own())
                (self.ask())
                (self.questions())
                @if let (Some(slug), Some(chain)) = (&session.slug, &self.first.chain) {
                    (record::of_session(reader, slug.as_str(), chain))
                }
            }
        }
    }

    /// With its day: a copy that was kept must be seen to be old.
    fn as_of(&self) -> Markup {
        let (at, language) = (self.first.at, self.reader.language());
        let when = format!("{} {}", dates::on(at, language), dates::hour(at, language));
        html! { time datetime=(dates::machine(at)) { ((self.reader.words().as_of)(&when)) } }
    }

    fn said(&self) -> Markup {
        let words = self.reader.words();
        let own = |id: &QuestionId| {
            self.mine.and_then(|mine| mine.questions.iter().find(|q| q.id == *id))
        };
        html! {
            div #said tabindex="-1" {
                @match &self.said {
                    Said::Nothing | Said::No(..) => {}
                    Said::Sent(id) => @if let Some(question) = own(id) {
                        div.said.said-well {
                            p {
                                strong {
                                    @if question.state.is_public() { (words.own_approved) }
                                    @else { (words.received) }
                                }
                            }
                            @if let Some(tokens) = masks(question) { p { ((words.hidden)(&tokens)) } }
                            p { (words.keep_receipt) " " (self.receipt_link(question.id)) }
                        }
                    },
                    Said::Changed => div.said.said-well { p { strong { (words.changed) } } },
                    Said::Refused(refused, typed) => {
                        div.said.said-not role="alert" {
                            h2 {
                                @match (typed.is_of_a_question(), typed.of) {
                                    (false, _) => { (words.not_done) }
                                    (true, None) => { (words.not_sent) }
                                    (true, Some(_)) => { (words.not_changed) }
                                }
                            }
                            p #why { strong { (refused.title) } " " (refused.detail) }
                            (self.blocked(refused, typed))
                            @if typed.may_be_reviewed(refused) { p { (words.may_ask_review) } }
                            @if typed.is_of_a_question() {
                                p { a href={ "#" (self.field_of(typed)) } { (words.your_question) } }
                            }
                        }
                    }
                    Said::NoCookie(_) => {
                        div.said.said-not role="alert" {
                            h2 { (words.not_done) }
                            p { (words.cookies) }
                        }
                    }
                }
            }
        }
    }

    /// What keeps a question from being accepted, each with the words that it is about. The first
    /// sentence is what the detail says already.
    fn blocked(&self, refused: &Refused, typed: &Typed) -> Markup {
        let words = self.reader.words();
        html! {
            @for (at, finding) in refused.findings.iter().enumerate() {
                @let written = if finding.in_name { typed.name.trim() } else { &*typed.text };
                @let parts: Vec<_> = finding.spans.iter().filter_map(|span| written.get(span.clone())).collect();
                @if at > 0 || !parts.is_empty() {
                    p {
                        @if at > 0 { (finding.detail) " " }
                        @if !parts.is_empty() { (words.here) }
                        @for (n, part) in parts.iter().enumerate() {
                            @if n > 0 { "," } " " mark { bdi dir="auto" { (part) } }
                        }
                    }
                }
            }
        }
    }

    fn on_air(&self) -> Markup {
        let words = self.reader.words();
        let Some(question) = &self.first.on_air else {
            let under_way = matches!(self.session.state, SessionState::Open | SessionState::Closed);
            return html! { @if under_way { p.note { (words.nothing_on_air) } } };
        };
        html! {
            section.on-air aria-labelledby="on-air" {
                h2 #on-air {
                    (words.on_air)
                    @if let Some(since) = self.first.since {
                        " " small { ((words.on_air_since)(&dates::time(since))) }
                    }
                }
                @if self.is_own(question.id) { p { strong { (words.own_on_air) } } }
                (fate::text(self.reader, question))
                (self.about(question))
            }
        }
    }

    /// Who asked, about what, and how many support it.
    fn about(&self, question: &QuestionView) -> Markup {
        let (words, language) = (self.reader.words(), self.reader.language());
        let mut parts = Vec::new();
        parts.extend(question.number.map(|number| html! { ((words.number)(number)) }));
        parts.extend(question.name.as_ref().map(|name| html! { bdi dir="auto" { (name) } }));
        parts.extend(question.labels.iter().map(|label| html! { bdi dir="auto" { (label) } }));
        parts.extend(question.votes.map(|votes| {
            let count = dates::count(votes, language);
            html! { ((words.votes)(&count, votes == 1)) }
        }));
        if question.edited {
            parts.push(html! { (words.edited) });
        }
        html! {
            p.note {
                @for (at, part) in parts.iter().enumerate() { @if at > 0 { " · " } (part) }
            }
        }
    }

    fn one(&self) -> Markup {
        let Some(question) = self.one else { return html! {} };
        html! { ul.cards { (self.item(question)) } }
    }

    /// One's own questions, the last first.
    fn own(&self) -> Markup {
        let words = self.reader.words();
        let Some(mine) = self.mine.filter(|mine| !mine.questions.is_empty()) else {
            return html! {};
        };
        html! {
            section #own aria-labelledby="yours" {
                h2 #yours { (words.yours) }
                ul.cards {
                    @for question in mine.questions.iter().rev() {
                        li id={ "own-" (question.id) } {
                            (fate::text(self.reader, question))
                            (fate::own(self.reader, self.session, question, self.first.at))
                            (fate::answer(self.reader, question))
                            p.note { (words.receipt) " " (self.receipt_link(question.id)) }
                            (self.change(question))
                            @if matches!(question.state, State::Pending | State::Approved | State::Queued) {
                                (self.button(question, "withdraw", words.withdraw))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The way to another text, while nobody has read the first. One that was refused stays in the
    /// form, whatever has become of the question meanwhile.
    fn change(&self, question: &QuestionView) -> Markup {
        let words = self.reader.words();
        let refused = match &self.said {
            Said::Refused(_, typed) if typed.of == Some(question.id) => Some(typed),
            _ => None,
        };
        let (Some(text), true) = (
            refused.map(|typed| &typed.text).or(question.text.as_ref()),
            refused.is_some() || (question.state == State::Pending && self.takes_questions()),
        ) else {
            return html! {};
        };
        let field = text_field(Some(question.id));
        html! {
            details.change open[refused.is_some()] {
                summary { (words.change) }
                form method="post" action=(self.action) {
                    input type="hidden" name="do" value="edit";
                    input type="hidden" name="id" value=(refused.and_then(|typed| typed.id).unwrap_or(self.form));
                    input type="hidden" name="question" value=(question.id);
                    (self.text(&field, text, refused.is_some()))
                    p { button.btn.btn-primary type="submit" { (words.send_change) } }
                }
            }
        }
    }

    /// Where a question is written.
    fn text(&self, field: &str, text: &str, wrong: bool) -> Markup {
        let (words, policy) = (self.reader.words(), &self.session.policy);
        let help = format!("{field}-help");
        html! {
            p {
                label for=(field) { (words.your_question) }
                textarea.form-control id=(field) name="text" rows="4" required dir="auto"
                    aria-describedby=(if wrong { format!("why {help}") } else { help.clone() })
                    aria-invalid=[wrong.then_some("true")]
                { "\n" (text) }
                span.note id=(help) { ((words.length)(policy.min_chars, policy.max_chars)) }
            }
        }
    }

    /// The field that holds what was typed.
    fn field_of(&self, typed: &Typed) -> String {
        text_field(typed.of.filter(|id| self.is_own(*id)))
    }

    fn receipt_link(&self, question: QuestionId) -> Markup {
        let code = (self.receipt)(question).to_string();
        html! { a.receipt href=(self.reader.to(&format!("/r/{code}"))) { (code) } }
    }

    fn takes_questions(&self) -> bool {
        match self.session.state {
            SessionState::Open => true,
            SessionState::Scheduled => self.session.policy.before_start,
            SessionState::Draft | SessionState::Closed | SessionState::Ended => false,
        }
    }

    fn takes_votes(&self) -> bool {
        self.takes_questions() || self.session.state == SessionState::Closed
    }

    fn ask(&self) -> Markup {
        let (words, policy) = (self.reader.words(), &self.session.policy);
        let nothing = Typed::default();
        let (typed, wrong) = match &self.said {
            // What was to be another text of a question that is not here is not lost, either.
            Said::Refused(_, typed) if !typed.of.is_some_and(|id| self.is_own(id)) => {
                (typed, typed.is_of_a_question())
            }
            Said::NoCookie(typed) => (typed, false),
            _ => (&nothing, false),
        };
        html! {
            section aria-labelledby="ask" {
                h2 #ask { (words.ask) }
                @if self.takes_questions() || !typed.text.is_empty() {
                    form.card-plain method="post" action=(self.action) {
                        input type="hidden" name="do" value="ask";
                        input type="hidden" name="id" value=(typed.id.unwrap_or(self.form));
                        (self.text(&text_field(None), &typed.text, wrong))
                        p {
                            label for="name" {
                                (words.your_name) @if policy.anonymous { " (" (words.optional) ")" }
                            }
                            input #name.form-control type="text" name="name" autocomplete="name"
                                value=(typed.name) required[!policy.anonymous];
                        }
                        @if !self.session.labels.is_empty() {
                            fieldset {
                                legend { (words.topics) }
                                div.choices {
                                    @for (at, label) in self.session.labels.iter().enumerate() {
                                        div.choice {
                                            input type="checkbox" name="label" id={ "label-" (at) }
                                                value=(label) checked[typed.labels.contains(label)];
                                            " " label for={ "label-" (at) } { bdi dir="auto" { (label) } }
                                        }
                                    }
                                }
                            }
                        }
                        p.note { (words.it_is_public) }
                        p.note { ((words.kept_for)(policy.keep_days)) }
                        @if let Some(notice) = &self.reader.city().privacy_url {
                            p.note { a href=(notice) { (words.privacy) } }
                        }
                        p { button.btn.btn-primary type="submit" { (words.send) } }
                        // Behind the other one, which is what the Enter key presses.
                        @if wrong && let Said::Refused(refused, _) = &self.said && typed.may_be_reviewed(refused) {
                            p {
                                button.btn.btn-outline-primary type="submit" name="review" value="1" { (words.ask_review) }
                            }
                            p.note { (words.ask_review_what) }
                        }
                    }
                } @else if matches!(self.session.state, SessionState::Scheduled | SessionState::Draft) {
                    p { (words.not_now) }
                } @else {
                    p { (words.not_any_more) }
                }
            }
        }
    }

    fn questions(&self) -> Markup {
        let words = self.reader.words();
        let list = self.listed.unwrap_or(&self.first.list);
        html! {
            section #questions aria-labelledby="list" {
                h2 #list { (words.questions) }
                nav.tabs aria-label=(words.order) {
                    ul {
                        @for tab in Tab::all(self.session.policy.votes) {
                            @let name = match tab {
                                Tab::Top => words.top,
                                Tab::New => words.new,
                                Tab::Answered => words.answered,
                            };
                            li {
                                @if *tab == self.tab { a href=(self.list(*tab, None)) aria-current="true" { (name) } }
                                @else { a href=(self.list(*tab, None)) { (name) } }
                            }
                        }
                    }
                }
                @if list.questions.is_empty() {
                    p { @if self.tab == Tab::Answered { (words.no_answers) } @else { (words.no_questions) } }
                } @else {
                    ul.cards { @for question in &list.questions { (self.item(question)) } }
                }
                @if let Some(next) = &list.next {
                    p { a rel="next" href=(self.list(self.tab, Some(next))) { (words.more) } }
                }
                @if self.listed.is_some() {
                    p { a href=(self.list(self.tab, None)) { (words.from_the_start) } }
                }
            }
        }
    }

    /// The address of a list, from its beginning or from a place.
    fn list(&self, tab: Tab, after: Option<&str>) -> String {
        let fields = [("order", tab.word())].into_iter().chain(after.map(|after| ("after", after)));
        let path = format!("{}/plain", self.path());
        let list = self.reader.with(&path, &fields.collect::<Vec<_>>());
        if after.is_some() || tab != self.tab { list + "#questions" } else { list }
    }

    fn item(&self, question: &QuestionView) -> Markup {
        let words = self.reader.words();
        let language = self.reader.language();
        let supported = self.mine.is_some_and(|mine| mine.votes.get(&question.id) == Some(&true));
        html! {
            li id={ "q-" (question.id) } {
                (fate::text(self.reader, question))
                (self.about(question))
                @if question.state == State::Queued && self.session.state != SessionState::Ended { p.state { (words.queued) } }
                @if let (State::Answered, Some(at)) = (question.state, question.answered_at) {
                    // An evening that is over may be found years later.
                    @let when = match self.session.state {
                        SessionState::Ended => dates::moment(at, language),
                        _ => dates::hour(at, language),
                    };
                    p.state { ((words.answered_at)(&when)) }
                }
                (fate::answer(self.reader, question))
                @if self.is_own(question.id) {
                    p.state { (words.this_is_yours) }
                } @else if matches!(question.state, State::Approved | State::Queued) && self.takes_votes() {
                    @if supported {
                        p.state { (words.you_support) }
                        (self.button(question, "support_no_more", words.support_no_more))
                    } @else {
                        (self.button(question, "support", words.support))
                    }
                }
            }
        }
    }

    fn is_own(&self, id: QuestionId) -> bool {
        self.mine.is_some_and(|mine| mine.questions.iter().any(|question| question.id == id))
    }

    /// A form that is one button. Its name says which question it is for.
    fn button(&self, question: &QuestionView, what: &str, label: &str) -> Markup {
        html! {
            form.act method="post" action=(self.action) {
                input type="hidden" name="do" value=(what);
                input type="hidden" name="id" value=(self.form);
                input type="hidden" name="question" value=(question.id);
                button.btn.btn-outline-primary type="submit" {
                    (label)
                    @if let Some(number) = question.number {
                        span.visually-hidden { " " ((self.reader.words().this_one)(number)) }
                    }
                }
            }
        }
    }
}

/// The id of the field for a question's text: of a new one, or of one's own.
fn text_field(of: Option<QuestionId>) -> String {
    of.map_or_else(|| "text".to_owned(), |id| format!("text-{id}"))
}

/// What stands in a text where personal data was, as it is read there.
fn masks(question: &QuestionView) -> Option<String> {
    let tokens: Vec<_> = screening::masks(question.text.as_deref()?).collect();
    (!tokens.is_empty()).then(|| tokens.join(", "))
}

impl Typed {
    /// Whether a person can overrule what was said of a new question.
    fn may_be_reviewed(&self, refused: &Refused) -> bool {
        self.of.is_none() && refused.may_be_reviewed()
    }

    fn is_of_a_question(&self) -> bool {
        self.id.is_some() || !self.text.is_empty()
    }
}
