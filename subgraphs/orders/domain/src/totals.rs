//! What a purchase comes to. A pure function of lines and rules; the rules are data.

use money::{Currency, Money, MoneyError};
use serde::{Deserialize, Serialize};

/// The rules of a purchase: one flat rate for shipping, one rate of tax on goods and shipping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What everything is priced in.
    pub currency: Currency,
    /// What shipping costs.
    pub shipping: Money,
    /// From this subtotal on shipping costs nothing; never when absent.
    pub free_shipping_from: Option<Money>,
    /// Tax in ten-thousandths: 850 is 8.5 %.
    pub tax_basis_points: u32,
}

/// What a purchase comes to. `total` is the sum of the three others, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The lines together.
    pub subtotal: Money,
    /// Shipping.
    pub shipping: Money,
    /// Tax on lines and shipping.
    pub tax: Money,
    /// What there is to pay.
    pub total: Money,
}

/// What one line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAmounts {
    /// Unit price times quantity.
    pub subtotal: Money,
    /// The line's part of the tax. The parts of all lines and that of shipping sum to the whole tax.
    pub tax: Money,
}

/// Totals of lines given as unit price and quantity, and the amounts of each line in the same order. Nothing costs
/// nothing: without lines there is no shipping either. Fails when an amount overflows or has another currency.
pub fn totals(
    lines: &[(Money, u32)],
    rules: &Rules,
) -> Result<(Totals, Vec<LineAmounts>), MoneyError> {
    let zero = Money::zero(rules.currency);
    let mut subtotal = zero;
    let mut taxed = zero;
    let mut amounts = Vec::with_capacity(lines.len());
    for (price, quantity) in lines {
        let line = price.times(*quantity)?;
        subtotal = subtotal.checked_add(line)?;
        // The tax of what has come so far less what was counted before it: rounding can never lose a unit.
        let so_far = subtotal.basis_points(rules.tax_basis_points)?;
        amounts.push(LineAmounts {
            subtotal: line,
            tax: so_far.checked_sub(taxed)?,
        });
        taxed = so_far;
    }
    let free = lines.is_empty()
        || rules
            .free_shipping_from
            .is_some_and(|from| subtotal.units() >= from.units());
    let shipping = if free { zero } else { rules.shipping };
    let taxable = subtotal.checked_add(shipping)?;
    let tax = taxable.basis_points(rules.tax_basis_points)?;
    Ok((
        Totals {
            subtotal,
            shipping,
            tax,
            total: taxable.checked_add(tax)?,
        },
        amounts,
    ))
}
