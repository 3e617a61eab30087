//! E-mail addresses, passwords, names and postal addresses.

use proptest::prelude::*;
use users_domain::{
    Address, AddressForm, Country, DisplayName, Email, EmailRefusal, NameRefusal, PasswordRefusal,
    check_password,
};

#[test]
fn emails_are_normalised() {
    for (text, normal) in [
        ("ada@example.com", "ada@example.com"),
        (
            "  Ada.Lovelace+Shop@Example.COM ",
            "ada.lovelace+shop@example.com",
        ),
        ("o'neill@mail.example.co.uk", "o'neill@mail.example.co.uk"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ] {
        assert_eq!(Email::parse(text).unwrap().as_str(), normal);
    }
}

#[test]
fn what_is_no_email_is_refused() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    let long_label = format!("a@{}.com", "b".repeat(64));
    for text in [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "a b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a@-b.com",
        "a@b-.com",
        "a@b..com",
        "a@.com",
        "a@b.c_m",
        "a@1.2.3.4",
        "\"a\"@example.com",
        "a@example.com\u{0}",
        "a\n@example.com",
        &long_local,
        &long_label,
    ] {
        assert_eq!(Email::parse(text), Err(EmailRefusal::Malformed), "{text:?}");
    }
    assert_eq!(Email::parse("ä@example.com"), Err(EmailRefusal::NotAscii));
    assert_eq!(
        Email::parse(&"a".repeat(1_000_000)),
        Err(EmailRefusal::TooLong)
    );
    assert_eq!(
        format!("{:?}", Email::parse("ada@example.com").unwrap()),
        "Email(…)"
    );
}

#[test]
fn passwords_are_judged_by_length_and_fame() {
    let email = Email::parse("ada.lovelace@example.com").unwrap();
    let check = |password: &str| check_password(password, &email);
    assert_eq!(check("correct horse"), Ok(()));
    assert_eq!(check("пароль-длинный"), Ok(()));
    assert_eq!(check("ninechars"), Err(PasswordRefusal::TooShort));
    assert_eq!(check(&"ab".repeat(65)), Err(PasswordRefusal::TooLong));
    assert_eq!(check("Password123"), Err(PasswordRefusal::TooCommon));
    assert_eq!(check("aaaaaaaaaaaa"), Err(PasswordRefusal::TooCommon));
    assert_eq!(check("ADA.LOVELACE"), Err(PasswordRefusal::SameAsEmail));
    assert_eq!(
        check("ada.lovelace@example.com"),
        Err(PasswordRefusal::SameAsEmail)
    );
}

#[test]
fn names_are_trimmed_and_bounded() {
    assert_eq!(DisplayName::parse("  Ada  ").unwrap().as_str(), "Ada");
    assert_eq!(DisplayName::parse(" \t"), Err(NameRefusal::Empty));
    assert_eq!(
        DisplayName::parse(&"é".repeat(81)),
        Err(NameRefusal::TooLong)
    );
    assert!(DisplayName::parse(&"é".repeat(80)).is_ok());
    for text in ["a\u{0}b", "a\nb", "a\u{202E}b"] {
        assert_eq!(
            DisplayName::parse(text),
            Err(NameRefusal::Control),
            "{text:?}"
        );
    }
}

fn form() -> AddressForm {
    AddressForm {
        name: " Ada   Lovelace ".to_owned(),
        line1: "12 St James's Square".to_owned(),
        line2: Some("  ".to_owned()),
        city: "London".to_owned(),
        region: None,
        postal_code: Some("sw1y 4jh".to_owned()),
        country: "gb".to_owned(),
        phone: Some("+44 (20) 7946-0000".to_owned()),
    }
}

#[test]
fn addresses_are_tidied() {
    let address = Address::parse(&form()).unwrap();
    assert_eq!(address.name, "Ada Lovelace");
    assert_eq!(address.line2, None);
    assert_eq!(address.postal_code.as_deref(), Some("SW1Y 4JH"));
    assert_eq!(address.country.code(), "GB");
    assert_eq!(Address::parse(&address.to_form()), Ok(address));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = AddressForm {
        name: String::new(),
        line1: " ".to_owned(),
        line2: Some("a\u{7}".to_owned()),
        city: "c".repeat(101),
        region: Some("r".repeat(101)),
        postal_code: Some("<script>".to_owned()),
        country: "XX".to_owned(),
        phone: Some("call me".to_owned()),
    };
    let fields: Vec<_> = Address::parse(&wrong)
        .unwrap_err()
        .into_iter()
        .map(|refusal| refusal.field)
        .collect();
    let all = [
        "name",
        "line1",
        "line2",
        "city",
        "region",
        "postalCode",
        "phone",
        "country",
    ];
    assert_eq!(fields.len(), all.len());
    assert!(all.iter().all(|field| fields.contains(field)), "{fields:?}");
}

#[test]
fn countries_are_those_of_iso_3166() {
    assert_eq!(Country::parse(" de ").unwrap().code(), "DE");
    for text in ["", "D", "DEU", "XX", "UK", "D E", "DE FR"] {
        assert_eq!(Country::parse(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn an_email_parses_to_itself(text in "[A-Za-z0-9.+_-]{1,20}@[A-Za-z0-9.-]{1,20}\\.[A-Za-z]{2,5}") {
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email.clone());
            prop_assert_eq!(Email::parse(&text.to_uppercase()).unwrap(), email);
        }
    }

    #[test]
    fn no_text_breaks_a_parser(text in any::<String>()) {
        let email = Email::parse("ada@example.com").unwrap();
        let _ = (Email::parse(&text), DisplayName::parse(&text), Country::parse(&text));
        let _ = check_password(&text, &email);
        let form = AddressForm { name: text.clone(), line1: text.clone(), city: text.clone(), postal_code: Some(text.clone()), phone: Some(text), country: "DE".to_owned(), ..AddressForm::default() };
        if let Ok(address) = Address::parse(&form) {
            prop_assert_eq!(Address::parse(&address.to_form()), Ok(address));
        }
    }
}
