//! The page on operations, followed line by line, in a machine of its own: a space of mounts, of
//! processes and of networks in which `/etc`, `/var` and the ports are free to be used. Debian's
//! nginx and Prometheus run in it, and a crowd that nobody may disturb. No systemd does: for
//! `systemctl` there is a script that does what the units would.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use expect_test::expect_file;
use filodiretto::telemetry::METRICS;
use loadtest::history::Recorder;
use loadtest::host::{Evening, Host};
use loadtest::http::{Request, Server};
use loadtest::visitor::{Manner, Visitor};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::until;

/// Set in the machine of its own.
const INSIDE: &str = "FILODIRETTO_OPERATIONS";
const SITE: &str = "https://domande.comune.example";
const PEOPLE: usize = 8;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/operations.md")).expect("the page")
}

/// What a reader does: types lines, or writes a file.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Types { name: String, lines: String },
    Writes { file: PathBuf, text: String },
}

/// The boxes of the page that are followed, in its order.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in page.split("\n```").skip(1).step_by(2) {
        let (info, text) = part.split_once('\n').expect("a box has lines");
        let text = format!("{text}\n");
        if let Some((_, name)) = info.split_once(" test=") {
            blocks.push(Block::Types { name: name.to_owned(), lines: text });
        } else if let Some((_, file)) = info.split_once(" file=") {
            blocks.push(Block::Writes { file: file.into(), text });
        }
    }
    blocks
}

#[test]
fn the_page_has_what_is_followed() {
    let blocks = blocks(&page());
    let names: Vec<_> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Types { name, .. } => Some(name.as_str()),
            Block::Writes { .. } => None,
        })
        .collect();
    assert_eq!(
        names,
        [
            "install",
            "start",
            "certificate",
            "proxy",
            "doctor",
            "administrator",
            "backup",
            "timer",
            "restore",
            "disaster",
            "upgrade",
            "prometheus"
        ]
    );
    assert_eq!(blocks.len() - names.len(), 5, "files");
}

/// The table of metrics is written from the table of metrics.
#[test]
fn the_page_names_every_metric_with_its_meaning() {
    let shown = METRICS.render();
    let mut table = "\n| metric | kind | what it says |\n| --- | --- | --- |\n".to_owned();
    for line in shown.lines().filter_map(|line| line.strip_prefix("# HELP filodiretto_")) {
        let (name, help) = line.split_once(' ').expect("a help text");
        let kind = format!("# TYPE filodiretto_{name} ");
        let kind = shown.lines().find_map(|line| line.strip_prefix(&kind)).expect("a type");
        table += &format!("| `{name}` | {kind} | {help} |\n");
    }
    let page = page();
    let (before, rest) = page.split_once("(UPDATE_EXPECT=1) -->\n").expect("where it begins");
    let (_, after) = rest.split_once("<!-- end of metrics -->").expect("where it ends");
    let whole = format!("{before}(UPDATE_EXPECT=1) -->\n{table}\n<!-- end of metrics -->{after}");
    expect_file![root().join("docs/operations.md")].assert_eq(&whole);
}

/// Rules that name a metric which is none would never fire.
#[test]
fn the_rules_know_only_metrics_that_there_are() {
    let rules = fs::read_to_string(root().join("docs/alerts.yml")).expect("the rules");
    let shown = METRICS.render();
    let named = rules.split("filodiretto_").skip(1).map(|rest| {
        rest.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap_or_default()
    });
    for name in named {
        let line = format!("\nfilodiretto_{name}");
        assert!(shown.contains(&line), "there is no metric `{name}`");
    }
}

#[test]
fn every_rule_fires_when_it_should() {
    for arguments in
        [["check", "rules", "docs/alerts.yml"], ["test", "rules", "tests/fixtures/alerts-test.yml"]]
    {
        let mut promtool = Command::new("promtool");
        let output = promtool.args(arguments).current_dir(root()).output().expect("promtool");
        assert!(output.status.success(), "{output:?}");
    }
    let rules = fs::read_to_string(root().join("docs/alerts.yml")).expect("the rules");
    let tested = fs::read_to_string(root().join("tests/fixtures/alerts-test.yml")).expect("tests");
    for name in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tested.contains(&format!("alertname: {name}\n")), "{name} was never fired");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: a machine is set up, a minute"]
async fn the_page_is_followed_line_by_line() {
    match std::env::var_os(INSIDE) {
        Some(place) => inside(Path::new(&place)).await,
        None => {
            let run = tokio::task::spawn_blocking(outside);
            assert!(run.await.expect("a thread"), "the lines before say what went wrong");
        }
    }
}

/// Makes the machine and has this test run in it. It ends with all its processes.
fn outside() -> bool {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let bin = place.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    let server = Path::new(env!("CARGO_BIN_EXE_filodiretto"));
    std::os::unix::fs::symlink(server, bin.join("filodiretto")).expect("a link");
    for (name, script) in [("systemctl", SYSTEMCTL), ("apt-get", APT_GET)] {
        fs::write(bin.join(name), script).expect("writes");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let user = Command::new("id").arg("-u").output().expect("id").stdout;
    let mut unshare = Command::new("unshare");
    if user != b"0\n" {
        unshare.arg("-r");
    }
    let exe = std::env::current_exe().expect("this program");
    let test = "operations::the_page_is_followed_line_by_line";
    let status = unshare
        .args(["-m", "-n", "-p", "--fork", "--kill-child", "--mount-proc"])
        .args(["bash", "-euc", MACHINE, "machine"])
        .args([place.path(), &root(), &exe])
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(INSIDE, place.path())
        .env("PATH", format!("{}:{path}:/usr/sbin:/sbin", bin.display()))
        .status();
    status.expect("unshare, of util-linux").success()
}

/// Where the page may write is a copy, or empty; the name that people type leads to this machine.
/// `$1`: the place; `$2`: the repository, which may lie below what is covered.
const MACHINE: &str = r#"
place=$1 repository=$2; shift 2
mount --make-rprivate /
mkdir -p "$place"/{repository,lib/nginx,lib/prometheus,lib/private/filodiretto,log/nginx,backups}
mount --rbind "$repository" "$place/repository"
cp -a /etc "$place/etc"
for each in etc:/etc lib:/var/lib log:/var/log backups:/var/backups; do
  mount --bind "$place/${each%%:*}" "${each#*:}"
done
mount -t tmpfs none /run
[ -d "$repository/docs" ] || { mkdir -p "$repository"; mount --rbind "$place/repository" "$repository"; }
mkdir -p /etc/filodiretto /etc/systemd/system /etc/prometheus
# As systemd makes it for a user that exists only while the service runs.
ln -s private/filodiretto /var/lib/filodiretto
chmod 700 /var/lib/private /var/lib/private/filodiretto
# In a space of users of its own there is nobody else to become.
[ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ] || sed -i 's/^user .*/user root;/' /etc/nginx/nginx.conf
ip link set lo up
ip address add 203.0.113.9/32 dev lo
echo '203.0.113.9 domande.comune.example' >> /etc/hosts
cd "$repository"
# Not `exec`: the first process of a machine is the one that buries the others.
"$@" || exit 1
"#;

/// What the units would do.
const SYSTEMCTL: &str = r#"#!/bin/bash
set -euo pipefail
act=$1; shift
[ "$act" != daemon-reload ] || exit 0
if [ "${1:-}" = --now ]; then act=start; shift; fi
unit=${1%.service}
pid=/run/test-$unit.pid
stop() {
  if [ "$unit" = nginx ]; then [ ! -s /run/nginx.pid ] || nginx -s stop; rm -f /run/nginx.pid; return; fi
  [ -s "$pid" ] || return 0
  kill -TERM "$(cat "$pid")" 2>/dev/null || true
  while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.02; done
  rm "$pid"
}
start() {
  case $unit in
    filodiretto)
      nohup filodiretto serve --config /etc/filodiretto/filodiretto.toml >>/var/log/filodiretto.log 2>&1 &
      echo $! > "$pid"
      for _ in $(seq 400); do
        ! curl -sf http://127.0.0.1:8080/healthz >/dev/null || return 0
        sleep 0.05
      done
      cat /var/log/filodiretto.log; return 1 ;;
    nginx) nginx ;;
    prometheus)
      nohup prometheus --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/var/lib/prometheus/metrics2 \
        --web.listen-address=127.0.0.1:9090 >>/var/log/prometheus.log 2>&1 &
      echo $! > "$pid" ;;
    *.timer) grep -q '^OnCalendar=' "/etc/systemd/system/$unit" ;;
    *)
      sed -n 's/^ExecStart=//p' "/etc/systemd/system/$unit.service" | sed 's/%%/%/g' > /run/lines
      while read -r line; do eval "$line" </dev/null; done < /run/lines ;;
  esac
}
case $act in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  *) echo "systemctl $act is not known here" >&2; exit 1 ;;
esac
"#;

/// `.ci/tools` has installed what the page installs.
const APT_GET: &str = r#"#!/bin/bash
set -euo pipefail
for word in "$@"; do
  case $word in
    install | -*) ;;
    *) command -v "$word" >/dev/null || { echo "$word is not installed; .ci/tools does it" >&2; exit 1; } ;;
  esac
done
"#;

/// Follows the page, and looks after each step.
async fn inside(place: &Path) {
    let mut crowd = None;
    for block in blocks(&page()) {
        match block {
            Block::Writes { file, text } => {
                // A test does not wait for a quarter of a minute.
                let text = text.replace("_interval: 15s", "_interval: 1s");
                fs::write(&file, text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            }
            Block::Types { name, lines } => {
                if name == "disaster" {
                    crowd.take().map(Crowd::goes_home).expect("they are there").await;
                }
                let said = types(&lines).await.unwrap_or_else(|said| panic!("{name}:\n{said}"));
                match name.as_str() {
                    "doctor" => has(&said, &["green  certificate", "green  address", " 0 red"]),
                    "administrator" => crowd = Some(Crowd::comes(&said).await),
                    "backup" => has(&said, &["the journal, without keys", "read again and whole"]),
                    "timer" => has(&said, &["the keys, without the journal"]),
                    "restore" => has(&said, &["every chain whole"]),
                    "disaster" | "upgrade" => stands().await,
                    "prometheus" => watches().await,
                    _ => {}
                }
            }
        }
    }
    through_the_proxy(place).await;
}

fn has(said: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(said.contains(wanted), "no `{wanted}` in:\n{said}");
    }
}

/// Types these lines, each of which must go well. What was printed; as an error where one did not.
async fn types(lines: &str) -> Result<String, String> {
    let lines = format!("exec 2>&1; set -euo pipefail\n{lines}");
    let run = move || Command::new("bash").args(["-c", &lines]).current_dir(root()).output();
    let output = tokio::task::spawn_blocking(run).await.expect("a thread").expect("bash");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

fn token() -> String {
    let token = fs::read_to_string("/var/lib/filodiretto/admin-token").expect("the first start");
    token.trim().to_owned()
}

fn host() -> Host {
    Host::new(Server::at("http://127.0.0.1:8080").expect("an address"), &token())
}

/// People who ask and vote while the page is followed.
struct Crowd {
    evening: Evening,
    over: Arc<AtomicBool>,
    people: JoinSet<(Visitor, usize)>,
    _desk: Visitor,
}

impl Crowd {
    async fn comes(link: &str) -> Self {
        assert_eq!(link.trim(), format!("{SITE}/join/{}", token()));
        let policy = json!({"slow_s": null, "open_questions": null, "questions": null});
        let evening = host().evening("sera", policy, Recorder::in_memory()).await.expect("made");
        let desk = evening.moderator("desk", &Manner::default()).await.expect("a desk");
        desk.must(json!({"type": "open"})).await.expect("open");
        let over = Arc::new(AtomicBool::new(false));
        // They ask faster than anybody may, and wait when they are told to.
        let manner = Manner { patient: true, ..Manner::default() };
        let mut people = JoinSet::new();
        for number in 0..PEOPLE {
            let who = evening.citizen(&format!("citizen-{number}"), &manner).await;
            let (who, over) = (who.expect("let in"), Arc::clone(&over));
            people.spawn(async move {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    who.asks(&format!("Domanda {asked} dal posto {number}?")).await.expect("asked");
                    asked += 1;
                }
                (who, asked)
            });
        }
        desk.sees(|board| board.questions.len() > PEOPLE).await.expect("they ask");
        Self { evening, over, people, _desk: desk }
    }

    /// Nothing that they were promised is missing.
    async fn goes_home(mut self) {
        self.over.store(true, Ordering::Relaxed);
        let (mut asked, mut people) = (0, Vec::new());
        while let Some(one) = self.people.join_next().await {
            let (who, count) = one.expect("nobody was refused anything");
            asked += count;
            people.push(who);
        }
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        let data = Path::new("/var/lib/filodiretto");
        let report = self.evening.judged(data, &[]).await.expect("the evidence");
        assert!(report.is_clean(), "{report}");
        #[expect(clippy::print_stdout, reason = "the figure of the run")]
        {
            println!("{asked} questions were asked while backups were taken; none is lost");
        }
        assert!(asked > 2 * PEOPLE, "they hardly asked: {asked}");
    }
}

/// The session of the backup is there, and its questions.
async fn stands() {
    let path = "/api/v1/sessions/sera/questions?as=desk";
    let listed = host().asks(Request::new("GET", path)).await.expect("it is served");
    let some = listed["questions"].as_array().is_some_and(|some| !some.is_empty());
    assert!(some, "{listed}");
}

/// Prometheus has scraped the server, knows the rules, and has nothing to complain of but that the
/// disk of a test may be small.
async fn watches() {
    let prometheus = Server::at("http://127.0.0.1:9090").expect("an address");
    let asks = async |path: &str| -> Option<Value> {
        prometheus.ask(&Request::new("GET", path)).await.ok()?.good().ok()
    };
    until("the server is scraped", async || {
        let up = asks("/api/v1/query?query=up%7Bjob%3D%22filodiretto%22%7D").await;
        up.is_some_and(|up| up["data"]["result"][0]["value"][1] == "1")
    })
    .await;
    let sessions = asks("/api/v1/query?query=filodiretto_sessions").await.expect("an answer");
    assert_eq!(sessions["data"]["result"][0]["value"][1], "1", "{sessions}");
    let rules = asks("/api/v1/rules").await.expect("an answer");
    let count = rules["data"]["groups"][0]["rules"].as_array().map_or(0, Vec::len);
    assert_eq!(count, 15, "{rules}");
}

/// What doctor says of the proxy as the page has it, and of one with a fault in each line.
async fn through_the_proxy(place: &Path) {
    let doctor = format!(
        "filodiretto doctor --config /etc/filodiretto/filodiretto.toml --only-url --json \
         --url {SITE} --ca /etc/ssl/certs/filodiretto.pem"
    );
    let states = |said: &str| -> Vec<(String, String)> {
        let said: Value = serde_json::from_str(said).unwrap_or_else(|_| panic!("{said}"));
        let word = |line: &Value, field: &str| line[field].as_str().expect("a word").to_owned();
        let lines = said["lines"].as_array().expect("a list").iter();
        lines.map(|line| (word(line, "check"), word(line, "state"))).collect()
    };
    let all = ["certificate", "reach", "redirect", "caches", "address", "socket", "events"];
    let good = states(&types(&doctor).await.unwrap_or_else(|said| panic!("{said}")));
    assert_eq!(good, all.map(|check| (check.to_owned(), "green".to_owned())), "{good:?}");
    // Whoever claims another address is not believed, and whoever claims none is known.
    let asks = format!(
        "curl -sf --cacert /etc/ssl/certs/filodiretto.pem -H 'Authorization: Bearer {}' \
         -H 'X-Forwarded-For: 192.0.2.1' {SITE}/api/v1/doctor",
        token()
    );
    let seen = types(&asks).await.expect("an answer");
    let seen: Value = serde_json::from_str(&seen).expect("JSON");
    assert_eq!(seen["seen"]["client"], "203.0.113.9", "{seen}");

    let site = "/etc/nginx/sites-available/filodiretto";
    let as_it_was = fs::read_to_string(site).expect("written before");
    fs::write(place.join("site"), &as_it_was).expect("kept");
    let faults = [
        ("return 301 https://$host$request_uri;", "return 200 'here';"),
        ("proxy_set_header Upgrade $http_upgrade;", ""),
        ("$proxy_add_x_forwarded_for;", "$http_x_forwarded_for;"),
        (
            "proxy_buffering off;",
            "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; \
             proxy_hide_header Cache-Control; add_header Cache-Control 'max-age=3600' always;",
        ),
    ];
    let broken = faults.iter().fold(as_it_was.clone(), |text, (line, fault)| {
        assert!(text.contains(line), "{line}");
        text.replace(line, fault)
    });
    fs::write(site, broken).expect("writes");
    types("systemctl restart nginx").await.expect("a configuration");
    let bad = states(&types(&doctor).await.expect_err("it ends with 1"));
    for check in ["redirect", "caches", "address", "socket", "events"] {
        let state = bad.iter().find(|(name, _)| name == check).map(|(_, state)| state.as_str());
        assert_eq!(state, Some("red"), "{check}: {bad:?}");
    }
    // A line that is cut after ten quiet seconds; and a certificate for another name.
    fs::write(site, as_it_was.replace("proxy_read_timeout 1h", "proxy_read_timeout 2s"))
        .expect("writes");
    types("systemctl restart nginx").await.expect("a configuration");
    let cut = states(&types(&doctor).await.expect_err("it ends with 1"));
    assert!(cut.contains(&("socket".to_owned(), "red".to_owned())), "{cut:?}");
    let other = doctor.replace("domande.comune.example", "203.0.113.9");
    let other = states(&types(&other).await.expect_err("it ends with 1"));
    assert_eq!(other, [("certificate".to_owned(), "red".to_owned())]);
    types("systemctl stop filodiretto").await.expect("it ends");
    let gone = states(&types(&doctor).await.expect_err("it ends with 1"));
    assert!(gone.contains(&("reach".to_owned(), "red".to_owned())), "{gone:?}");
}
