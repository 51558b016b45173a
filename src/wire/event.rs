//! A message as a server-sent event.

use bytes::Bytes;

use super::Frame;

/// `data:` is the message; `id:` its cursor, where it moves one, so that a browser that reconnects
/// sends it as `Last-Event-ID`. No `event:`: the message names its own type.
pub fn event(frame: &Frame) -> Bytes {
    let text = frame.as_str();
    // Our JSON is one line: line breaks in texts are escaped.
    match cursor(text) {
        Some(cursor) => format!("id: {cursor}\ndata: {text}\n\n"),
        None => format!("data: {text}\n\n"),
    }
    .into()
}

/// The cursor of a message that moves one. It stands behind the type, by the order of the fields in
/// [`ServerMessage`](super::ServerMessage), so a frame for thousands need not be read again.
fn cursor(text: &str) -> Option<&str> {
    let moves = [r#"{"type":"snapshot","cursor":""#, r#"{"type":"update","cursor":""#];
    let rest = moves.iter().find_map(|start| text.strip_prefix(start))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qa::session::Place;
    use crate::qa::{Audience, QuestionId, Session, SessionId, Timestamp, view};
    use crate::wire::{Cursor, message};

    #[test]
    fn only_what_moves_the_cursor_has_an_id() {
        let place = Place { count: 3, hash: 9 };
        let cursor = Cursor { audience: Audience::Public, epoch: 1, place };
        let session = Session::new(SessionId::from_u128(1));
        let snapshot = view::snapshot(&session, Audience::Public);
        for frame in
            [message::snapshot(cursor, &snapshot), message::update(cursor, Timestamp(1), &[])]
        {
            let expected = format!("id: {cursor}\ndata: {}\n\n", frame.as_str());
            assert_eq!(event(&frame), expected);
        }
        let hush = message::hush(QuestionId::from_u128(1));
        assert_eq!(event(&hush), format!("data: {}\n\n", hush.as_str()));
    }
}
