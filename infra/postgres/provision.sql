-- name: wait_for_others
-- Provision one after the other: the server goes on with what a client asked for and did not live to see.
SELECT pg_advisory_lock(hashtext('seikyu.provision'));

-- name: missing_roles
-- Which of the given roles the cluster does not have.
SELECT name FROM unnest($1::text[]) AS given(name)
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = given.name);

-- name: create_role
-- The statement that makes a login role with nothing but its own password.
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD %L', $1::text, $2::text);

-- name: set_password
-- The statement that gives a role the password kept in the state folder.
SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text);

-- name: database_exists
-- Whether a database of that name is there.
SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1::text);

-- name: create_database
-- The statement that makes a service's database: its owner's, bytes compared as bytes.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''', $1::text, $2::text);

-- name: close_database
-- The statement that takes every right on a database from everybody.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text);

-- name: open_database
-- The statement that lets one role connect to a database.
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', $1::text, $2::text);

-- name: close_schema
-- Takes the schema every role may look into from everybody.
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- name: open_schema
-- The statement that lets a service's role look into the schema.
SELECT format('GRANT USAGE ON SCHEMA public TO %I', $1::text);

-- name: drop_database
-- The statement that removes a database and whoever is connected to it.
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text);

-- name: drop_role
-- The statement that removes a role.
SELECT format('DROP ROLE IF EXISTS %I', $1::text);
