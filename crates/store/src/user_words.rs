//! The words that an account is found by: texts of `user_words`, in the spelling of [`CityKey`].
//!
//! The e-mail address is found by its beginning, and so are names while they are stored as they
//! are. With a data key a name is a keyed hash, found by the whole of it: hashes of beginnings
//! would show a thief of the file nearly as much as the names.

use domain::{CityKey, User};

use crate::DataKeys;

const NAME: &str = "name";

impl DataKeys {
    /// Those to be written for an account.
    pub fn words(&self, user: &User) -> Vec<String> {
        let names = names(user).map(|name| {
            self.lookup(NAME, name.as_str()).unwrap_or_else(|| name.as_str().to_owned())
        });
        once(email(user), names)
    }

    /// All that may have been written for it, with any key.
    pub fn words_ever(&self, user: &User) -> Vec<String> {
        let names = names(user).flat_map(|name| self.lookups(NAME, name.as_str()));
        once(email(user), names)
    }

    /// The texts under which a whole name may stand there.
    pub fn name_lookups(&self, name: &CityKey) -> Vec<String> {
        self.lookups(NAME, name.as_str())
    }
}

fn email(user: &User) -> String {
    CityKey::new(&user.email).as_str().to_owned()
}

fn names(user: &User) -> impl Iterator<Item = CityKey> {
    let whole = format!("{} {}", user.first_name, user.last_name);
    let names = [&user.first_name, &user.last_name, &whole].map(|text| CityKey::new(text));
    names.into_iter().filter(|name| !name.as_str().is_empty())
}

fn once(email: String, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = std::iter::once(email).chain(names).collect();
    words.sort_unstable();
    words.dedup();
    words
}
