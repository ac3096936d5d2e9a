-- Where the person of an account shows who they are: here (OWN), or at the company's identity provider
-- (PROVIDER). Until now only the id said so: those of the provider's accounts are UUIDs of version 8.
SET LOCAL lock_timeout = '200ms';
-- Both tables that change, before the accounts are gone through: not to do that again for the second one.
LOCK TABLE users, mail_tokens IN ACCESS EXCLUSIVE MODE;

ALTER TABLE users ADD COLUMN origin text NOT NULL DEFAULT 'OWN';
UPDATE users SET origin = 'PROVIDER' WHERE substr(id::text, 15, 1) = '8';

-- A server of the version before, beside which this one may stand for a while, makes accounts without it.
ALTER TABLE users ALTER COLUMN origin DROP DEFAULT;
CREATE FUNCTION origin_by_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.origin := CASE WHEN substr(NEW.id::text, 15, 1) = '8' THEN 'PROVIDER' ELSE 'OWN' END;
    RETURN NEW;
END
$$;
CREATE TRIGGER origin_by_id BEFORE INSERT ON users
    FOR EACH ROW WHEN (NEW.origin IS NULL) EXECUTE FUNCTION origin_by_id();
