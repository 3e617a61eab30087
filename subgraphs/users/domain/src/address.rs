//! Postal addresses.

use crate::Country;
use crate::name::is_unprintable;

/// The most addresses of one account.
pub const MAX_ADDRESSES: usize = 20;

/// An address as somebody wrote it.
#[derive(Clone, Debug, Default)]
pub struct AddressForm {
    /// Who receives.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, company.
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State, province, county.
    pub region: Option<String>,
    /// Postal code; some countries have none.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// For the carrier.
    pub phone: Option<String>,
}

/// An address that a parcel can be sent to, as far as form can tell: runs of space are one space,
/// empty options are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Who receives: 1 to 100 characters.
    pub name: String,
    /// Street and number: 1 to 200 characters.
    pub line1: String,
    /// Flat, floor, company: at most 200 characters.
    pub line2: Option<String>,
    /// Town: 1 to 100 characters.
    pub city: String,
    /// State, province, county: at most 100 characters.
    pub region: Option<String>,
    /// Postal code, upper case: at most 16 letters, digits, spaces and hyphens.
    pub postal_code: Option<String>,
    /// The country.
    pub country: Country,
    /// 5 to 20 digits with an optional `+`, spaces, hyphens, dots and brackets between.
    pub phone: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRefusal {
    /// The field's name in `AddressForm`.
    pub field: &'static str,
    /// What to write instead.
    pub message: String,
}

impl Address {
    /// Checks every field; the error lists each one that is refused.
    pub fn parse(form: &AddressForm) -> Result<Self, Vec<FieldRefusal>> {
        let mut refusals = Vec::new();
        let mut text = |field, text: &str, most, required| match tidy(text, most, required) {
            Ok(text) => text,
            Err(message) => {
                refusals.push(FieldRefusal { field, message });
                String::new()
            }
        };
        let name = text("name", &form.name, 100, true);
        let line1 = text("line1", &form.line1, 200, true);
        let line2 = text(
            "line2",
            form.line2.as_deref().unwrap_or_default(),
            200,
            false,
        );
        let city = text("city", &form.city, 100, true);
        let region = text(
            "region",
            form.region.as_deref().unwrap_or_default(),
            100,
            false,
        );
        let postal_code = text(
            "postalCode",
            form.postal_code.as_deref().unwrap_or_default(),
            16,
            false,
        );
        let phone = text(
            "phone",
            form.phone.as_deref().unwrap_or_default(),
            40,
            false,
        );
        let postal_char = |char: char| char.is_ascii_alphanumeric() || char == ' ' || char == '-';
        if !postal_code.chars().all(postal_char) {
            let message = "a postal code has letters, digits, spaces and hyphens".to_owned();
            refusals.push(FieldRefusal {
                field: "postalCode",
                message,
            });
        }
        if !phone.is_empty() && !is_phone(&phone) {
            let message = "write a phone number such as +49 30 123456".to_owned();
            refusals.push(FieldRefusal {
                field: "phone",
                message,
            });
        }
        let country = Country::parse(&form.country);
        if country.is_none() {
            let message = "write the two letters of ISO 3166-1, such as DE".to_owned();
            refusals.push(FieldRefusal {
                field: "country",
                message,
            });
        }
        match country {
            Some(country) if refusals.is_empty() => Ok(Self {
                name,
                line1,
                line2: optional(line2),
                city,
                region: optional(region),
                postal_code: optional(postal_code.to_ascii_uppercase()),
                country,
                phone: optional(phone),
            }),
            _ => Err(refusals),
        }
    }

    /// The form that gives this address again.
    pub fn to_form(&self) -> AddressForm {
        AddressForm {
            name: self.name.clone(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            region: self.region.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.code().to_owned(),
            phone: self.phone.clone(),
        }
    }
}

fn optional(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn tidy(text: &str, most: usize, required: bool) -> Result<String, String> {
    let tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if required && tidied.is_empty() {
        return Err("this is needed".to_owned());
    }
    if tidied.chars().count() > most {
        return Err(format!("at most {most} characters"));
    }
    if tidied.chars().any(is_unprintable) {
        return Err("no control characters".to_owned());
    }
    Ok(tidied)
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (5..=20).contains(&digits)
        && number
            .chars()
            .all(|char| char.is_ascii_digit() || " -.()/".contains(char))
}
