//! Frames of a socket, by hand: what a client of ten thousand sockets can afford.

use anyhow::bail;

/// One complete frame at the start of `bytes`: its payload, and how long it is in all. `None`: more
/// has to come.
///
/// # Errors
/// For what no server of ours sends.
pub(super) fn frame(bytes: &[u8]) -> anyhow::Result<Option<(u8, &[u8], usize)>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if second & 0x80 != 0 || first & 0x80 == 0 {
        bail!("the server sent a frame that is masked or in pieces");
    }
    let (length, head) = match second {
        126 => match rest {
            [a, b, ..] => (usize::from(u16::from_be_bytes([*a, *b])), 4),
            _ => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(length) => (usize::try_from(u64::from_be_bytes(*length))?, 10),
            None => return Ok(None),
        },
        length => (usize::from(*length), 2),
    };
    let all = head + length;
    Ok(bytes.get(head..all).map(|payload| (first & 0x0f, payload, all)))
}

/// A text as a client sends it. The mask is zero: it is there, as it must be, and changes nothing.
pub(super) fn said(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(length @ 0..126) => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            // What is longer is no message that a client may send.
            frame.extend(length.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// The request for a socket, with a token or none, of pages that take snapshots deflated or of
/// clients that do not.
pub(super) fn request(path: &str, token: Option<&str>, deflates: bool) -> Vec<u8> {
    let token = token.map_or_else(String::new, |t| format!("authorization: Bearer {t}\r\n"));
    let protocol =
        if deflates { "filodiretto.v1.deflate, filodiretto.v1" } else { "filodiretto.v1" };
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: {protocol}\r\n{token}\r\n",
    );
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_when_it_is_complete() {
        let mut bytes = vec![0x81, 126, 0, 200];
        bytes.extend([b'x'; 200]);
        for part in 0..bytes.len() {
            assert!(frame(&bytes[..part]).expect("so far").is_none(), "{part}");
        }
        let (kind, payload, all) = frame(&bytes).expect("a frame").expect("complete");
        assert_eq!((kind, payload.len(), all), (1, 200, 204));
        assert!(frame(&[0x81, 0x80]).is_err());
    }

    #[test]
    fn what_a_client_says_is_masked_and_as_long_as_it_says() {
        let short = said("ciao");
        assert_eq!(short, [&[0x81, 0x84, 0, 0, 0, 0][..], b"ciao"].concat());
        let long = said(&"x".repeat(300));
        assert_eq!((&long[..4], long.len()), (&[0x81, 0xfe, 1, 44][..], 308));
    }
}
