/** The store's tables, as a ladder: each step leads from one version to the next, and a new store takes all of them. */

const orderAndReply = `json_patch(
    json_object(
      'order', json_remove(request, '$.reply', '$.warning'),
      'reply', json_extract(request, '$.reply')
    ),
    json_object('warning', json_extract(request, '$.warning'))
  )`;

/**
 * `song` is the id of a job and of the clip it becomes. Codes are little-endian unsigned 16-bit numbers. A step that was released
 * never changes: what is to be different gets a step of its own.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, request TEXT NOT NULL,
    heard_seconds REAL NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE codes (
    song TEXT NOT NULL, level INTEGER NOT NULL, start INTEGER NOT NULL, codes BLOB NOT NULL,
    PRIMARY KEY (song, level, start)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE clips (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    guild TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, message TEXT,
    state TEXT NOT NULL CHECK (state IN ('kept', 'posted', 'dropped')),
    request TEXT NOT NULL, seconds REAL NOT NULL, peaks TEXT NOT NULL, path TEXT NOT NULL,
    bytes INTEGER NOT NULL, created INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX clips_by_message ON clips (guild, message) WHERE message IS NOT NULL;
  CREATE INDEX clips_by_channel ON clips (guild, channel, place);
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,

  // Labels follow from a song's words, and a lock tells which process writes songs.
  `UPDATE jobs SET request = json_remove(request, '$.labels') WHERE json_valid(request);
  UPDATE clips SET request = json_remove(request, '$.labels') WHERE json_valid(request);
  DELETE FROM settings WHERE key = 'process';`,

  // What to generate is kept apart from where the answer goes. Merging with a warning that is null leaves it out.
  `UPDATE jobs SET request = ${orderAndReply} WHERE json_valid(request) AND json_type(request, '$.song') = 'object';
  UPDATE clips SET request = ${orderAndReply} WHERE json_valid(request) AND json_type(request, '$.song') = 'object';`,
];
