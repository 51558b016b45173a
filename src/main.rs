//! The command line, and nothing but wiring.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use filodiretto::archive::{self, Checked, Record, Scope};
use filodiretto::config::{self, Effective, LogFormat, ServeArgs, Settings};
use filodiretto::http::rehearsal::phone::{self, Lan};
use filodiretto::http::rehearsal::{Company, Links};
use filodiretto::http::run::Server;
use filodiretto::journal::{self, Journal, NotVerified};
use filodiretto::play::{self, PlayError};
use filodiretto::qa::Slug;
use filodiretto::{telemetry, wire};
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    },
    /// Print the JSON Schema (draft 2020-12) of everything that travels: messages of the socket both
    /// ways, and bodies of the HTTP API.
    Schema,
}

#[derive(clap::Args)]
struct Data {
    /// The folder of journal and keys.
    #[arg(long = "data", env = "FILODIRETTO_DATA", default_value = "data")]
    folder: PathBuf,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// One JSON object.
    #[default]
    Json,
    /// A table of the questions, for spreadsheets.
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
        Wish::Export { slug, data, format, scope } => export(&slug, &data, format, scope).await,
        Wish::Verify { what, data, chain } => verify(&what, &data, chain.as_deref()).await,
        Wish::Schema => {
            say(wire::SCHEMA.trim_end());
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

async fn export(
    slug: &Slug,
    data: &Data,
    format: Format,
    scope: Scope,
) -> anyhow::Result<ExitCode> {
    let journal = Journal::open_to_read(&data.folder).context("failed to open the data folder")?;
    let Some(session) = archive::session(&journal, slug).await? else {
        bail!("there is no session `{slug}` in {}", data.folder.display());
    };
    let record = archive::record::record(&journal, session, scope).await?;
    match format {
        Format::Json => say(&serde_json::to_string_pretty(&record)?),
        Format::Csv => say(archive::csv::csv(&record).trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(what: &str, data: &Data, published: Option<&str>) -> anyhow::Result<ExitCode> {
    match what.parse::<Slug>() {
        Ok(slug) if !PathBuf::from(what).is_file() => verify_journal(&slug, data, published).await,
        _ => verify_file(what, data, published).await,
    }
}

async fn verify_journal(
    slug: &Slug,
    data: &Data,
    published: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let journal = Journal::open_to_read(&data.folder).context("failed to open the data folder")?;
    let Some(session) = archive::session(&journal, slug).await? else {
        bail!("there is no session `{slug}` in {}", data.folder.display());
    };
    match journal::verify(journal.store(), session, None).await {
        Ok(verified) => {
            let chain = archive::record::hex(&verified.head.chain);
            if published.is_some_and(|published| published != chain) {
                say(&format!("broken: the chain is {chain}, which is not the published one"));
                return Ok(ExitCode::FAILURE);
            }
            let (entries, anchors) = (verified.head.n, verified.anchors);
            say(&format!("whole: {entries} entries, {anchors} anchors, chain {chain}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(NotVerified::Broken(broken)) => {
            say(&format!("broken: {broken}"));
            Ok(ExitCode::FAILURE)
        }
        Err(NotVerified::Journal(fault)) => Err(fault).context("failed to read the journal"),
    }
}

async fn verify_file(file: &str, data: &Data, published: Option<&str>) -> anyhow::Result<ExitCode> {
    let text = std::fs::read(file).with_context(|| format!("failed to read the record {file}"))?;
    let record: Record =
        serde_json::from_slice(&text).with_context(|| format!("{file} is not a record"))?;
    if published.is_some_and(|published| published != record.chain) {
        say(&format!("broken: the record's chain is {}, not the published one", record.chain));
        return Ok(ExitCode::FAILURE);
    }
    let journal = match data.folder.join("journal.db").is_file() {
        true => {
            Some(Journal::open_to_read(&data.folder).context("failed to open the data folder")?)
        }
        false => None,
    };
    let (line, code) = match archive::check(&record, journal.as_ref()).await? {
        Checked::Whole { entries } => {
            (format!("whole: {entries} entries, chain {}", record.chain), ExitCode::SUCCESS)
        }
        Checked::SameAsJournal => (
            format!("whole: it is what the journal says, chain {}", record.chain),
            ExitCode::SUCCESS,
        ),
        Checked::Broken { why } => (format!("broken: {why}"), ExitCode::FAILURE),
        Checked::NeedsJournal { chain } => (
            format!(
                "its chain is {chain}: compare it with the published one (--chain), or name the journal (--data)"
            ),
            if published.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        ),
    };
    say(&line);
    Ok(code)
}

/// What was asked for goes to standard output; who reads it may have gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The whole chain of causes, once.
fn complain(fault: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {fault:#}");
}
