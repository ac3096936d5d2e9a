-- Where the person of an account shows who they are: here (OWN), or at the company's identity provider
-- (PROVIDER). Until now only the id said so: those of the provider's accounts are UUIDs of version 8.
ALTER TABLE users ADD COLUMN origin TEXT NOT NULL DEFAULT 'OWN';
UPDATE users SET origin = 'PROVIDER' WHERE substr(hex(id), 13, 1) = '8';
