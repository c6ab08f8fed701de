//! The parameters of a query, each known by its name. Pure.
//!
//! A parameter that a route does not have, or that is there twice, is refused by name: a filter that is
//! ignored would show other orders than those that were asked for.

use api::{Problem, ProblemCode};

/// The parameters that a request has.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: &'static [&'static str],
}

impl Query {
    /// Takes the decoded parameters, if all of them are among the known ones.
    pub(crate) fn new(
        pairs: Option<Vec<(String, String)>>,
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        let query = Self { pairs: Vec::new(), known };
        let pairs = pairs.ok_or_else(|| query.refuse("The query cannot be read."))?;
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(query.refuse(&format!("There is no parameter `{name}`.")));
            }
            if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(query.refuse(&format!("The parameter `{name}` is there twice.")));
            }
        }
        Ok(Self { pairs, ..query })
    }

    /// The names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of this parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of this parameter, read by `parse`. `what` says what it must be.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match parse(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.unreadable(name, value, what)),
        }
    }

    #[inline(never)]
    fn unreadable(&self, name: &str, value: &str, what: &str) -> Problem {
        self.refuse(&format!("`{name}={value}` cannot be read: it must be {what}."))
    }

    /// How many entries a page has: `limit`, or `unless_said`.
    pub(crate) fn limit(&self, unless_said: u32, most: u32) -> Result<u32, Problem> {
        let what = format!("a number from 1 to {most}");
        let read =
            self.read("limit", &what, |text| whole(text).filter(|limit| (1..=most).contains(limit)))?;
        Ok(read.unwrap_or(unless_said))
    }

    /// The problem, with the parameters that there are.
    pub(crate) fn refuse(&self, why: &str) -> Problem {
        let detail = match self.known {
            [] => format!("{why} This route takes no parameters."),
            known => format!("{why} The parameters are {}.", known.join(", ")),
        };
        Problem::new(ProblemCode::InvalidQuery, detail)
    }
}

/// A whole number without a sign.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Option<T> {
    Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Result<Query, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Query::new(Some(pairs), &["limit", "state"]).map_err(|problem| problem.detail)
    }

    #[test]
    fn what_is_unknown_or_there_twice_is_refused_by_name_with_what_there_is() {
        for (pairs, why) in [
            (&[("page", "2")][..], "There is no parameter `page`."),
            (&[("State", "paid")], "There is no parameter `State`."),
            (&[("limit", "1"), ("state", "paid"), ("limit", "1")], "The parameter `limit` is there twice."),
        ] {
            let detail = query(pairs).unwrap_err();
            assert_eq!(detail, format!("{why} The parameters are limit, state."));
        }
        let unreadable = Query::new(None, &[]).unwrap_err().detail;
        assert_eq!(unreadable, "The query cannot be read. This route takes no parameters.");
    }

    #[test]
    fn a_limit_is_a_number_within_its_bounds() {
        let limit =
            |text| query(&[("limit", text)]).unwrap().limit(50, 200).map_err(|problem| problem.detail);
        assert_eq!(limit("200"), Ok(200));
        assert_eq!(query(&[]).unwrap().limit(50, 200), Ok(50));
        for bad in ["", "0", "201", "-1", "+5", "1e2", "99999999999", "all"] {
            assert!(limit(bad).unwrap_err().contains("must be a number from 1 to 200"), "{bad}");
        }
    }
}
