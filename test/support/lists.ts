/** A few lines of the released name lists, as far as the spec tells their numbers (10.1, item 12), and a card that goes by them. */
import { type NameLists, readNameList } from "../../src/song/released-names.ts";
import type { Vocabulary } from "../../src/song/vocabulary.ts";

export const listFiles = {
  "v2_artists.txt": `unknown;0
various;0
;0
frank_sinatra;121
alan_jackson;145
the_beatles;278
c_line_dion;557
ella_fitzgerald;1042
zac_brown_band;1069
`,
  "v2_genres.txt": `unknown;0
blues;2
hip;3
hop;4
rock;8
jazz;9
country;11
pop;14
classic;51
r;17
b;18
`,
  "v3_artists.txt": `unknown;0
Ella Fitzgerald;1595
frank sinatra;3085
speaker;3675
céline dion;5220
alan jackson;6785
the beatles;7026
zac brown band;7169
speaker;7896
`,
  "v3_genres.txt": `unknown;0
hip hop;54
classic pop;134
r&b;219
jazz;230
jazz\u200e;231
blues rock;282
pop;497
country;507
country rock;546
`,
} as const;

const lists = (rule: "v2" | "v3"): NameLists => ({
  artists: readNameList(listFiles[`${rule}_artists.txt`], "artists"),
  genres: readNameList(listFiles[`${rule}_genres.txt`], "genres"),
});
export const releasedLists = { v2: lists("v2"), v3: lists("v3") };

const shared = { bands: [], sampleRate: 44_100, minSeconds: 6, maxSeconds: 590, lists: releasedLists };

/** As 1b_lyrics is: v3 on top, v2 below. */
export const card1b: Vocabulary = {
  ...shared,
  artists: [
    "unknown",
    "ella fitzgerald",
    "frank sinatra",
    "céline dion",
    "alan jackson",
    "the beatles",
    "zac brown band",
  ],
  genres: ["unknown", "hip hop", "classic pop", "r&b", "jazz", "blues rock", "pop", "country", "country rock"],
  rules: ["v2", "v2", "v3"],
  lyrics: "v3",
  whole: { minSeconds: 17.84, maxSeconds: 600 },
};

/** As 5b_lyrics is: v2 throughout. */
export const card5b: Vocabulary = {
  ...shared,
  artists: [
    "unknown",
    "frank sinatra",
    "alan jackson",
    "the beatles",
    "c line dion",
    "ella fitzgerald",
    "zac brown band",
  ],
  genres: ["unknown", "blues", "hip", "hop", "rock", "jazz", "country", "pop", "classic", "r", "b"],
  rules: ["v2", "v2", "v2"],
  lyrics: "v2",
  whole: { minSeconds: 23.8, maxSeconds: 600 },
};
