//! A line of a script as words and quoted texts.

/// One piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Anything without a space in it.
    Word(String),
    /// What stood between quotes.
    Text(String),
}

impl Token {
    /// As an error names it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("the text '{text}'"),
        }
    }
}

/// A text that was opened and never closed.
pub(super) struct Unclosed(pub(super) String);

/// Splits a line into statements (at `;`) of tokens. What follows a `#` is a comment.
///
/// Texts stand in `'…'`, `"…"` or `«…»`. A `'` between letters is an apostrophe: a text in single
/// quotes ends at the first one that a space, a `;` or the end of the line follows.
pub(super) fn statements(line: &str) -> Result<Vec<Vec<Token>>, Unclosed> {
    let mut statements = vec![Vec::new()];
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '#' => break,
            ';' => {
                statements.push(Vec::new());
                (None, &rest[1..])
            }
            '\'' | '"' | '«' => {
                let (text, left) = text(rest, first).ok_or_else(|| Unclosed(rest.to_owned()))?;
                (Some(Token::Text(text.to_owned())), left)
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(rest.len());
                (Some(Token::Word(rest[..end].to_owned())), &rest[end..])
            }
        };
        statements.last_mut().into_iter().for_each(|statement| statement.extend(token.clone()));
        rest = left.trim_start();
    }
    statements.retain(|statement| !statement.is_empty());
    Ok(statements)
}

/// The text at the start of `rest`, and what follows it.
fn text(rest: &str, opening: char) -> Option<(&str, &str)> {
    let closing = if opening == '«' { '»' } else { opening };
    let inside = &rest[opening.len_utf8()..];
    let ends = |(at, _): &(usize, &str)| {
        let after = inside[at + closing.len_utf8()..].chars().next();
        closing != '\'' || after.is_none_or(|c| c.is_whitespace() || c == ';')
    };
    let (at, _) = inside.match_indices(closing).find(ends)?;
    Some((&inside[..at], &inside[at + closing.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<Vec<String>> {
        let all = statements(line).unwrap_or_else(|_| panic!("unclosed: {line}"));
        all.iter().map(|tokens| tokens.iter().map(Token::shown).collect()).collect()
    }

    #[test]
    fn an_apostrophe_does_not_end_a_text() {
        assert_eq!(
            split("ana asks q1 'Dov'è l'asilo?' # poi"),
            [["`ana`", "`asks`", "`q1`", "the text 'Dov'è l'asilo?'"]]
        );
        assert_eq!(split("x «un po' d'acqua» \"sì\"")[0].len(), 3);
    }

    #[test]
    fn statements_are_parted_by_semicolons_outside_of_texts() {
        assert_eq!(split("mod opens; ana asks q1 'a;b'; ;").len(), 2);
        assert!(split("   # nothing").is_empty());
        assert!(statements("ana asks q1 'Quando").is_err());
    }
}
