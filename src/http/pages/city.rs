//! The city's colour, as a style sheet, and its coat of arms, as an image.
//!
//! The pages' own style sheet is built once and says `var(--tema-40, …)` where bootstrap-italia
//! means its blue; this small one says which colour that is here.

use std::fmt::Write as _;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::api::Call;
use crate::http::error::No;
use crate::http::headers::kept;
use crate::qa::Colour;

/// Who changes the colour sees it everywhere soon; who reads all evening asks for it rarely.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Until the city has chosen. Not bootstrap-italia's own blue, which is for the State's central
/// offices.
const OURS: &str = "#0b6b63";

/// `/theme.css`.
pub(super) async fn theme(call: Call) -> Response {
    let house = call.front.hub.house().now();
    let sheet = sheet(house.city().colour.as_deref());
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let answer = ([(CONTENT_TYPE, kind)], sheet.clone()).into_response();
    kept(&call.headers, SHORT, sheet.as_bytes(), answer)
}

fn sheet(colour: Option<&str>) -> String {
    // One saved before contrast was checked is shown so that it can be read.
    let colour: Colour = colour.unwrap_or(OURS).parse().expect("checked when it was saved");
    let colour = colour.legible();
    let [red, green, blue] = colour.rgb();
    let mut sheet = format!(
        ":root{{--ours:{OURS};--bs-primary:{colour};--bs-primary-rgb:{red},{green},{blue};\
         --bs-link-color-rgb:{red},{green},{blue};"
    );
    // Bootstrap-italia uses some of the dark ones, all of them even; which, the next version decides.
    // The light one is the ground of what is on air.
    for percent in (20..=50).step_by(2).chain([95]) {
        write!(sheet, "--tema-{percent}:{};", colour.step(percent)).expect("a String takes all");
    }
    sheet.push('}');
    sheet
}

/// `/coat-of-arms`.
pub(super) async fn arms(call: Call) -> Result<Response, No> {
    let house = call.front.hub.house().now();
    let image = house.city().coat_of_arms.as_deref().and_then(image);
    let (kind, bytes) = image.ok_or_else(|| No::not_found("page"))?;
    let answer = ([(CONTENT_TYPE, HeaderValue::from_static(kind))], bytes.clone()).into_response();
    Ok(kept(&call.headers, SHORT, &bytes, answer))
}

/// The image in a `data:` address.
fn image(address: &str) -> Option<(&'static str, Vec<u8>)> {
    let (kind, text) = address.strip_prefix("data:")?.split_once(";base64,")?;
    let kind = ["image/png", "image/webp"].into_iter().find(|known| *known == kind)?;
    Some((kind, STANDARD.decode(text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_holds_the_colour_and_its_steps() {
        let red = sheet(Some("#8b0000"));
        for part in ["--bs-primary:#8b0000;", "--bs-primary-rgb:139,0,0;", "--tema-40:#8b0000;"] {
            assert!(red.contains(part), "{red}");
        }
        assert!(!sheet(Some("#ffcc00")).contains("#ffcc00"), "white would not be legible on it");
        assert!(sheet(None).contains("--bs-primary:#0b6b63;"));
        assert!(red.contains("--ours:#0b6b63;"), "the press office sees what it would go back to");
    }

    #[test]
    fn a_coat_of_arms_is_an_image_or_nothing() {
        assert_eq!(image("data:image/png;base64,AAEC"), Some(("image/png", vec![0, 1, 2])));
        for wrong in
            ["", "data:image/png;base64,?", "data:text/html;base64,AAEC", "data:image/webp;x"]
        {
            assert_eq!(image(wrong), None, "{wrong}");
        }
    }
}
