//! A colour of the city: whether white is legible on it, and its lighter and darker steps.
//!
//! Steps are made in OKLCH, where the same difference in lightness looks the same in every hue; by
//! HSL a yellow and a blue of "40 %" are as different as day and night.

use std::fmt;
use std::str::FromStr;

/// A colour of the web, `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// A text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a colour: six hexadecimal digits after a # are expected")]
pub struct NotAColour;

/// WCAG 2.2, 1.4.3: of text and its ground.
pub const LEGIBLE: f64 = 4.5;

/// Halvings of an interval: more than 8 bits can show.
const HALVINGS: u32 = 20;

impl Colour {
    /// Red, green and blue.
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// The contrast of this and white, 1 to 21 (WCAG 2.2).
    pub fn contrast_with_white(self) -> f64 {
        let [red, green, blue] = self.0.map(linear);
        1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    }

    /// This, or where white is not legible on it, the nearest darker one of the same hue on which
    /// it is.
    #[must_use]
    pub fn legible(self) -> Self {
        if self.contrast_with_white() >= LEGIBLE {
            return self;
        }
        let Lch { lightness, chroma, hue } = Lch::from(self);
        // Black is always legible, and lightness moves one way only.
        let (mut dark, mut light) = (0.0, lightness);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(dark, light);
            let passes = Lch { lightness: middle, chroma, hue }.shown().contrast_with_white();
            if passes >= LEGIBLE { dark = middle } else { light = middle }
        }
        Lch { lightness: dark, chroma, hue }.shown()
    }

    /// The step that stands to this colour as `hsl(210, 100%, percent)` stands to 40 %, which is
    /// how bootstrap-italia makes its own from its blue.
    #[must_use]
    pub fn step(self, percent: u8) -> Self {
        const OURS: u8 = 40;
        let Lch { lightness, chroma, hue } = Lch::from(self);
        let (blue, ours) = (blue(percent), blue(OURS));
        let lightness = match percent {
            OURS => return self,
            0..OURS => lightness * blue.lightness / ours.lightness,
            _ => 1.0 - (1.0 - lightness) * (1.0 - blue.lightness) / (1.0 - ours.lightness),
        };
        let chroma = chroma * blue.chroma / ours.chroma;
        Lch { lightness, chroma, hue }.shown()
    }
}

/// Bootstrap-italia's blue in this step.
fn blue(percent: u8) -> Lch {
    let part = f64::from(percent.min(100)) / 50.0;
    // Saturated and of hue 210, so red, green and blue are linear in the step, up to half of it
    // and from there.
    let channel =
        |half: f64| if part <= 1.0 { half * part } else { half + (1.0 - half) * (part - 1.0) };
    let byte = |channel: f64| (channel * 255.0).round() as u8;
    Lch::from(Colour([0.0, 0.5, 1.0].map(channel).map(byte)))
}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6).ok_or(NotAColour)?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NotAColour);
        }
        let number = u32::from_str_radix(hex, 16).map_err(|_| NotAColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// OKLCH: lightness 0 to 1, chroma, hue in radians.
#[derive(Debug, Clone, Copy)]
struct Lch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

impl From<Colour> for Lch {
    fn from(colour: Colour) -> Self {
        let [red, green, blue] = colour.0.map(linear);
        let l = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let m = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let s = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        let lightness = 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s;
        let a = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
        Self { lightness, chroma: a.hypot(b), hue: b.atan2(a) }
    }
}

impl Lch {
    /// Light of each channel; outside 0 to 1 no screen shows it.
    fn light(self) -> [f64; 3] {
        let (a, b) = (self.chroma * self.hue.cos(), self.chroma * self.hue.sin());
        let l = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
    }

    /// The colour a screen shows: with as much of its chroma as there is at this lightness.
    fn shown(self) -> Colour {
        let fits = |chroma: f64| {
            let light = Self { chroma, ..self }.light();
            light.iter().all(|light| (-1e-4..=1.0 + 1e-4).contains(light))
        };
        let mut chroma = self.chroma;
        if !fits(chroma) {
            let (mut inside, mut outside) = (0.0, chroma);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(inside, outside);
                if fits(middle) { inside = middle } else { outside = middle }
            }
            chroma = inside;
        }
        Colour(Self { chroma, ..self }.light().map(byte))
    }
}

/// A channel's light, 0 to 1.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn byte(light: f64) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value =
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colour(text: &str) -> Colour {
        text.parse().expect("a colour")
    }

    #[test]
    fn contrasts_are_those_of_wcag() {
        for (text, expected) in
            [("#ffffff", 1.0), ("#000000", 21.0), ("#0066cc", 5.57), ("#777777", 4.48)]
        {
            let found = colour(text).contrast_with_white();
            assert!((found - expected).abs() < 0.01, "{text}: {found}");
        }
    }

    #[test]
    fn what_is_legible_stays_and_what_is_not_becomes_darker_in_its_hue() {
        for text in ["#0066cc", "#000000", "#8b0000"] {
            assert_eq!(colour(text).legible(), colour(text));
        }
        let ochre = colour("#ffcc00").legible();
        let [red, green, blue] = ochre.rgb();
        assert!(red > green && green > blue, "{ochre}");
        assert!((LEGIBLE..LEGIBLE + 0.1).contains(&ochre.contrast_with_white()), "{ochre}");
    }

    #[test]
    fn the_steps_of_bootstraps_own_blue_are_nearly_its_own() {
        let blue = colour("#0066cc");
        assert_eq!(blue.step(40), blue);
        for (percent, own) in [(32, "#0052a3"), (20, "#003366"), (50, "#0080ff")] {
            let found = blue.step(percent);
            let far = found.rgb().iter().zip(colour(own).rgb()).map(|(a, b)| a.abs_diff(b)).max();
            assert!(far <= Some(6), "{percent}: {found}, not {own}");
        }
    }

    proptest! {
        #[test]
        fn a_colour_comes_back_as_it_was(rgb: [u8; 3]) {
            let colour = Colour(rgb);
            prop_assert_eq!(colour.to_string().parse(), Ok(colour));
            prop_assert_eq!(Lch::from(colour).shown(), colour);
        }

        #[test]
        fn white_is_legible_on_what_is_proposed(rgb: [u8; 3]) {
            let proposed = Colour(rgb).legible();
            prop_assert!(proposed.contrast_with_white() >= LEGIBLE);
            prop_assert!(proposed.contrast_with_white() < 21.1);
        }

        #[test]
        fn a_darker_step_is_darker(rgb: [u8; 3], percent in 1_u8..100) {
            let colour = Colour(rgb).legible();
            let (one, next) = (colour.step(percent), colour.step(percent - 1));
            // Eight bits round.
            prop_assert!(one.contrast_with_white() <= next.contrast_with_white() * 1.03);
        }

        #[test]
        fn nothing_brings_the_parser_down(text in ".{0,12}") {
            let _ = text.parse::<Colour>();
        }
    }
}
