//! Papers with a number: identity cards, passports, driving licences; and plates.

use super::phones::OFFICIAL;
use super::{Datum, Seen, all, patterns, words_before};
use crate::screening::fold::Folded;

patterns! {
    DOCUMENT = r"(?-u:\b)(?:carta (?:d'?|di )?identita(?: elettronica)?|c\.? ?i\.? ?e?\.?|documento(?: di identita| d'identita)?|passaporto|patente(?: di guida)?|permesso di soggiorno)(?: (?:numero|num\.?|nr\.?|n\.?|no\.?|e|ha|con|il|la|mia|mio|di|guida|italian[ao]|n°|:))*[ :#.\-]*(?:[a-z]+ ){0,2}?((?:[a-z]{2} ?[0-9]{5} ?[a-z]{2}|[a-z]{2} ?[0-9]{7}[a-z]?|u[0-9][a-z0-9]{7}[a-z]|[a-z]{2} ?[0-9]{6,7}))(?-u:\b)";
    PLATE = r"(?-u:\b)[a-hj-npr-tv-z]{2}[ \-]?[0-9]{3}[ \-]?[a-hj-npr-tv-z]{2}(?-u:\b)";
}

pub(super) fn documents(flat: &str, seen: &mut Vec<Seen>) {
    let Some(regex) = DOCUMENT.as_ref() else { return };
    for hit in regex.captures_iter(flat) {
        if let Some(number) = hit.get(1) {
            seen.push(Seen { datum: Datum::Document, at: number.range() });
        }
    }
}

pub(super) fn plates(text: &str, folded: &Folded, seen: &mut Vec<Seen>) {
    let flat = folded.flat.as_str();
    for at in all(&PLATE, flat) {
        let before = words_before(flat, at.start, 6);
        let meant = before.iter().any(|word| {
            matches!(
                *word,
                "targa"
                    | "targata"
                    | "targato"
                    | "targhe"
                    | "auto"
                    | "macchina"
                    | "vettura"
                    | "veicolo"
                    | "furgone"
                    | "moto"
                    | "scooter"
                    | "camion"
                    | "suv"
                    | "automobile"
            )
        });
        let original = &text[folded.original(&at)];
        let is_upper = !original.chars().any(char::is_lowercase);
        let is_parted = original.contains([' ', '-']);
        if (meant || is_upper && !is_parted)
            && !before.iter().take(2).any(|word| OFFICIAL.contains(word))
        {
            seen.push(Seen { datum: Datum::Plate, at });
        }
    }
}
