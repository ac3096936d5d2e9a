-- The address of a provider's account that another account has: it is only shown, and users.email has a
-- placeholder, which finds nobody by the address.
ALTER TABLE users ADD COLUMN shown_email TEXT;
