//! Delivery addresses: loose enough for every country, strict enough that a parcel can arrive.

use serde::{Deserialize, Serialize};

/// The codes of ISO 3166-1 alpha-2, one after the other.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL\
    CMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEIL\
    IMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNA\
    NCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTG\
    THTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// An address that may be on its way to a parcel. Made by [`AddressDraft::check`] only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Who receives it.
    pub name: String,
    /// Street and house number.
    pub line1: String,
    /// Flat, floor, company.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State, province or county, where the country has them.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2 code in capitals.
    pub country: String,
    /// A telephone number for the carrier.
    pub phone: Option<String>,
}

/// An address as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct AddressDraft {
    /// See [`Address::name`].
    pub name: String,
    /// See [`Address::line1`].
    pub line1: String,
    /// See [`Address::line2`].
    pub line2: Option<String>,
    /// See [`Address::city`].
    pub city: String,
    /// See [`Address::region`].
    pub region: Option<String>,
    /// See [`Address::postal_code`].
    pub postal_code: String,
    /// See [`Address::country`]; any case.
    pub country: String,
    /// See [`Address::phone`].
    pub phone: Option<String>,
}

/// What is wrong with one field of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AddressFault {
    /// The field, in the spelling of the API: `postalCode`.
    pub field: &'static str,
    /// What to change.
    pub message: String,
}

impl AddressDraft {
    /// The address, trimmed; or everything that is wrong with it.
    pub fn check(self) -> Result<Address, Vec<AddressFault>> {
        let mut faults = Vec::new();
        let address = Address {
            name: required("name", &self.name, 100, &mut faults),
            line1: required("line1", &self.line1, 200, &mut faults),
            line2: optional("line2", self.line2.as_deref(), 200, &mut faults),
            city: required("city", &self.city, 100, &mut faults),
            region: optional("region", self.region.as_deref(), 100, &mut faults),
            postal_code: required("postalCode", &self.postal_code, 16, &mut faults),
            country: country(&self.country, &mut faults),
            phone: phone(self.phone.as_deref(), &mut faults),
        };
        if faults.is_empty() {
            Ok(address)
        } else {
            Err(faults)
        }
    }
}

fn required(
    field: &'static str,
    text: &str,
    most: usize,
    faults: &mut Vec<AddressFault>,
) -> String {
    if text.trim().is_empty() {
        faults.push(AddressFault {
            field,
            message: format!("{field} is missing"),
        });
    }
    bounded(field, text, most, faults)
}

fn optional(
    field: &'static str,
    text: Option<&str>,
    most: usize,
    faults: &mut Vec<AddressFault>,
) -> Option<String> {
    text.map(|text| bounded(field, text, most, faults))
        .filter(|text| !text.is_empty())
}

fn bounded(field: &'static str, text: &str, most: usize, faults: &mut Vec<AddressFault>) -> String {
    let text = text.trim();
    if text.chars().count() > most {
        faults.push(AddressFault {
            field,
            message: format!("{field} has more than {most} characters"),
        });
        return String::new();
    }
    if text.chars().any(char::is_control) {
        faults.push(AddressFault {
            field,
            message: format!("{field} holds a control character or a line break"),
        });
    }
    text.to_owned()
}

fn country(text: &str, faults: &mut Vec<AddressFault>) -> String {
    let code = text.trim().to_ascii_uppercase();
    let known = code.len() == 2
        && COUNTRIES
            .as_bytes()
            .chunks_exact(2)
            .any(|known| known == code.as_bytes());
    if !known {
        let message = "country is not an ISO 3166-1 code of two letters such as DE".to_owned();
        faults.push(AddressFault {
            field: "country",
            message,
        });
        return String::new();
    }
    code
}

fn phone(text: Option<&str>, faults: &mut Vec<AddressFault>) -> Option<String> {
    let phone = optional("phone", text, 32, faults)?;
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let plain = phone
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '/' | '.'));
    if !plain || !(4..=15).contains(&digits) {
        let message = "phone is not a telephone number such as +49 30 901820".to_owned();
        faults.push(AddressFault {
            field: "phone",
            message,
        });
    }
    Some(phone)
}
