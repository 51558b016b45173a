//! From where citizens come: through the proxy, over the certificate, by the name that they type.
//!
//! With the administrator's token the server says what it saw of the request, so that a proxy that
//! forwards no address, or one that lets visitors claim any, is found. Without it the rest is tried.

mod line;
mod web;

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, LOCATION};
use serde::Deserialize;

use self::web::{Answer, Failed, Site};
use super::{Line, Said};

/// How long a line is held: longer than the server is ever quiet (15 s), so that what cuts a quiet
/// line sooner is found.
pub const HOLD: Duration = Duration::from_secs(20);
/// With `--slow`: longer than what proxies have as their usual time-out (60 s).
pub const HOLD_SLOW: Duration = Duration::from_secs(75);

/// An address that documentation may use and nobody has: what is claimed to come from there was
/// made up.
const MADE_UP: &str = "192.0.2.77";

/// What is looked at from outside.
pub struct Outside {
    /// As people type it: `https://domande.comune.example`.
    pub url: Uri,
    /// The address without encryption; left out, port 80 of the same name.
    pub plain: Option<Uri>,
    /// Certificates to trust beside the system's, as PEM: for an authority of one's own.
    pub ca: Option<PathBuf>,
    /// The administrator's token.
    pub token: Option<String>,
    /// How long a line is held.
    pub hold: Duration,
}

/// Comes from outside. Takes as long as a line is held, and some seconds.
pub async fn look(outside: &Outside) -> Vec<Line> {
    let site = match Site::new(&outside.url, outside.ca.as_deref()) {
        Ok(site) => site,
        Err(why) => return vec![failed("address", &why)],
    };
    let mut lines = Vec::new();
    match site.certificate().await {
        Ok(line) => lines.push(line),
        Err(why) => return vec![failed("reach", &why)],
    }
    if lines.iter().any(|line| line.state == super::State::Red) {
        return lines;
    }
    match site.get("/healthz", &[]).await {
        Ok(answer) if answer.status == 200 && answer.body == "alive\n" => {
            lines.push(Line::green(
                "reach",
                Said::new("Il server risponde.", "The server answers."),
            ));
            lines.extend(clock(&answer));
        }
        Ok(answer) => {
            lines.push(stranger(&answer));
            return lines;
        }
        Err(why) => {
            lines.push(failed("reach", &why));
            return lines;
        }
    }
    lines.extend(plain(outside, &site).await);
    lines.push(caches(&site).await);
    lines.push(forwarded(&site, outside.token.as_deref()).await);
    lines.extend(line::lines(&site, outside).await);
    lines
}

/// Something else than our server.
fn stranger(answer: &Answer) -> Line {
    let status = answer.status;
    let says = Said::new(
        format!("Risponde qualcun altro (stato {status})."),
        format!("Somebody else answers (status {status})."),
    );
    let todo = match status {
        502..=504 => Said::new(
            "Il proxy c’è, il server dietro no: `systemctl status filodiretto`, e l’indirizzo in `proxy_pass`.",
            "The proxy is there, the server behind it is not: `systemctl status filodiretto`, and the address in `proxy_pass`.",
        ),
        _ => Said::new(
            "Il proxy deve passare tutto (`location /`) al server, con il suo percorso intatto.",
            "The proxy must pass everything (`location /`) to the server, its path untouched.",
        ),
    };
    Line::red("reach", says, todo)
}

fn failed(check: &'static str, why: &Failed) -> Line {
    Line::red(
        check,
        Said::new(
            format!("Non si arriva: {}.", why.it),
            format!("It cannot be reached: {}.", why.en),
        ),
        Said::new(
            "Guarda il nome nel DNS, il firewall, e se il proxy è in ascolto.",
            "Look at the name in DNS, the firewall, and whether the proxy listens.",
        ),
    )
}

/// Two clocks that differ.
#[expect(clippy::disallowed_methods, reason = "it is the clock that is looked at")]
fn clock(answer: &Answer) -> Option<Line> {
    let theirs = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok())?;
    let ours = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    let apart = theirs.timestamp().as_second().abs_diff(i64::try_from(ours).ok()?);
    (apart > 5).then(|| {
        Line::yellow(
            "clocks",
            Said::new(
                format!("L’orologio di questa macchina e quello del proxy distano {apart} s."),
                format!("The clock of this machine and the proxy's are {apart} s apart."),
            ),
            Said::new("Accendi NTP su entrambe.", "Turn NTP on, on both."),
        )
    })
}

/// Who types the name without `https://` must be led there.
async fn plain(outside: &Outside, site: &Site) -> Option<Line> {
    let check = "redirect";
    if !site.is_encrypted() {
        return Some(Line::yellow(
            check,
            Said::new(
                "L’indirizzo non è cifrato: chi è sulla stessa rete legge tutto.",
                "The address is not encrypted: whoever shares a network reads along.",
            ),
            Said::new(
                "Metti un proxy con TLS, o `tls_cert` e `tls_key`.",
                "Put a proxy with TLS in front, or set `tls_cert` and `tls_key`.",
            ),
        ));
    }
    let url = outside.plain.clone().or_else(|| site.without_encryption())?;
    let Ok(plain) = Site::new(&url, None) else { return None };
    let todo = Said::new(
        "Il proxy risponda sulla porta 80 con 301 verso https, e con nient’altro.",
        "Let the proxy answer on port 80 with a 301 to https, and with nothing else.",
    );
    Some(match plain.get("/", &[]).await {
        Ok(answer) if matches!(answer.status, 301 | 302 | 307 | 308) => {
            let to = answer.header(LOCATION.as_str()).unwrap_or_default();
            let says = Said::new(
                format!("Da http si passa a {to}."),
                format!("From http one is led to {to}."),
            );
            match to.starts_with("https://") {
                true => Line::green(check, says),
                false => Line::red(check, says, todo),
            }
        }
        Ok(answer) => Line::red(
            check,
            Said::new(
                format!(
                    "Senza https la pagina risponde {} invece di passare a https.",
                    answer.status
                ),
                format!(
                    "Without https the answer is {} instead of the way to https.",
                    answer.status
                ),
            ),
            todo,
        ),
        Err(_) => Line::yellow(
            check,
            Said::new(
                "Senza https non risponde nessuno: chi scrive solo il nome può non arrivare.",
                "Without https nobody answers: who types the bare name may not arrive.",
            ),
            todo,
        ),
    })
}

/// Pages are always fresh; what they are made of is kept for ever, and travels compressed.
async fn caches(site: &Site) -> Line {
    let check = "caches";
    let page = match site.get("/", &[("accept", "text/html")]).await {
        Ok(page) => page,
        Err(why) => return failed(check, &why),
    };
    let says = |answer: &Answer, word: &str| {
        answer.header(CACHE_CONTROL.as_str()).is_some_and(|value| value.contains(word))
    };
    let asset = page.body.split('"').find(|text| text.starts_with("/assets/")).unwrap_or_default();
    if asset.is_empty() {
        return Line::yellow(
            check,
            Said::new("La pagina non nomina fogli di stile.", "The page names no style sheets."),
            Said::new(
                "Il programma è senza pagine (`make web`), o il proxy le cambia.",
                "The program is without pages (`make web`), or the proxy changes them.",
            ),
        );
    }
    let asset = match site.get(asset, &[("accept-encoding", "gzip, br")]).await {
        Ok(asset) => asset,
        Err(why) => return failed(check, &why),
    };
    let compressed = asset.header(CONTENT_ENCODING.as_str());
    let how = compressed.unwrap_or("–");
    let good = says(&page, "no-store") || says(&page, "no-cache") || says(&page, "max-age=0");
    if good && says(&asset, "immutable") {
        return Line::green(
            check,
            Said::new(
                format!(
                    "Le pagine sono sempre fresche, i file si conservano (compressione: {how})."
                ),
                format!("Pages are always fresh, files are kept (compression: {how})."),
            ),
        );
    }
    Line::red(
        check,
        Said::new(
            "Il proxy cambia `Cache-Control`: una pagina vecchia può restare in giro.",
            "The proxy changes `Cache-Control`: an old page may stay about.",
        ),
        Said::new(
            "Togli `proxy_cache`, `expires` e `add_header Cache-Control` dal proxy.",
            "Take `proxy_cache`, `expires` and `add_header Cache-Control` out of the proxy.",
        ),
    )
}

/// As much of `GET /api/v1/doctor` as this needs.
#[derive(Debug, Deserialize)]
struct Health {
    seen: Seen,
}

/// What the server saw of a request.
#[derive(Debug, Deserialize)]
struct Seen {
    peer: String,
    client: String,
    believed: bool,
    forwarded: bool,
    client_is_proxy: bool,
}

/// Whether the server knows people apart, and lets nobody be somebody else.
async fn forwarded(site: &Site, token: Option<&str>) -> Line {
    let check = "address";
    let Some(token) = token else {
        return Line::yellow(
            check,
            Said::new(
                "Senza il codice dell’amministratore il server non dice quale indirizzo vede.",
                "Without the administrator's token the server does not say which address it sees.",
            ),
            Said::new(
                "Metti FILODIRETTO_ADMIN_TOKEN, o esegui il comando dove sta la cartella dei dati.",
                "Set FILODIRETTO_ADMIN_TOKEN, or run this where the data folder is.",
            ),
        );
    };
    let seen = match seen(site, token, None).await {
        Ok(seen) => seen,
        Err(line) => return line,
    };
    let Seen { peer, client, believed, forwarded, client_is_proxy } = seen;
    let trust = Said::new(
        format!(
            "`trusted_proxy = [\"{peer}/32\"]` nelle impostazioni (o la rete da cui il proxy si collega)."
        ),
        format!(
            "`trusted_proxy = [\"{peer}/32\"]` in the settings (or the network that the proxy connects from)."
        ),
    );
    if forwarded && !believed {
        return Line::red(
            check,
            Said::new(
                format!(
                    "Il proxy {peer} manda l’indirizzo dei visitatori, ma il server non gli crede: tutti contano come uno."
                ),
                format!(
                    "The proxy {peer} forwards its visitors' address, but the server does not believe it: all count as one."
                ),
            ),
            trust,
        );
    }
    if believed && !forwarded {
        return Line::red(
            check,
            Said::new(
                format!(
                    "Il proxy {peer} non manda l’indirizzo dei visitatori: tutti contano come uno."
                ),
                format!(
                    "The proxy {peer} does not forward its visitors' address: all count as one."
                ),
            ),
            Said::new(
                "`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;` nel proxy.",
                "`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;` in the proxy.",
            ),
        );
    }
    let known = Said::new(
        format!("Il server vede questa macchina come {client}."),
        format!("The server sees this machine as {client}."),
    );
    if client_is_proxy {
        return Line::yellow(
            check,
            known,
            Said::new(
                "Il comando parte dal proxy stesso: provalo anche da un’altra rete.",
                "This comes from the proxy itself: try it from another network, too.",
            ),
        );
    }
    match self::seen(site, token, Some(MADE_UP)).await {
        Err(line) => line,
        Ok(seen) if seen.client == MADE_UP => Line::red(
            check,
            Said::new(
                "Chiunque può fingere un altro indirizzo: il proxy passa quello che scrive il visitatore.",
                "Anybody can claim another address: the proxy passes on what its visitor writes.",
            ),
            Said::new(
                "Il proxy deve aggiungere l’indirizzo che vede (`$proxy_add_x_forwarded_for`), e `trusted_proxy` contenere solo lui.",
                "The proxy must append the address that it sees (`$proxy_add_x_forwarded_for`), and `trusted_proxy` hold nobody else.",
            ),
        ),
        Ok(_) => Line::green(check, known),
    }
}

async fn seen(site: &Site, token: &str, claim: Option<&str>) -> Result<Seen, Line> {
    let check = "address";
    let bearer = format!("Bearer {token}");
    let mut headers = vec![(AUTHORIZATION.as_str(), bearer.as_str())];
    headers.extend(claim.map(|claim| ("x-forwarded-for", claim)));
    let answer = site.get("/api/v1/doctor", &headers).await.map_err(|why| failed(check, &why))?;
    serde_json::from_str::<Health>(&answer.body).map(|health| health.seen).map_err(|_| {
        let status = answer.status;
        Line::yellow(
            check,
            Said::new(
                format!("Il server non ha detto quale indirizzo vede (stato {status})."),
                format!("The server has not said which address it sees (status {status})."),
            ),
            Said::new(
                "È il codice dell’amministratore di quel server?",
                "Is it that server's administrator's token?",
            ),
        )
    })
}
