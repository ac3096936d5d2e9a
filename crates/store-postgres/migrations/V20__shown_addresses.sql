-- The address of a provider's account that another account has: it is only shown, and users.email has a
-- placeholder, which finds nobody by the address.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE users ADD COLUMN shown_email text;

-- A server of the version before, beside which this one may stand for a while, deletes accounts without it.
CREATE FUNCTION forget_shown_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.shown_email := NULL;
    DELETE FROM user_words WHERE user_id = NEW.id;
    RETURN NEW;
END
$$;
CREATE TRIGGER forget_shown_email BEFORE UPDATE ON users
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND NEW.shown_email IS NOT NULL)
    EXECUTE FUNCTION forget_shown_email();
