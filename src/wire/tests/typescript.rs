//! The types for the pages: written from ours, and compared in every run.

use std::collections::BTreeMap;

use expect_test::expect_file;
use ts_rs::{Config, TS, TypeVisitor};

use crate::qa::policy::Preset;
use crate::qa::view::{DeskView, QuestionView};
use crate::wire::client::{ClientCommand, Wish};
use crate::wire::{Problem, Refused, ServerMessage, body};

const HEADER: &str = "\
// Written from the server's types: do not edit. `UPDATE_EXPECT=1 cargo test typescript` writes it
// anew after a change of `src/wire` or `src/qa`, and a test fails until that is done.
// What each message means stands in `docs/protocol.md`.
";

/// A declaration with one field a line, and one alternative a line where none has comments.
fn laid_out(declaration: &str) -> String {
    let mut text = String::from("\n");
    let mut inside = false;
    let short = short_comments(declaration);
    for line in short.lines().map(str::trim_end) {
        let end = line.rfind(", }").filter(|at| inside && !line[at + 3..].starts_with('>'));
        let (field, rest) = end.map_or((line, None), |at| (&line[..=at], Some(&line[at + 2..])));
        let indent = if inside { "  " } else { "" };
        text += &format!("{indent}{field}\n");
        if let Some(rest) = rest {
            text += &format!("{rest}\n");
        }
        let comment = field.starts_with("/*") || field.starts_with(" *");
        inside = rest.map_or(inside || (!comment && line.ends_with(['{', ','])), |rest| {
            !rest.ends_with(';')
        });
    }
    if short.contains(",\n") || short.contains(", \n") {
        text
    } else {
        text.replace(" | { \"type\"", "\n  | { \"type\"").replace(", }", " }")
    }
}

/// Comments of one line on one line.
fn short_comments(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let opened = lines.len().checked_sub(2).is_some_and(|at| lines[at] == "/**");
        match line.trim() {
            "*/" if opened => {
                let said = lines.pop().unwrap_or_default();
                lines.pop();
                lines.push(format!("/** {} */", said.trim_start_matches([' ', '*'])));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// What TypeScript says better than the server's types can.
const FOOTER: &str = "
/** A question as the stage is sent it. */
export type StageQuestion = Question & { rev: Rev, notes: Array<Note> };

/** A question as the desk is sent it. */
export type DeskQuestion = StageQuestion & DeskFields;

/** A picture has changed, or has been as it is for ten seconds. Gets no reply. */
export type Shown = { type: \"shown\", on_air: QuestionId | null };

/** What a client may say over the socket. */
export type ClientMessage = ClientCommand | Shown;
";

/// The declarations by name: in which order the derive finds them differs from build to build.
struct Declarations {
    config: Config,
    known: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        T::visit_dependencies(self);
        T::visit_generics(self);
        // Types of the language itself (numbers, lists) have no file of their own.
        if T::output_path().is_none() {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}", T::decl(&self.config));
        self.known.insert(T::ident(&self.config), laid_out(&declaration));
    }
}

/// The three presets, as changes of a policy.
fn presets() -> String {
    let preset = |preset: Preset| {
        let name = serde_json::to_value(preset).expect("a word");
        let change = serde_json::to_value(preset.change()).expect("JSON");
        let knobs = change.as_object().expect("an object").iter();
        let knobs: String = knobs.map(|(knob, value)| format!("    {knob}: {value},\n")).collect();
        format!("  {}: {{\n{knobs}  }},\n", name.as_str().expect("a word"))
    };
    let all: String = Preset::ALL.into_iter().map(preset).collect();
    format!(
        "\n/** What each preset changes. What it does not name stays as it is. */\n\
         export const PRESETS: Record<Preset, PolicyChange> = {{\n{all}}};\n"
    )
}

#[test]
fn the_pages_know_the_types_that_travel() {
    let config = Config::new().with_large_int("number");
    let mut types = Declarations { config, known: BTreeMap::new() };
    types.visit::<ServerMessage<'static>>();
    types.visit::<QuestionView>();
    types.visit::<DeskView>();
    types.visit::<Refused>();
    types.visit::<Wish>();
    types.visit::<ClientCommand>();
    types.visit::<Problem>();
    types.visit::<body::HealthBody>();
    types.visit::<body::HouseBody>();
    types.visit::<body::TokenBody>();
    types.visit::<body::MeBody>();
    types.visit::<body::SessionsBody>();
    types.visit::<body::QuestionsBody>();
    types.visit::<body::InvitedBody>();
    types.visit::<body::InvitationsBody>();
    types.visit::<body::ReceiptBody<'static>>();
    types.visit::<body::ChainBody>();
    types.visit::<body::ScreeningBody>();
    types.visit::<body::TriedBody>();
    types.visit::<Preset>();
    let declarations: String = types.known.into_values().collect();
    let declarations = declarations.replace("\"type\":", "type:");
    let text = format!("{HEADER}{declarations}{FOOTER}{}", presets());
    expect_file!["../../../web/src/wire.ts"].assert_eq(&text);
}
