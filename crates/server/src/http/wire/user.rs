//! **User**, as administrators see one, and the part of it that appears in a ticket.

use domain::User;
use serde::{Deserialize, Serialize};
use store::UserBrief;
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{OriginWord, RoleWord, Time, Word, given};

/// A person who can log in; never with a password hash.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserBody {
    id: Uuid,
    email: String,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    role: RoleWord,
    /// `PROVIDER`: the person logs in at the company's identity provider, which decides the role.
    origin: OriginWord,
    created_at: Time,
    updated_at: Time,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            phone: user.phone,
            role: Word(user.role),
            origin: Word(user.origin),
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
        }
    }
}

/// A person as administrators see them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    #[serde(flatten)]
    user: UserBody,
    /// Since when the account cannot log in; null while it can.
    disabled_at: Option<Time>,
}

impl From<User> for AccountBody {
    fn from(user: User) -> Self {
        Self { disabled_at: user.disabled_at.map(Time), user: user.into() }
    }
}

/// Fields that are left out do not change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChanges)]
pub(crate) struct AccountChanges {
    #[serde(default, deserialize_with = "given")]
    #[schema(inline)]
    pub(crate) role: Option<RoleWord>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) disabled: Option<bool>,
}

/// A person as tickets show them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserBrief)]
pub(crate) struct UserBriefBody {
    id: Uuid,
    email: String,
    first_name: String,
    last_name: String,
}

impl From<UserBrief> for UserBriefBody {
    fn from(user: UserBrief) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) user: UserBody,
    /// A JWT, to be sent as `Authorization: Bearer …`.
    pub(crate) token: String,
    /// To be sent once to `/auth/refresh`; only where `SEATWIRE_REFRESH_TTL` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RefreshForm)]
pub(crate) struct RefreshForm {
    pub(crate) refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Registration {
    pub(crate) email: String,
    /// 8 to 128 characters.
    pub(crate) password: String,
    /// Default: none. If it is given, it must have visible characters.
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone: Option<String>,
    /// Only an ADMIN may give it; from others it is refused.
    #[schema(inline)]
    pub(crate) role: Option<RoleWord>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordChange {
    pub(crate) old_password: String,
    /// 8 to 128 characters, and none of the common ones.
    pub(crate) new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) email: String,
    pub(crate) password: String,
    /// For staff who have a second factor: six digits from their phone, or a recovery code.
    pub(crate) code: Option<String>,
}
