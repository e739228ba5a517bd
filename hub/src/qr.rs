//! A QR code on a terminal, two modules to a character.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// `text` as a QR code; empty where it does not fit into one. Dashes are left out: a reader of the code does without
/// them, and the picture is smaller.
pub(crate) fn draw(text: &str) -> String {
    let bare: String = text.chars().filter(|c| *c != '-').collect();
    // The screen is clean and the groups check themselves: the lowest redundancy keeps the picture within 80 columns.
    let code = QrCode::with_error_correction_level(bare, EcLevel::L);
    // Most terminals write light on dark: there the light modules are the ones to fill.
    let draw = |code: QrCode| {
        code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    };
    code.map(draw).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_code_fits_a_terminal() {
        let longest = "0123ABCZ-".repeat(50);
        let picture = draw(&longest);
        assert!(!picture.is_empty());
        assert!(picture.lines().all(|line| line.chars().count() <= 100), "{picture}");
        assert_eq!(draw(&longest), draw(&longest.replace('-', "")));
        assert_eq!(draw(&"A".repeat(10_000)), "");
    }
}
