//! The flags of `serve`, made from the table of keys.

use std::collections::BTreeMap;
use std::fmt;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::keys::{KEYS, Key, Kind};

/// What was typed. To be used as a subcommand's arguments, or flattened into them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServeArgs {
    /// By the key's name; as typed, unchecked.
    pub(super) typed: BTreeMap<&'static str, Vec<String>>,
}

impl ServeArgs {
    /// As if somebody had typed this flag, unless they typed another value for it: for commands
    /// such as `rehearse`, which are `serve` with other defaults.
    ///
    /// # Panics
    /// Where no flag has this name.
    pub fn or(&mut self, name: &str, value: &str) -> &mut Self {
        let key = typeable().find(|key| key.name == name).expect("the name of a flag");
        self.typed.entry(key.name).or_insert_with(|| vec![value.to_owned()]);
        self
    }
}

/// Not the texts: an address may hold a password.
impl fmt::Debug for ServeArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServeArgs").field(&self.typed.keys()).finish()
    }
}

/// Keys that have a flag.
fn typeable() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.kind != Kind::Secret)
}

impl Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let secrets = KEYS
            .iter()
            .filter(|key| key.kind == Kind::Secret)
            .map(|key| format!("  {} or {0}_FILE\n          {}\n", key.variable(), key.help));
        let note = format!(
            "Every setting may also stand in the file of --config and in the environment: a flag \
             counts before a variable, a variable before the file.\n\
             A RATE is so many a minute and so many at once, such as `600/min burst 120`.\n\n\
             Secrets have no flag, because every user of a machine can read its command lines:\n{}",
            secrets.collect::<String>()
        );
        typeable().fold(command.after_help(note), |command, key| command.arg(argument(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(key: &'static Key) -> Arg {
    let default = if key.default.is_empty() { "none" } else { key.default };
    let again = if key.kind == Kind::List { " May be given again." } else { "" };
    Arg::new(key.name)
        .long(key.flag())
        .value_name(key.unit)
        .action(ArgAction::Append)
        .help(format!("{}{again} [default: {default}] [env: {}]", key.help, key.variable()))
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = typeable().filter_map(|key| {
            let values: Vec<String> = matches.get_many(key.name)?.cloned().collect();
            Some((key.name, values))
        });
        Ok(Self { typed: typed.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.typed.extend(Self::from_arg_matches(matches)?.typed);
        Ok(())
    }
}
