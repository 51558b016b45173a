//! A rehearsal on real phones: the address under which they find this machine, and codes to scan.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

use qrcode::{Color, QrCode};

use crate::config::Settings;

/// Documentation's own network (RFC 5737): nothing is sent there, or anywhere.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
/// Modules of light around a code: what a camera needs to tell it from what is beside it.
const QUIET: usize = 4;
/// Black on white, whatever the terminal's own colours are.
const PAPER: &str = "\x1b[38;5;16;48;5;231m";
const PLAIN: &str = "\x1b[0m";

/// Where phones find this machine.
#[derive(Debug, Clone)]
pub struct Lan {
    /// What links begin with.
    pub start: String,
    /// The interface it belongs to, where that is known.
    interface: Option<String>,
    /// This machine's other addresses, each with its interface.
    others: Vec<(String, Ipv4Addr)>,
}

/// No phone can come.
#[derive(Debug, thiserror::Error)]
pub enum NoLan {
    /// There is this machine alone.
    #[error(
        "this machine is in no network that a phone could be in, too: connect it to one, or leave \
         `--phone` away"
    )]
    Alone,
    /// The machine does not say.
    #[error("failed to look for this machine's addresses")]
    Look(#[from] io::Error),
}

/// Has a rehearsal listen where others find it, under the address that the way to elsewhere begins
/// with. What was set otherwise stays.
///
/// # Errors
/// See [`NoLan`].
pub fn open(settings: &mut Settings) -> Result<Lan, NoLan> {
    let mut all: Vec<(String, Ipv4Addr)> = Vec::new();
    for interface in if_addrs::get_if_addrs()? {
        if let IpAddr::V4(address) = interface.ip()
            && !address.is_loopback()
            && !address.is_link_local()
        {
            all.push((interface.name, address));
        }
    }
    let outward = outward().ok().filter(|address| !address.is_loopback());
    let address = outward.or(all.first().map(|(_, address)| *address)).ok_or(NoLan::Alone)?;
    if settings.listen.ip().is_loopback() {
        settings.listen.set_ip(Ipv4Addr::UNSPECIFIED.into());
    }
    if settings.listen.port() == 0 {
        // Links name the port before anybody listens on it.
        settings.listen.set_port(TcpListener::bind(settings.listen)?.local_addr()?.port());
    }
    let start = match &settings.public_url {
        Some(public) => public.to_string(),
        None => {
            let scheme = if settings.tls.is_some() { "https" } else { "http" };
            let start = format!("{scheme}://{address}:{}", settings.listen.port());
            settings.public_url = start.parse().ok();
            start
        }
    };
    let interface = all.iter().find(|(_, known)| *known == address).map(|(name, _)| name.clone());
    all.retain(|(_, known)| *known != address);
    Ok(Lan { start, interface, others: all })
}

/// The address that this machine would speak to others from. Connecting a datagram socket chooses
/// it, and sends nothing.
fn outward() -> io::Result<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(ELSEWHERE)?;
    match socket.local_addr()?.ip() {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

impl Lan {
    /// Who can reach it, and what to do if a phone does not.
    pub fn told(&self) -> String {
        let on = self.interface.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let mut told = format!(
            "Phones in the same network find it at {}{on}.\n\
             So does everybody else in that network{}: type nothing real, and give the links of the \
             staff to nobody.",
            self.start,
            if self.start.starts_with("https:") { "" } else { ", and nothing is encrypted" },
        );
        if let Some((_, first)) = self.others.first() {
            let list: Vec<_> =
                self.others.iter().map(|(name, address)| format!("{address} ({name})")).collect();
            let port = self.start.rsplit(':').next().unwrap_or_default();
            let _ = write!(
                told,
                "\nThis machine is also {}: for a phone there, add \
                 `--public-url http://{first}:{port}`.",
                list.join(", ")
            );
        }
        told
    }
}

/// A text as a QR code of half blocks, black on white; `None` where it is too long for one.
pub fn code(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let side = width + 2 * QUIET;
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        let (row, column) = (inside(row), inside(column));
        row.zip(column).is_some_and(|(row, column)| modules[row * width + column] == Color::Dark)
    };
    let mut drawn = String::new();
    for row in (0..side).step_by(2) {
        drawn += PAPER;
        drawn.extend((0..side).map(|column| {
            match (is_dark(row, column), is_dark(row + 1, column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        }));
        drawn += PLAIN;
        drawn.push('\n');
    }
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a camera sees, true where it is dark.
    fn seen(drawn: &str) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in drawn.lines() {
            let line = line.strip_prefix(PAPER).and_then(|line| line.strip_suffix(PLAIN));
            let line = line.expect("each line has its own paper");
            rows.push(line.chars().map(|c| matches!(c, '█' | '▀')).collect());
            rows.push(line.chars().map(|c| matches!(c, '█' | '▄')).collect());
        }
        rows
    }

    #[test]
    fn a_code_is_drawn_whole_with_light_around_it() {
        let text = "http://192.168.1.20:8080/s/prova";
        let code = QrCode::new(text).expect("a code");
        let seen = seen(&super::code(text).expect("a code"));
        let width = code.width();
        // An odd number of rows ends in half a line more of light.
        assert_eq!(seen.len(), (width + 2 * QUIET).next_multiple_of(2));
        for (row, modules) in seen.iter().enumerate() {
            assert_eq!(modules.len(), width + 2 * QUIET);
            for (column, dark) in modules.iter().enumerate() {
                let inside = (QUIET..QUIET + width).contains(&row)
                    && (QUIET..QUIET + width).contains(&column);
                let expected = inside && code[(column - QUIET, row - QUIET)] == Color::Dark;
                assert_eq!(*dark, expected, "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn who_can_reach_it_is_said_with_every_other_address() {
        let lan = Lan {
            start: "http://192.168.1.20:8080".to_owned(),
            interface: Some("wlan0".to_owned()),
            others: vec![("docker0".to_owned(), Ipv4Addr::new(172, 17, 0, 1))],
        };
        let told = lan.told();
        for part in [
            "http://192.168.1.20:8080 (wlan0)",
            "everybody else in that network",
            "172.17.0.1 (docker0)",
            "--public-url http://172.17.0.1:8080",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}
