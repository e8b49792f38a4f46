import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from './error.ts'

/** "lblg": tells our files from those of other programs. */
const APPLICATION_ID = 0x6c_62_6c_67

/**
 * Each brings a file from the version before to the next; none is changed once released. What is told to others is
 * written by triggers, so that no write, cascade or hand-typed statement can forget it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email TEXT NOT NULL,
    groups TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    password_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    parent TEXT REFERENCES session (id) ON DELETE CASCADE,
    host TEXT,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    identity TEXT NOT NULL,
    authentication TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX session_parent ON session (parent) WHERE parent IS NOT NULL;
  CREATE INDEX session_person ON session (issuer, subject);
  CREATE TABLE mark (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    user TEXT,
    address TEXT,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL) STRICT;

  CREATE TRIGGER account_added AFTER INSERT ON account
    BEGIN INSERT INTO changes (kind, key) VALUES ('account', NEW.name); END;
  CREATE TRIGGER account_changed AFTER UPDATE ON account
    BEGIN INSERT INTO changes (kind, key) VALUES ('account', NEW.name); END;
  CREATE TRIGGER account_renamed AFTER UPDATE OF name ON account WHEN NEW.name <> OLD.name
    BEGIN INSERT INTO changes (kind, key) VALUES ('account', OLD.name); END;
  CREATE TRIGGER account_removed AFTER DELETE ON account
    BEGIN INSERT INTO changes (kind, key) VALUES ('account', OLD.name); END;
  CREATE TRIGGER session_added AFTER INSERT ON session
    BEGIN INSERT INTO changes (kind, key) VALUES ('session', NEW.id); END;
  CREATE TRIGGER session_changed AFTER UPDATE OF parent, host, identity, authentication, created_at ON session
    BEGIN INSERT INTO changes (kind, key) VALUES ('session', NEW.id); END;
  CREATE TRIGGER session_removed AFTER DELETE ON session
    BEGIN INSERT INTO changes (kind, key) VALUES ('session', OLD.id); END;
  `,
  `
  CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    apps TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used INTEGER
  ) STRICT;
  CREATE INDEX token_account ON token (account);

  CREATE TRIGGER token_added AFTER INSERT ON token
    BEGIN INSERT INTO changes (kind, key) VALUES ('token', NEW.id); END;
  CREATE TRIGGER token_changed AFTER UPDATE OF account, name, apps, created_at, expires_at ON token
    BEGIN INSERT INTO changes (kind, key) VALUES ('token', NEW.id); END;
  CREATE TRIGGER token_removed AFTER DELETE ON token
    BEGIN INSERT INTO changes (kind, key) VALUES ('token', OLD.id); END;
  `,
  `
  CREATE TABLE session_grant (
    session TEXT PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    sid TEXT,
    sealed TEXT NOT NULL,
    renewed_at INTEGER NOT NULL,
    renew_at INTEGER
  ) STRICT;
  CREATE INDEX grant_due ON session_grant (renew_at) WHERE renew_at IS NOT NULL;
  CREATE INDEX grant_sid ON session_grant (provider, sid) WHERE sid IS NOT NULL;
  `,
  `
  ALTER TABLE session_grant ADD COLUMN access_token TEXT;
  ALTER TABLE session_grant ADD COLUMN id_token TEXT;
  `,
]

/** Makes the file ours where it is new, brings it up to date where it is older, and throws where it is neither. */
export function prepareSchema(db: DatabaseSync, path: string, now: number): void {
  // Looked at before anything is set, so that another program's file stays as it was.
  if (versionOf(db, path) < MIGRATIONS.length) migrate(db, path, now)
  db.exec('PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF')
}

function migrate(db: DatabaseSync, path: string, now: number): void {
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE')
  try {
    // Again, now that nobody else can write: two processes may start at once.
    const version = versionOf(db, path)
    if (version === 0) {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
      db.exec('CREATE TABLE migration (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT')
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version) continue
      db.exec(sql)
      db.prepare('INSERT INTO migration (version, applied_at) VALUES (?, ?)').run(index + 1, now)
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** 0 for an empty file. */
function versionOf(db: DatabaseSync, path: string): number {
  const [id, tables] = [number(db, 'PRAGMA application_id'), number(db, 'SELECT count(*) FROM sqlite_schema')]
  if (tables === 0 && id === 0) return 0
  if (id !== APPLICATION_ID) {
    throw new StoreError('foreign', `${path} belongs to another program: choose another LABELGATE_DATA_DIR`)
  }
  const version = number(db, 'SELECT max(version) FROM migration')
  if (version > MIGRATIONS.length) {
    const reads = `this one reads up to version ${MIGRATIONS.length}`
    throw new StoreError('newer', `${path} was written by a newer labelgate (version ${version}; ${reads}): update it`)
  }
  return version
}

function number(db: DatabaseSync, sql: string): number {
  const [value] = Object.values(db.prepare(sql).get() ?? {})
  return Number(value ?? 0)
}
