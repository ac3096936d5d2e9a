//! What was done, in the word that a row has for it.

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    Created => "created",
    Changed => "changed",
    Deleted => "deleted",
    Booked => "booked",
    Sold => "sold",
    Paid => "paid",
    Confirmed => "confirmed",
    Moved => "moved",
    Suspended => "suspended",
    Cancelled => "cancelled",
    /// Cancelled, and its money goes back.
    Refunded => "refunded",
    Expired => "expired",
    Held => "held",
    Extended => "extended",
    Released => "released",
    Blocked => "blocked",
    Lifted => "lifted",
    Delayed => "delayed",
    Disabled => "disabled",
    Enabled => "enabled",
    PasswordChanged => "password_changed",
    TokenGiven => "token_given",
    TokenRevoked => "token_revoked",
    EmailVerified => "email_verified",
    TotpEnabled => "totp_enabled",
    TotpDisabled => "totp_disabled",
    /// Used in place of a code from the telephone.
    RecoveryCodeUsed => "recovery_code_used",
    /// The viewers of an account or a route were disconnected.
    Disconnected => "disconnected",
    /// A notice was sent to them.
    Notified => "notified",
    /// Staff have seen personal data outside their own sales.
    Read => "read",
}
