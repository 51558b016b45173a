//! The command line, and nothing but wiring.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use filodiretto::archive::csv::{Table, csv};
use filodiretto::archive::{self, Scope};
use filodiretto::backup::{self, Part};
use filodiretto::config::{self, Effective, LogFormat, ServeArgs, Settings};
use filodiretto::doctor::outside::{self, Outside};
use filodiretto::doctor::{self, Case, Printed, State};
use filodiretto::http::rehearsal::phone::{self, Lan};
use filodiretto::http::rehearsal::{Company, Links};
use filodiretto::http::run::Server;
use filodiretto::journal::Journal;
use filodiretto::lines::similar::Corpus;
use filodiretto::lines::{self, Tally};
use filodiretto::play::{self, PlayError};
use filodiretto::qa::{Language, Policy, SessionId, Slug};
use filodiretto::{telemetry, wire};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What one thread makes another lets go: a question is read on a shard, decided in a room and written
/// by the journal's thread, for which the system's allocator takes locks. Without huge pages: they came
/// in steps of 2 MiB, and a small machine counts those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Filo Diretto: live Q&A between citizens and their officials, moderated, recorded, on every
/// screen.
#[derive(Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// Serve. Prints one line when it listens; SIGTERM or SIGINT stops it in order.
    Serve(ServeArgs),
    /// Serve a rehearsal: one open session, `prova`, a link for each role, and a simulated crowd
    /// that asks and votes. Takes every flag of `serve`.
    Rehearse {
        #[command(flatten)]
        serve: ServeArgs,
        #[command(flatten)]
        company: CompanyArgs,
        /// Write the links to this file, as JSON: an address for each role.
        #[arg(long, value_name = "FILE")]
        links_file: Option<PathBuf>,
        /// Listen on the local network and draw codes for phones to scan. Everybody in that network
        /// can come, and nothing is encrypted.
        #[arg(long)]
        phone: bool,
    },
    /// Read the settings as `serve` would, print each with where it came from, and name what may
    /// not be meant.
    CheckConfig(ServeArgs),
    /// Play a script of commands by named people against a journal on disk, and print what each
    /// of them sees. Played again, it goes on where it was.
    Play {
        /// The script; the language is explained in `src/story.rs`.
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Write the record of a session to standard output.
    Export {
        /// Its name in addresses.
        slug: Slug,
        #[command(flatten)]
        data: Data,
        /// The form of the file.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// How much of it: what the public saw, or everything that is still to be read.
        #[arg(long, value_enum, default_value_t = Scope::Public)]
        scope: Scope,
        /// Of a CSV: the questions, or the decisions (with --scope full).
        #[arg(long, value_enum, default_value_t)]
        table: Table,
        /// Of a CSV: a spreadsheet in which language will open it; `it` separates cells by
        /// semicolons, any other by commas. The session's, where nothing is said.
        #[arg(long, value_name = "LANGUAGE")]
        lang: Option<String>,
    },
    /// Check that a journal, or a record made from it, is what happened. Names the first entry
    /// that is not.
    Verify {
        /// A session's name in addresses, or the file of a record.
        what: String,
        #[command(flatten)]
        data: Data,
        /// The chain that was published, 64 hexadecimal digits: also finds a journal that was
        /// changed and computed anew.
        #[arg(long)]
        chain: Option<String>,
        /// A receipt, as its page gives it to download: also check that its question is in this
        /// journal or record as the receipt says.
        #[arg(long, value_name = "FILE")]
        receipt: Option<PathBuf>,
    },
    /// Print the JSON Schema (draft 2020-12) of everything that travels: messages of the socket both
    /// ways, and bodies of the HTTP API.
    Schema,
    /// Say of texts what screening finds in them, as a session would: a line in, a line out.
    ///
    /// Reads JSON lines from standard input, `{"text": …, "name": …}`, the name if there is one; other
    /// fields are not looked at. Writes for each line `{"verdict", "masked", "findings": [{"code",
    /// "verdict", "spans", "evidence"}]}` to standard output: the strictest verdict, the text as it
    /// would go on, and everything that was found, in bytes of the text as it came, or with `in_name`
    /// of the name. What only an evening knows is no part of it: who asked it before, how often, and
    /// whether many ask the same. An empty line is passed over. A line that cannot be read is told on
    /// standard error with its number and has no answer; the rest is done, and it ends with 1.
    /// `docs/screening.md` explains the codes.
    Screen {
        /// The policy, as JSON: whole, or only what differs from the default.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Find the questions of a file that ask the same, and the words in which they differ.
    ///
    /// Reads JSON lines from standard input, `{"id": …, "text": …}`; where that is empty or a terminal,
    /// each question of the file is asked. Writes for each line `{"id", "similar": [{"id", "score",
    /// "same", "differences": {"here", "there"}}]}`, best first, never the one of the same id. `score`
    /// goes from 0 to 1. `same`: nothing was found in which they differ. `here` are the words that only
    /// the question has, `there` those that only the found one has, each with its bytes. A line that
    /// cannot be read is told on standard error with its number and has no answer; the rest is done,
    /// and it ends with 1.
    Similar {
        /// The questions to search in, as JSON lines `{"id": …, "text": …}`.
        #[arg(long, value_name = "FILE")]
        corpus: PathBuf,
        /// Most of them in an answer.
        #[arg(long, value_name = "NUMBER", default_value_t = 5,
              value_parser = clap::value_parser!(u16).range(1..=100))]
        most: u16,
    },
    /// Is this machine fit for an evening? Looks at disk, limits, clock and data folder, and with
    /// `--url` comes from outside, through the proxy. Ends with 1 where anything is red.
    Doctor {
        #[command(flatten)]
        serve: ServeArgs,
        #[command(flatten)]
        about: DoctorArgs,
    },
    /// Copy the record into a new folder, while the server runs. The copy is read again and found
    /// whole before it gets its name.
    Backup {
        /// The folder to make.
        to: PathBuf,
        #[command(flatten)]
        data: Data,
        /// One part alone: the journal is kept for years, the keys for days.
        #[arg(long, value_enum)]
        only: Option<Part>,
    },
    /// Put the record of a backup into an empty folder. Everything that was forgotten stays so, as
    /// far as the backup's journal knows of it.
    Restore {
        /// A backup of both parts; or two, of the journal and of the keys.
        #[arg(required = true, num_args = 1..=2)]
        from: Vec<PathBuf>,
        #[command(flatten)]
        data: Data,
        /// The keys are lost: no text will be readable, and nobody recognised.
        #[arg(long)]
        without_keys: bool,
    },
}

#[derive(clap::Args)]
struct Data {
    /// The folder of journal and keys.
    #[arg(long = "data", env = "FILODIRETTO_DATA", default_value = "data")]
    folder: PathBuf,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object.
    #[default]
    Json,
    /// A table, for spreadsheets.
    Csv,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Line::parse().wish).await {
        Ok(code) => code,
        Err(fault) => {
            complain(&fault);
            ExitCode::FAILURE
        }
    }
}

async fn run(wish: Wish) -> anyhow::Result<ExitCode> {
    match wish {
        Wish::Serve(args) => serve(&args, None).await,
        Wish::Rehearse { mut serve, company, links_file, phone } => {
            let CompanyArgs { crowd, pace, seed, staff, minutes } = company;
            let company = Company { crowd, pace, seed, staff, minutes };
            // Warnings are shown; the table of settings is for servers.
            serve.or("log", "warn").or("data", "rehearsal");
            self::serve(&serve, Some(Rehearsal { company, links_file, phone })).await
        }
        Wish::CheckConfig(args) => {
            let effective = settings(&args)?;
            say(effective.to_string().trim_end());
            let certificate = filodiretto::http::run::certificate(&effective.settings);
            certificate.context("`tls_cert` and `tls_key` do not do")?;
            for unsaid in config::unsaid(include_str!("../publiccode.yml")) {
                say(&format!("warning: {unsaid}"));
            }
            Ok(ExitCode::SUCCESS)
        }
        Wish::Play { file, data } => play_file(&file, &data).await,
        Wish::Export { slug, data, format, scope, table, lang } => {
            let table = (format == Format::Csv).then_some(table);
            export(&slug, &data, scope, table, lang.as_deref()).await
        }
        Wish::Verify { what, data, chain, receipt } => {
            verify(&what, &data, chain.as_deref(), receipt.as_deref()).await
        }
        Wish::Schema => {
            say(wire::SCHEMA.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Wish::Screen { policy } => screen(policy.as_deref()),
        Wish::Similar { corpus, most } => similar(&corpus, most.into()),
        Wish::Doctor { serve, about } => doctor(&serve, &about).await,
        Wish::Backup { to, data, only } => {
            say(&backup::take(&data.folder, &to, only).await?.to_string());
            Ok(ExitCode::SUCCESS)
        }
        Wish::Restore { from, data, without_keys } => {
            say(&backup::restore(&from, &data.folder, without_keys).await?.to_string());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn settings(args: &ServeArgs) -> anyhow::Result<Effective> {
    Ok(Settings::read(args, config::environment())?)
}

/// Who else is at a rehearsal.
#[derive(clap::Args)]
struct CompanyArgs {
    /// How many people come, ask, vote and go; 0: you are alone.
    #[arg(long, value_name = "NUMBER", default_value_t = 60,
          value_parser = clap::value_parser!(u32).range(0..=1000))]
    crowd: u32,
    /// How fast their evening goes, from 0.1 to 10; 1 is as in a hall.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = pace)]
    pace: f64,
    /// Whose evening: the same number, the same people and questions in the same order.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Also simulate a moderator and an official, from the opening to the end. What you do yourself
    /// wins.
    #[arg(long)]
    staff: bool,
    /// With --staff: after how many minutes of their evening they close it.
    #[arg(long, value_name = "NUMBER", default_value_t = 45,
          value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: u32,
}

/// What `doctor` is told beside the settings.
#[derive(clap::Args)]
struct DoctorArgs {
    /// The address that people type, to come from outside. The administrator's token, if it is set
    /// or can be read, is sent there.
    #[arg(long, value_name = "URL")]
    url: Option<http::Uri>,
    /// The address without encryption, where that is not port 80 of the same name.
    #[arg(long, value_name = "URL", requires = "url")]
    plain_url: Option<http::Uri>,
    /// Certificates to trust beside the system's, as PEM: for an authority of your own.
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
    /// Hold the line for 75 seconds instead of 20: longer than the usual time-out of a proxy.
    #[arg(long, requires = "url")]
    slow: bool,
    /// Leave the machine out: only come from outside.
    #[arg(long, requires = "url")]
    only_url: bool,
    /// Print one JSON object, in both languages.
    #[arg(long)]
    json: bool,
    /// In Italian.
    #[arg(long)]
    italian: bool,
}

async fn doctor(args: &ServeArgs, about: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let effective = settings(args)?;
    let settings = &effective.settings;
    let mut lines = Vec::new();
    if !about.only_url {
        let case = Case::from(settings);
        lines = tokio::task::spawn_blocking(move || doctor::here(&case)).await?;
        lines.push(doctor::settings(&effective.warnings));
    }
    if let Some(url) = about.url.clone() {
        let hold = if about.slow { outside::HOLD_SLOW } else { outside::HOLD };
        let (plain, ca) = (about.plain_url.clone(), about.ca.clone());
        let outside = Outside { url, plain, ca, token: doctor::token(settings), hold };
        lines.extend(outside::look(&outside).await);
    }
    let language = if about.italian { Language::Italian } else { Language::English };
    match about.json {
        true => say(&doctor::json(&lines).to_string()),
        false => say(&Printed(&lines, language).to_string()),
    }
    let red = lines.iter().any(|line| line.state == State::Red);
    Ok(if red { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn pace(text: &str) -> Result<f64, String> {
    let pace = text.parse().ok().filter(|pace| (0.1..=10.0).contains(pace));
    pace.ok_or_else(|| "a number from 0.1 to 10 is expected".to_owned())
}

/// What a rehearsal has beside a server.
struct Rehearsal {
    company: Company,
    links_file: Option<PathBuf>,
    phone: bool,
}

async fn serve(args: &ServeArgs, rehearsal: Option<Rehearsal>) -> anyhow::Result<ExitCode> {
    let mut effective = settings(args)?;
    let lan = match &rehearsal {
        Some(Rehearsal { phone: true, .. }) => Some(phone::open(&mut effective.settings)?),
        _ => None,
    };
    let settings = &effective.settings;
    let json = matches!(settings.log_format, LogFormat::Json);
    telemetry::start(&settings.log, json).map_err(|wrong| anyhow::anyhow!("`log`: {wrong}"))?;
    telemetry::tell_defects();
    tracing::info!("settings in force:\n{effective}");
    let stop = stopped()?;
    // A rehearsal ends with its terminal; a server looks at its certificate again.
    let hangup = rehearsal.is_none().then(|| listens(SignalKind::hangup())).transpose()?;
    let server = Server::start(settings).await?;
    if let Some(rehearsal) = rehearsal {
        rehearse(&server, &rehearsal, lan.as_ref()).await?;
    }
    say(&format!("listening on {}://{}", server.scheme().text(), server.address()));
    Ok(if server.run(stop, hangup).await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn rehearse(server: &Server, rehearsal: &Rehearsal, lan: Option<&Lan>) -> anyhow::Result<()> {
    let links = server.rehearse(rehearsal.company).await?;
    if let Some(file) = &rehearsal.links_file {
        let text = serde_json::to_string_pretty(&links)?;
        std::fs::write(file, text)
            .with_context(|| format!("failed to write the links to {}", file.display()))?;
    }
    say("A rehearsal, with a page for each role. One browser may open them all, or several:");
    for (role, link) in links.all() {
        say(&format!("  {role:<10} {link}"));
    }
    if let Some(lan) = lan {
        draw(&links);
        say(&lan.told());
    }
    say(&company(rehearsal.company));
    say("Ctrl-C ends it.");
    Ok(())
}

/// The two that a phone is for, where somebody looks at a screen.
fn draw(links: &Links) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    for (whose, link) in [("moderator", &links.moderator), ("citizen", &links.citizen)] {
        if let Some(code) = phone::code(link) {
            say(&format!("\n{whose}\n{code}"));
        }
    }
}

fn company(Company { crowd, pace, staff, .. }: Company) -> String {
    let who = match (crowd, staff) {
        (0, false) => {
            "Nobody else is there: --crowd 60 simulates people who ask and vote.".to_owned()
        }
        (0, true) => "A moderator and an official are simulated, and nobody who asks.".to_owned(),
        (crowd, false) => format!("{crowd} people are simulated, who ask and vote."),
        (crowd, true) => {
            format!("{crowd} people, a moderator and an official are simulated.")
        }
    };
    let is_other = (crowd > 0 || staff) && pace != 1.0;
    if is_other { format!("{who} Their evening goes {pace} times as fast.") } else { who }
}

/// Waits for SIGTERM or SIGINT; listens for them from now on.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut term = listens(SignalKind::terminate())?;
    let mut int = listens(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

fn listens(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("failed to listen for signals")
}

async fn play_file(file: &PathBuf, data: &Data) -> anyhow::Result<ExitCode> {
    let script = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read the script {}", file.display()))?;
    let journal = Journal::open(&data.folder).context("failed to open the data folder")?;
    let played = play::play(&journal, &script, &mut std::io::stdout()).await;
    journal.close().await;
    match played {
        // Who reads the lines has seen enough; what was recorded is recorded.
        Err(PlayError::Print(gone)) if gone.kind() == ErrorKind::BrokenPipe => {}
        played => played.with_context(|| format!("the script {} stopped", file.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn screen(policy: Option<&Path>) -> anyhow::Result<ExitCode> {
    let policy = match policy {
        None => Policy::default(),
        Some(file) => {
            let bytes = std::fs::read(file)
                .with_context(|| format!("failed to read the policy {}", file.display()))?;
            lines::screen::policy(&bytes)
                .map_err(|wrong| anyhow::anyhow!("the policy {}: {wrong}", file.display()))?
        }
    };
    let (input, out) = (std::io::stdin().lock(), std::io::stdout().lock());
    answered(lines::screen::screen(&policy, input, out, &mut std::io::stderr()))
}

fn similar(file: &Path, most: usize) -> anyhow::Result<ExitCode> {
    let read = std::fs::File::open(file)
        .with_context(|| format!("failed to read the corpus {}", file.display()))?;
    let corpus = Corpus::read(read)
        .map_err(|wrong| anyhow::anyhow!("the corpus {}: {wrong}", file.display()))?;
    let (out, mut complaints) = (std::io::stdout().lock(), std::io::stderr());
    let stdin = std::io::stdin();
    answered(match stdin.is_terminal() {
        true => corpus.search(most, std::io::empty(), out, &mut complaints),
        false => corpus.search(most, stdin.lock(), out, &mut complaints),
    })
}

/// Who reads the answers may have seen enough.
fn answered(done: std::io::Result<Tally>) -> anyhow::Result<ExitCode> {
    match done {
        Ok(tally) if tally.wrong == 0 => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        Err(gone) if gone.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(broken) => Err(broken).context("failed to read or write a line"),
    }
}

/// As a table, or as JSON where there is none.
async fn export(
    slug: &Slug,
    data: &Data,
    scope: Scope,
    table: Option<Table>,
    lang: Option<&str>,
) -> anyhow::Result<ExitCode> {
    if table == Some(Table::Decisions) && scope == Scope::Public {
        bail!("decisions are no part of the public record: say --scope full");
    }
    let journal = data.open_to_read()?;
    let session = data.session(&journal, slug).await?;
    let record = archive::record::record(&journal, session, scope).await?;
    match table {
        None => say(&serde_json::to_string_pretty(&record)?),
        Some(table) => {
            let _ = write!(std::io::stdout(), "{}", csv(&record, table, lang));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(
    what: &str,
    data: &Data,
    published: Option<&str>,
    receipt: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let receipt = receipt.map(archive::receipt::read).transpose()?;
    let checked = match what.parse::<Slug>() {
        Ok(slug) if !PathBuf::from(what).is_file() => {
            let journal = data.open_to_read()?;
            let session = data.session(&journal, &slug).await?;
            archive::proof::journal(&journal, session, published, receipt.as_ref()).await
        }
        _ => {
            let record = archive::record::read(Path::new(what))?;
            let journal = match data.folder.join("journal.db").is_file() {
                true => Some(data.open_to_read()?),
                false => None,
            };
            archive::proof::file(&record, journal.as_ref(), published, receipt.as_ref()).await
        }
    };
    let report = checked.context("failed to read the journal")?;
    report.lines.iter().for_each(|line| say(line));
    Ok(if report.holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Data {
    fn open_to_read(&self) -> anyhow::Result<Journal> {
        Journal::open_to_read(&self.folder).context("failed to open the data folder")
    }

    async fn session(&self, journal: &Journal, slug: &Slug) -> anyhow::Result<SessionId> {
        let Some(session) = archive::session(journal, slug).await? else {
            bail!("there is no session `{slug}` in {}", self.folder.display());
        };
        Ok(session)
    }
}

/// What was asked for goes to standard output; who reads it may have gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The whole chain of causes, once.
fn complain(fault: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {fault:#}");
}
