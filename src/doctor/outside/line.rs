//! The two ways on which an evening travels: sockets and event streams, through the proxy.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::web::Site;
use super::{Line, Outside, Said};

/// The first event of a stream is sent at once: what has not come by then is held back.
const AT_ONCE: Duration = Duration::from_secs(5);

/// As much of `GET /api/v1/sessions` as this needs.
#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    slug: String,
    state: String,
}

/// Both, at the same time.
pub(super) async fn lines(site: &Site, outside: &Outside) -> Vec<Line> {
    let bearer = outside.token.as_ref().map(|token| format!("Bearer {token}"));
    let mut headers = Vec::new();
    headers.extend(bearer.as_deref().map(|bearer| (AUTHORIZATION.as_str(), bearer)));
    let listed = site.get("/api/v1/sessions", &headers).await;
    let listed = listed.ok().and_then(|it| serde_json::from_str::<Sessions>(&it.body).ok());
    // Whoever looks into a draft goes on record as staff; nobody needs that here.
    let mut public = listed.into_iter().flat_map(|listed| listed.sessions);
    let Some(session) = public.find(|session| session.state != "draft") else {
        return vec![Line::yellow(
            "socket",
            Said::new(
                "Non c’è ancora nessuna seduta pubblica su cui provare la diretta.",
                "There is no public session yet to try the live lines with.",
            ),
            Said::new(
                "Pubblica una seduta di prova, poi esegui di nuovo.",
                "Publish a rehearsal, then run this again.",
            ),
        )];
    };
    let slug = &session.slug;
    let (socket, stream) = tokio::join!(
        socket(site, slug, bearer.as_deref(), outside.hold),
        stream(site, slug, &headers)
    );
    vec![socket, stream]
}

/// A socket: whether it comes through, and for how long it stands.
async fn socket(site: &Site, slug: &str, bearer: Option<&str>, hold: Duration) -> Line {
    let check = "socket";
    let upgrade = Said::new(
        "nginx: `proxy_http_version 1.1`, `proxy_set_header Upgrade $http_upgrade`, `proxy_set_header Connection $connection_upgrade`.",
        "nginx: `proxy_http_version 1.1`, `proxy_set_header Upgrade $http_upgrade`, `proxy_set_header Connection $connection_upgrade`.",
    );
    // A citizen is somebody; an overlay need not be.
    let seat = if bearer.is_some() { "citizen" } else { "overlay" };
    let (key, origin) = (generate_key(), site.origin());
    let mut headers = vec![
        (CONNECTION.as_str(), "Upgrade"),
        (UPGRADE.as_str(), "websocket"),
        (SEC_WEBSOCKET_VERSION.as_str(), "13"),
        (SEC_WEBSOCKET_KEY.as_str(), key.as_str()),
        (ORIGIN.as_str(), origin.as_str()),
    ];
    headers.extend(bearer.map(|bearer| (AUTHORIZATION.as_str(), bearer)));
    let answer = match site.send(&format!("/ws/v1/sessions/{slug}?as={seat}"), &headers).await {
        Ok(answer) => answer,
        Err(why) => return super::failed(check, &why),
    };
    let status = answer.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        let todo = match status {
            StatusCode::FORBIDDEN => Said::new(
                "`public_url` non è l’indirizzo che le persone scrivono.",
                "`public_url` is not the address that people type.",
            ),
            _ => upgrade,
        };
        return Line::red(
            check,
            Said::new(
                format!("La connessione diretta (WebSocket) non passa: stato {status}."),
                format!("The live line (WebSocket) does not come through: status {status}."),
            ),
            todo,
        );
    }
    let Ok(stream) = hyper::upgrade::on(answer).await else {
        return Line::red(
            check,
            Said::new("Il WebSocket si chiude subito.", "The WebSocket is closed at once."),
            upgrade,
        );
    };
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Client, None).await;
    let stood = stand(socket, hold).await;
    let (seconds, wanted) = (stood.as_secs(), hold.as_secs());
    if stood >= hold {
        return Line::green(
            check,
            Said::new(
                format!("Il WebSocket passa, e dopo {seconds} s è ancora aperto."),
                format!("The WebSocket comes through, and stands after {seconds} s."),
            ),
        );
    }
    Line::red(
        check,
        Said::new(
            format!("Qualcosa chiude il WebSocket dopo {seconds} s (provati {wanted})."),
            format!("Something closes the WebSocket after {seconds} s (of {wanted} tried)."),
        ),
        Said::new(
            "nginx: `proxy_read_timeout 1h`, `proxy_send_timeout 1h`. Il server manda qualcosa ogni 15 s.",
            "nginx: `proxy_read_timeout 1h`, `proxy_send_timeout 1h`. The server sends something every 15 s.",
        ),
    )
}

/// How long it stays open, up to `hold`.
#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
async fn stand<S>(mut socket: WebSocketStream<S>, hold: Duration) -> Duration
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let start = Instant::now();
    let end = sleep_until(tokio::time::Instant::now() + hold);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => {
                // It has shown what was to be shown; who is not there any more needs no goodbye.
                let _ = socket.send(Message::Close(None)).await;
                return hold;
            }
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return start.elapsed(),
                Some(Ok(_)) => {}
            },
        }
    }
}

/// An event stream: whether its first event comes at once, or when somebody's buffer is full.
async fn stream(site: &Site, slug: &str, headers: &[(&str, &str)]) -> Line {
    let check = "events";
    let path = format!("/api/v1/sessions/{slug}/events?as=citizen");
    let mut headers = headers.to_vec();
    headers.extend([("accept", "text/event-stream"), ("accept-encoding", "gzip, br")]);
    let answer = match site.send(&path, &headers).await {
        Ok(answer) => answer,
        Err(why) => return super::failed(check, &why),
    };
    let todo = Said::new(
        "nginx: `proxy_buffering off`, e nessun `gzip` per `text/event-stream`.",
        "nginx: `proxy_buffering off`, and no `gzip` for `text/event-stream`.",
    );
    let status = answer.status();
    if status != StatusCode::OK {
        return Line::red(
            check,
            Said::new(
                format!("Il flusso di eventi non passa: stato {status}."),
                format!("The event stream does not come through: status {status}."),
            ),
            todo,
        );
    }
    let packed = answer.headers().contains_key(CONTENT_ENCODING);
    let mut body = axum::body::Body::new(answer.into_body()).into_data_stream();
    let first = timeout(AT_ONCE, body.next()).await;
    let came = matches!(first, Ok(Some(Ok(bytes))) if !bytes.is_empty());
    if came && !packed {
        return Line::green(
            check,
            Said::new("Gli eventi arrivano subito.", "Events arrive at once."),
        );
    }
    let says = if packed {
        Said::new(
            "Il proxy comprime il flusso di eventi, e quindi lo trattiene.",
            "The proxy compresses the event stream, and so holds it back.",
        )
    } else {
        Said::new("Qualcosa trattiene gli eventi.", "Something holds the events back.")
    };
    Line::red(check, says, todo)
}
