/** Codes of songs, appended while they are made and joined when a song is whole. */
import type { DatabaseSync } from "node:sqlite";
import type { Codes } from "../inference/engine.ts";
import { atomically } from "./schema.ts";

/** Codes of one level of a song: `from` is the song's index of the first one. */
export interface CodesPiece {
  readonly level: number;
  readonly from: number;
  readonly codes: Uint16Array;
}

export interface CodesStore {
  /** Keeps pieces in one transaction, and up to which second the song was heard. */
  append(song: string, pieces: readonly CodesPiece[], playedSeconds?: number): void;
  /** All codes of a song, by level, as far as they follow one another from the beginning. */
  of(song: string): Codes;
  playedSeconds(job: string): number;
}

/** The codes in this database. */
export function codesIn(database: DatabaseSync): CodesStore {
  const insert = database.prepare("INSERT OR REPLACE INTO codes (song, level, start, codes) VALUES (?, ?, ?, ?)");
  const setPlayed = database.prepare("UPDATE jobs SET heard_seconds = ? WHERE id = ?");
  const select = database.prepare("SELECT level, start, codes FROM codes WHERE song = ? ORDER BY level, start");
  const heard = database.prepare("SELECT heard_seconds FROM jobs WHERE id = ?");
  return {
    append(song, pieces, playedSeconds) {
      atomically(database, () => {
        for (const { level, from, codes } of pieces) insert.run(song, level, from, toBytes(codes));
        if (playedSeconds !== undefined) setPlayed.run(playedSeconds, song);
      });
    },
    of(song) {
      const levels: Uint16Array[][] = [];
      const lengths: number[] = [];
      for (const row of select.all(song)) {
        const level = Number(row.level);
        while (levels.length <= level) lengths[levels.push([]) - 1] = 0;
        if (Number(row.start) !== lengths[level]) continue; // a piece is missing: what follows can't be used
        const codes = fromBytes(row.codes);
        levels[level]?.push(codes);
        lengths[level] = Number(row.start) + codes.length;
      }
      return levels.map(join);
    },
    playedSeconds: (job) => Number(heard.get(job)?.heard_seconds ?? 0),
  };
}

/** Copies all codes of one song to another: how a job gets its prompt. */
export function copyCodes(database: DatabaseSync, from: string, to: string): void {
  database
    .prepare("INSERT INTO codes (song, level, start, codes) SELECT ?, level, start, codes FROM codes WHERE song = ?")
    .run(to, from);
}

/** Stores whole levels of a song that has no codes yet. */
export function storeCodes(database: DatabaseSync, song: string, codes: Codes): void {
  const pieces = codes.map((line, level) => ({ level, from: 0, codes: line }));
  codesIn(database).append(song, pieces);
}

/** The name under which the codes of a song's candidate are kept, from 1 on: "3f2a91c0.2". */
export const candidateId = (song: string, number: number): string => `${song}.${number}`;

/** A song and its candidates: "/" is the character after ".". */
const withCandidates = "(song = ?1 OR song > ?1 || '.' AND song < ?1 || '/')";

/** Replaces the pieces of a song, and of its candidates, by one for each level; returns their bytes. */
export function joinCodes(database: DatabaseSync, song: string): number {
  const codes = codesIn(database);
  const songs = database.prepare(`SELECT DISTINCT song FROM codes WHERE ${withCandidates}`).all(song);
  const whole = songs.map((row) => ({ id: String(row.song), levels: codes.of(String(row.song)) }));
  deleteCodes(database, song);
  for (const { id, levels } of whole) storeCodes(database, id, levels);
  return whole.flatMap(({ levels }) => levels).reduce((bytes, level) => bytes + level.byteLength, 0);
}

/** Forgets the codes of a song and of its candidates. */
export function deleteCodes(database: DatabaseSync, song: string): void {
  database.prepare(`DELETE FROM codes WHERE ${withCandidates}`).run(song);
}

function join(pieces: readonly Uint16Array[]): Uint16Array {
  const whole = new Uint16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const toBytes = (codes: Uint16Array): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(codes.length * 2));
  for (const [index, code] of codes.entries()) bytes.setUint16(index * 2, code, true);
  return new Uint8Array(bytes.buffer);
};

function fromBytes(blob: unknown): Uint16Array {
  if (!(blob instanceof Uint8Array)) throw new TypeError(`codes: expected bytes, got ${typeof blob}`);
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return Uint16Array.from({ length: blob.byteLength >> 1 }, (_, index) => bytes.getUint16(index * 2, true));
}
