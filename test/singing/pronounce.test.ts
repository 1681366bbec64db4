/** Words to syllables, and letters to phones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchLetters } from "../../src/singing/letters.ts";
import { endlessWord, pronounce, rhymeOf, syllablesOf } from "../../src/singing/pronounce.ts";
import { seeded } from "../support/random.ts";

/** "s ih-l v er" with the vowels that are stressed in capitals. */
const written = (word: string) =>
  syllablesOf(word)
    .map(({ phones, vowel, stressed }) =>
      phones.map((phone, at) => (stressed && at === vowel ? phone.toUpperCase() : phone)).join(" "),
    )
    .join("-");

test("words fall into syllables as English does", () => {
  assert.equal(written("silver"), "s IH l-v er");
  assert.equal(written("constrain"), "k ax n-s t r EY n");
  assert.equal(written("extra"), "EH k-s t r ax");
  assert.equal(written("singing"), "s IH ng-ih ng");
  assert.equal(written("the"), "dh ax");
});

test("a text's words keep their places; what can't be read is left out", () => {
  const text = "Don't stop — Γεια, Привет, 7 stars!";
  assert.deepEqual(
    pronounce(text).map(({ from, to }) => text.slice(from, to)),
    ["Don't", "stop", "Привет", "7", "stars"],
  );
});

test("words that no dictionary has are read by rules", () => {
  assert.equal(written("blorptastic"), "b l AO r p-t ae-s t ih k");
});

test("endless words are nobody's, whatever signs hold them together", () => {
  for (const endless of ["ab".repeat(33), "a'".repeat(40), "7".repeat(65), "愛".repeat(65)]) {
    assert.equal(endlessWord(`la ${endless} la`), endless);
    assert.equal(pronounce(`la ${endless} la`).length, 2);
  }
  assert.equal(endlessWord("la ".repeat(2000)), undefined);
  assert.equal(endlessWord("ab".repeat(32)), undefined);
});

test("every letter has a phone, and both go on in order", () => {
  const random = seeded(5);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  for (let round = 0; round < 200; round++) {
    const word = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick([..."aeksthrwyn"])).join("");
    const phones = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      pick(["ae", "iy", "er", "k", "s", "th", "n"]),
    );
    const owners = matchLetters(word, phones);
    assert.equal(owners.length, word.length);
    assert.ok(
      owners.every((owner, at) => owner < phones.length && owner >= (owners[at - 1] ?? 0)),
      `${word} ${owners}`,
    );
  }
});

test("words rhyme from their last stressed vowel on", () => {
  assert.equal(rhymeOf("wonder"), rhymeOf("thunder"));
  assert.notEqual(rhymeOf("wonder"), rhymeOf("wander"));
});

test("letters stand for the phones that they spell", () => {
  const spelled = (word: string) => {
    const phones = syllablesOf(word).flatMap((syllable) => syllable.phones);
    return matchLetters(word, phones)
      .map((owner, at) => `${word[at]}:${phones[owner]}`)
      .join(" ");
  };
  assert.equal(spelled("through"), "t:th h:th r:r o:r u:uw g:uw h:uw");
  assert.equal(spelled("knife"), "k:n n:n i:ay f:f e:f");
  assert.equal(spelled("machine"), "m:m a:ax c:sh h:sh i:iy n:n e:n");
  assert.equal(spelled("stopped"), "s:s t:t o:aa p:aa p:p e:p d:t");
});
