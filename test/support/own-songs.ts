/** A user's folder of songs: one of each format with its own kind of tags, sidecars, and files that are no songs. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { id3v2, taggedFlac, taggedOgg, taggedWav, textFrame } from "./tags.ts";
import { wavBytes } from "./wav.ts";

const fixtures = join(import.meta.dirname, "..", "audio", "fixtures");
export const soundFixture = (name: string): Buffer => readFileSync(join(fixtures, name));

/** Writes the folder; five of its files are songs, each less than a second long. */
export function writeOwnSongs(folder: string): void {
  mkdirSync(join(folder, "album"), { recursive: true });
  const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, name), bytes);
  const mp3 = id3v2(3, [textFrame("TPE1", "The Tins", 1), textFrame("TCON", "(17)", 0), textFrame("TYER", "1971", 0)]);
  write("tins.mp3", Buffer.concat([mp3, soundFixture("untagged.mp3")]));
  write(
    "album/tins 2.flac",
    taggedFlac(soundFixture("stereo.flac"), [
      ["ARTIST", "the tins"],
      ["GENRE", "rock"],
      ["ALBUM", "Lids"],
    ]),
  );
  write(
    "owls.ogg",
    taggedOgg(soundFixture("mono.ogg"), "\x03vorbis", [
      ["ARTIST", "Owls"],
      ["GENRE", "jazz"],
      ["GENRE", "bop"],
    ]),
  );
  write(
    "owls.opus",
    taggedOgg(soundFixture("mono-60.opus"), "OpusTags", [
      ["ARTIST", "Wrong"],
      ["GENRE", "jazz"],
      ["DATE", "9999"],
    ]),
  );
  write("plain.wav", taggedWav(soundFixture("mono-24.wav"), [["INAM", "Plain"]]));
  write("silent.wav", wavBytes(22_050, [new Float32Array(22_050)]));
  write("short.wav", wavBytes(22_050, [new Float32Array(2205).fill(0.5)]));
  write("broken.flac", soundFixture("stereo.flac").subarray(0, 9000));
  write("other.m4a", soundFixture("other.m4a"));
  write("album/again.mp3", Buffer.concat([mp3, soundFixture("untagged.mp3")]));
  write("doubt.mp3", soundFixture("stereo.mp3"));
  write("doubt.json", "{ no");
  write("cover.jpg", "a picture");
  symlinkSync("/", join(folder, "everything"));
  const words = `"[[""hoo"",0.1,0.2],[""hoo"",0.2,0.3]]"`;
  const late = `"[[""hoo"",0.1,9]]"`;
  write(
    "songs.csv",
    `file,artist,mood,lyrics,words\nowls.opus,Owls,dark,hoo hoo,${words}\nnone.mp3,Nobody,,,\nplain.wav,,calm,hoo,${late}\n`,
  );
}
