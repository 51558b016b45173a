//! Every sentence of the pages that the server writes, in both languages: a field that one of them
//! lacks does not compile.
//!
//! Citizens are addressed with *tu*. What a refusal says stands with the rules
//! ([`Refusal`](crate::qa::Refusal)).

mod kept;

use crate::qa::Language;
use crate::qa::Role;
use crate::qa::event::Reason;

/// What the pages say.
pub(super) struct Words {
    // The frame of every page.
    pub(super) tag: &'static str,
    pub(super) locale: &'static str,
    pub(super) skip: &'static str,
    pub(super) choose_language: &'static str,
    pub(super) contact: &'static str,
    pub(super) privacy: &'static str,
    pub(super) accessibility: &'static str,
    pub(super) legal: &'static str,
    pub(super) needs_script: &'static str,
    pub(super) needs_script_here: &'static str,
    pub(super) not_built: &'static str,
    pub(super) to_plain: &'static str,
    pub(super) rehearsal: &'static str,
    // Home.
    pub(super) sessions: &'static str,
    pub(super) all_sessions: &'static str,
    pub(super) no_sessions: &'static str,
    pub(super) now: &'static str,
    pub(super) coming: &'static str,
    pub(super) past: &'static str,
    pub(super) takes_questions: &'static str,
    pub(super) takes_no_more: &'static str,
    pub(super) ended: &'static str,
    pub(super) calendar: &'static str,
    pub(super) begins: fn(&str) -> String,
    pub(super) with: fn(&str) -> String,
    // The plain page.
    pub(super) description: fn(&str) -> String,
    pub(super) as_of: fn(&str) -> String,
    pub(super) refresh: &'static str,
    pub(super) to_live: &'static str,
    pub(super) on_air: &'static str,
    pub(super) on_air_since: fn(&str) -> String,
    pub(super) nothing_on_air: &'static str,
    pub(super) ask: &'static str,
    pub(super) your_question: &'static str,
    pub(super) length: fn(u32, u32) -> String,
    pub(super) your_name: &'static str,
    pub(super) optional: &'static str,
    pub(super) topics: &'static str,
    pub(super) it_is_public: &'static str,
    pub(super) kept_for: fn(Option<u32>) -> String,
    pub(super) send: &'static str,
    pub(super) not_sent: &'static str,
    pub(super) here: &'static str,
    pub(super) may_ask_review: &'static str,
    pub(super) ask_review: &'static str,
    pub(super) ask_review_what: &'static str,
    pub(super) hidden: fn(&str) -> String,
    pub(super) not_done: &'static str,
    pub(super) not_now: &'static str,
    pub(super) not_any_more: &'static str,
    pub(super) received: &'static str,
    pub(super) keep_receipt: &'static str,
    pub(super) receipt: &'static str,
    pub(super) yours: &'static str,
    pub(super) withdraw: &'static str,
    pub(super) change: &'static str,
    pub(super) send_change: &'static str,
    pub(super) changed: &'static str,
    pub(super) not_changed: &'static str,
    pub(super) questions: &'static str,
    pub(super) order: &'static str,
    pub(super) top: &'static str,
    pub(super) new: &'static str,
    pub(super) answered: &'static str,
    pub(super) no_questions: &'static str,
    pub(super) no_answers: &'static str,
    pub(super) more: &'static str,
    pub(super) from_the_start: &'static str,
    pub(super) number: fn(u32) -> String,
    pub(super) votes: fn(&str, bool) -> String,
    pub(super) support: &'static str,
    pub(super) support_no_more: &'static str,
    pub(super) this_one: fn(u32) -> String,
    pub(super) you_support: &'static str,
    pub(super) this_is_yours: &'static str,
    pub(super) edited: &'static str,
    pub(super) removed: fn(&str, &str) -> String,
    pub(super) answer: &'static str,
    pub(super) answer_by: fn(&str, &str) -> String,
    pub(super) cookies: &'static str,
    // What became of a question.
    pub(super) queued: &'static str,
    pub(super) answered_at: fn(&str) -> String,
    pub(super) own_pending: &'static str,
    pub(super) own_approved: &'static str,
    pub(super) own_on_air: &'static str,
    pub(super) own_dismissed: &'static str,
    pub(super) own_withdrawn: &'static str,
    pub(super) own_merged: &'static str,
    pub(super) not_published: fn(&str) -> String,
    pub(super) the_desk_adds: &'static str,
    pub(super) not_reached: fn(&str) -> String,
    pub(super) write_to: (&'static str, &'static str),
    pub(super) like_it: &'static str,
    // A receipt.
    pub(super) receipt_of: &'static str,
    pub(super) asked_on: fn(&str) -> String,
    pub(super) was_on_air: fn(&str) -> String,
    pub(super) original: &'static str,
    pub(super) keep_address: &'static str,
    pub(super) to_session: &'static str,
    /// Receipts, the record, past sessions.
    pub(super) kept: &'static kept::Kept,
    // An invitation.
    pub(super) press_office: &'static str,
    pub(super) invitation: &'static str,
    pub(super) invited: fn(&str) -> String,
    pub(super) enter: &'static str,
    pub(super) enter_when: &'static str,
    // Errors.
    pub(super) try_again: &'static str,
    pub(super) come_in: &'static str,
    pub(super) come_in_first: &'static str,
}

/// The sentences of a language.
pub(super) fn words(language: Language) -> &'static Words {
    language.choose(&ITALIAN, &ENGLISH)
}

/// Why a question was not published, as it stands behind "not published:", and what its asker can
/// do.
pub(super) fn reason(reason: Reason, language: Language) -> (&'static str, &'static str) {
    let (italian, english) = match reason {
        Reason::OffTopic => (
            ("non riguarda il tema della seduta", "Puoi farne un’altra sul tema."),
            ("it is not about the topic of the session", "You can ask another one on the topic."),
        ),
        Reason::Duplicate => (
            ("c’è già una domanda uguale", "Puoi sostenere quella."),
            ("there is a question like it already", "You can support that one."),
        ),
        Reason::NotAQuestion => (
            ("non è una domanda", "Puoi riscriverla come domanda."),
            ("it is not a question", "You can write it again as a question."),
        ),
        Reason::NotOurOffice => (
            ("riguarda un altro ente", "Rivolgiti a quell’ente."),
            ("another office is responsible", "Please turn to that office."),
        ),
        Reason::PersonalAttack => (
            ("attacca una persona", "Puoi riscriverla senza offese."),
            ("it attacks a person", "You can write it again without insults."),
        ),
        Reason::PersonalData => (
            (
                "contiene dati personali",
                "Puoi riscriverla senza nomi, indirizzi o numeri di telefono.",
            ),
            (
                "it contains personal data",
                "You can write it again without names, addresses or phone numbers.",
            ),
        ),
        Reason::Advertising => (
            ("è pubblicità", "Puoi fare una domanda sul tema."),
            ("it is advertising", "You can ask a question on the topic."),
        ),
        Reason::Unverified => (
            (
                "contiene un’affermazione che non abbiamo potuto verificare",
                "Puoi riscriverla senza.",
            ),
            ("it makes a claim that we could not verify", "You can write it again without it."),
        ),
        Reason::Other => (
            ("per un altro motivo", "Puoi farne un’altra."),
            ("for another reason", "You can ask another one."),
        ),
    };
    language.choose(italian, english)
}

/// What somebody is invited to do.
pub(super) fn role(role: Role, language: Language) -> (&'static str, &'static str) {
    let (italian, english) = match role {
        Role::Moderator => (
            ("moderazione", "Leggi le domande e scegli quali pubblicare."),
            ("moderator", "You read the questions and choose which are published."),
        ),
        Role::Official => (
            ("palco", "Vedi sullo schermo la domanda a cui rispondere, e passi alla prossima."),
            ("official", "You see on the screen the question to answer, and move on to the next."),
        ),
        Role::Producer => (
            ("regia", "Porti la grafica con la domanda nella diretta."),
            ("producer", "You put the question on the stream’s picture."),
        ),
        Role::Admin => (
            ("ufficio stampa", "Prepari la seduta, inviti chi ci lavora, la apri e la chiudi."),
            ("press office", "You prepare the session, invite who works on it, open and close it."),
        ),
    };
    language.choose(italian, english)
}

/// The same, of who administers the house.
pub(super) fn administrator(language: Language) -> (&'static str, &'static str) {
    language.choose(
        ("amministrazione", "Prepari le sedute e i dati della città."),
        ("administration", "You prepare the sessions and what the city says of itself."),
    )
}

static ITALIAN: Words = Words {
    tag: "it",
    locale: "it_IT",
    skip: "Vai al contenuto",
    choose_language: "Lingua",
    contact: "Contatti",
    privacy: "Informativa sulla privacy",
    accessibility: "Dichiarazione di accessibilità",
    legal: "Note legali",
    needs_script: "Questa pagina si aggiorna da sola e per farlo usa JavaScript, che qui non funziona.",
    needs_script_here: "Questa pagina usa JavaScript, che qui non funziona: attivalo, o prova con un altro browser.",
    not_built: "Questo server è stato costruito senza le sue pagine: `make web`, poi costruirlo di nuovo.",
    to_plain: "Apri la pagina semplice: fa le stesse cose.",
    rehearsal: "Questa è una prova.",
    sessions: "Domande in diretta",
    all_sessions: "Tutte le sedute",
    no_sessions: "Per ora non c’è nessuna seduta in programma.",
    now: "Adesso",
    coming: "Prossime sedute",
    past: "Sedute concluse",
    takes_questions: "Si possono fare domande",
    takes_no_more: "Non si possono più fare domande",
    ended: "Conclusa",
    calendar: "Aggiungi al calendario",
    begins: |when| format!("Comincia {when}"),
    with: |names| format!("Con {names}"),
    description: |city| {
        format!("Fai una domanda in diretta a {city} e sostieni quelle degli altri.")
    },
    as_of: |when| format!("Aggiornata {when}."),
    refresh: "Aggiorna la pagina",
    to_live: "Apri la pagina che si aggiorna da sola",
    on_air: "In onda",
    on_air_since: |time| format!("dalle {time}"),
    nothing_on_air: "Adesso non è in onda nessuna domanda.",
    ask: "Fai una domanda",
    your_question: "La tua domanda",
    length: |least, most| format!("Da {least} a {most} caratteri."),
    your_name: "Il tuo nome",
    optional: "facoltativo",
    topics: "Di che cosa parla (facoltativo)",
    it_is_public: "Se viene scelta, la tua domanda è pubblica: si legge qui, in sala e nella diretta, con il nome che hai scritto.",
    kept_for: |days| {
        match days {
        Some(1) => "Il nome, e la domanda se non è pubblicata, li dimentichiamo 1 giorno dopo la fine della seduta.".to_owned(),
        Some(days) => format!("Il nome, e la domanda se non è pubblicata, li dimentichiamo {days} giorni dopo la fine della seduta."),
        None => "Il nome, e la domanda se non è pubblicata, restano finché il Comune non li cancella.".to_owned(),
    }
    },
    send: "Invia la domanda",
    not_sent: "La domanda non è stata inviata",
    here: "Qui:",
    may_ask_review: "Puoi cambiarla e inviarla di nuovo, oppure chiedere che la legga una persona: il pulsante è sotto la domanda.",
    ask_review: "Chiedi che la legga una persona",
    ask_review_what: "La redazione la riceve così com’è, e decide lei.",
    hidden: |tokens| {
        format!("I dati personali non si pubblicano: al loro posto si legge {tokens}.")
    },
    not_done: "Non è stato possibile",
    not_now: "Le domande si potranno fare dall’inizio della seduta.",
    not_any_more: "La seduta non accetta più domande.",
    received: "Ricevuta. La leggiamo prima di pubblicarla.",
    keep_receipt: "Con il codice della ricevuta la ritrovi anche da un altro telefono:",
    receipt: "Ricevuta",
    yours: "Le tue domande",
    withdraw: "Ritira la domanda",
    change: "Modifica la domanda",
    send_change: "Invia la modifica",
    changed: "Modifica ricevuta.",
    not_changed: "La modifica non è stata inviata",
    questions: "Le domande",
    order: "Ordine delle domande",
    top: "Più votate",
    new: "Nuove",
    answered: "Risposte",
    no_questions: "Ancora nessuna domanda pubblicata.",
    no_answers: "Ancora nessuna risposta.",
    more: "Altre domande",
    from_the_start: "Torna alle prime",
    number: |number| format!("n. {number}"),
    votes: |count, one| format!("{count} {}", if one { "voto" } else { "voti" }),
    support: "Sostieni",
    support_no_more: "Non sostenere più",
    this_one: |number| format!("(domanda n. {number})"),
    you_support: "La sostieni anche tu.",
    this_is_yours: "È la tua domanda.",
    edited: "modificata dalla redazione",
    removed: |when, why| format!("Testo rimosso {when}. Motivo: {why}"),
    answer: "Risposta",
    answer_by: |who, when| format!("{who}, {when}"),
    cookies: "Per riconoscere le tue domande e i tuoi voti serve un cookie, uno solo, che questo browser non ha conservato. Permetti i cookie a questo sito e invia di nuovo: quello che hai scritto è ancora qui.",
    queued: "Tra le prossime",
    answered_at: |when| format!("Ha avuto risposta {when}."),
    own_pending: "In attesa: la leggiamo prima di pubblicarla.",
    own_approved: "La tua domanda è pubblicata.",
    own_on_air: "La tua domanda è in onda adesso.",
    own_dismissed: "Non pubblicata.",
    own_withdrawn: "L’hai ritirata.",
    own_merged: "Unita a una domanda uguale: la tua voce conta lì.",
    not_published: |why| format!("Non pubblicata: {why}."),
    the_desk_adds: "La redazione aggiunge:",
    not_reached: |when| format!("Non ci siamo arrivati {when}."),
    write_to: ("Puoi scrivere a", "."),
    like_it: "Vai a quella domanda",
    receipt_of: "Ricevuta della tua domanda",
    asked_on: |when| format!("Inviata {when}"),
    was_on_air: |when| format!("È andata in onda {when}."),
    original: "Come l’avevi scritta:",
    keep_address: "Tieni questo indirizzo per te: chi lo conosce può leggere questa pagina, ritirare la domanda e cancellare i tuoi dati.",
    to_session: "Vai alla seduta",
    kept: &kept::ITALIAN,
    press_office: "Ufficio stampa",
    invitation: "Invito",
    invited: |name| format!("per {name}"),
    enter: "Entra",
    enter_when: "Premendo il pulsante questo browser viene riconosciuto con questo ruolo. L’invito resta valido finché l’ufficio stampa non lo ritira.",
    try_again: "Riprova",
    come_in: "Qui entra chi è stato invitato: apri il collegamento che ti ha mandato l'ufficio \
              stampa e premi «Entra».",
    come_in_first: "Se il server lo gestisci tu: apri /join/ seguito dal codice che sta nel file \
                    admin-token della cartella dei dati, o nell'impostazione \
                    FILODIRETTO_ADMIN_TOKEN.",
};

static ENGLISH: Words = Words {
    tag: "en",
    locale: "en_GB",
    skip: "Skip to the content",
    choose_language: "Language",
    contact: "Contact",
    privacy: "Privacy notice",
    accessibility: "Accessibility statement",
    legal: "Legal notes",
    needs_script: "This page updates itself, and needs JavaScript for it, which does not work here.",
    needs_script_here: "This page needs JavaScript, which does not work here: switch it on, or try another browser.",
    not_built: "This server was built without its pages: `make web`, then build it again.",
    to_plain: "Open the simple page: it does the same.",
    rehearsal: "This is a rehearsal.",
    sessions: "Questions, live",
    all_sessions: "All sessions",
    no_sessions: "No session is planned for now.",
    now: "Now",
    coming: "Coming",
    past: "Past sessions",
    takes_questions: "Takes questions",
    takes_no_more: "Takes no more questions",
    ended: "Ended",
    calendar: "Add to calendar",
    begins: |when| format!("Begins {when}"),
    with: |names| format!("With {names}"),
    description: |city| format!("Put a question to {city} live, and support those of others."),
    as_of: |when| format!("Updated {when}."),
    refresh: "Refresh the page",
    to_live: "Open the page that updates itself",
    on_air: "On air",
    on_air_since: |time| format!("since {time}"),
    nothing_on_air: "No question is on air right now.",
    ask: "Ask a question",
    your_question: "Your question",
    length: |least, most| format!("{least} to {most} characters."),
    your_name: "Your name",
    optional: "optional",
    topics: "What it is about (optional)",
    it_is_public: "If it is chosen, your question is public: it is read here, in the hall and on the stream, with the name you give.",
    kept_for: |days| {
        match days {
        Some(1) => "Your name, and the question if it is not published, are forgotten 1 day after the end of the session.".to_owned(),
        Some(days) => format!("Your name, and the question if it is not published, are forgotten {days} days after the end of the session."),
        None => "Your name, and the question if it is not published, stay until the city deletes them.".to_owned(),
    }
    },
    send: "Send the question",
    not_sent: "The question was not sent",
    here: "Here:",
    may_ask_review: "You can change it and send it again, or have a person look at it: the button is below the question.",
    ask_review: "Have a person look at it",
    ask_review_what: "The press office gets it as it is, and decides.",
    hidden: |tokens| format!("Personal data are not published: in their place it reads {tokens}."),
    not_done: "It could not be done",
    not_now: "Questions can be asked once the session has begun.",
    not_any_more: "The session takes no more questions.",
    received: "Received. We read it before we publish it.",
    keep_receipt: "With the code of the receipt you can find it again, even from another phone:",
    receipt: "Receipt",
    yours: "Your questions",
    withdraw: "Withdraw the question",
    change: "Change the question",
    send_change: "Send the change",
    changed: "Change received.",
    not_changed: "The change was not sent",
    questions: "The questions",
    order: "Order of the questions",
    top: "Most voted",
    new: "New",
    answered: "Answered",
    no_questions: "No question has been published yet.",
    no_answers: "No answer yet.",
    more: "More questions",
    from_the_start: "Back to the first",
    number: |number| format!("no. {number}"),
    votes: |count, one| format!("{count} {}", if one { "vote" } else { "votes" }),
    support: "Support",
    support_no_more: "Support no more",
    this_one: |number| format!("(question no. {number})"),
    you_support: "You support it, too.",
    this_is_yours: "This is your question.",
    edited: "edited by the press office",
    removed: |when, why| format!("Text removed {when}. Reason: {why}"),
    answer: "Answer",
    answer_by: |who, when| format!("{who}, {when}"),
    cookies: "To know your questions and votes again we need a cookie, only one, and this browser has not kept it. Allow cookies for this site and send again: what you wrote is still here.",
    queued: "Coming up",
    answered_at: |when| format!("Answered {when}."),
    own_pending: "Waiting: we read it before we publish it.",
    own_approved: "Your question is published.",
    own_on_air: "Your question is on air now.",
    own_dismissed: "Not published.",
    own_withdrawn: "You have withdrawn it.",
    own_merged: "Joined with a question like it: your voice counts there.",
    not_published: |why| format!("Not published: {why}."),
    the_desk_adds: "The desk adds:",
    not_reached: |when| format!("We did not get to it {when}."),
    write_to: ("You can write to", "."),
    like_it: "Go to that question",
    receipt_of: "Receipt of your question",
    asked_on: |when| format!("Sent {when}"),
    was_on_air: |when| format!("It was on air {when}."),
    original: "As you wrote it:",
    keep_address: "Keep this address to yourself: anyone who has it can read this page, withdraw the question and erase your data.",
    to_session: "Go to the session",
    kept: &kept::ENGLISH,
    press_office: "Press office",
    invitation: "Invitation",
    invited: |name| format!("for {name}"),
    enter: "Enter",
    enter_when: "When you press the button, this browser is known in this role. The invitation stands until the press office withdraws it.",
    try_again: "Try again",
    come_in: "This is for people who were invited: open the link that the press office sent you \
              and press “Enter”.",
    come_in_first: "If you run the server: open /join/ followed by the code in the file \
                    admin-token of the data folder, or in the setting FILODIRETTO_ADMIN_TOKEN.",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A person reads why on whichever page they are: each says it in the same words.
    #[test]
    fn the_live_page_gives_the_same_reasons() {
        let live = include_str!("../../../web/src/citizen/words.ts");
        let words = [
            "off_topic",
            "duplicate",
            "not_a_question",
            "not_our_office",
            "personal_attack",
            "personal_data",
            "advertising",
            "unverified",
            "other",
        ];
        for word in words {
            let code = serde_json::from_value(word.into()).expect("a reason");
            for language in [Language::Italian, Language::English] {
                let (why, what_now) = reason(code, language);
                let line = format!("{word}: {{ why: '{why}', todo: '{what_now}' }},");
                assert!(live.contains(&line), "{line}");
            }
        }
    }
}
