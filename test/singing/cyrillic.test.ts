/** How Cyrillic words are said, against transcriptions that a Russian speaker would give in these phones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchLetters } from "../../src/singing/letters.ts";
import { allPhones, isVowel } from "../../src/singing/phones.ts";
import { pronounce, readWords } from "../../src/singing/pronounce.ts";
import { stressedVowel } from "../../src/singing/stress.ts";
import { seeded } from "../support/random.ts";

/** The phones of all words, one space between them, words apart by bars. */
const said = (text: string): string =>
  pronounce(text)
    .map(({ syllables }) => syllables.flatMap(({ phones }) => phones).join(" "))
    .join(" | ");

test("Russian words are said by Russian rules, not as their transliteration would be in English", () => {
  const words: Readonly<Record<string, string>> = {
    "где мне все тебе": "g d y eh | m n y eh | f s y eh | t ih b y eh",
    "что его кого сегодня": "sh t ao | y ih v ao | k ah v ao | s ih v ao d n y ax",
    "много дорого белого моего": "m n ao g ax | d ao r ax g ax | b y eh l ax v ax | m ax y ih v ao",
    "учиться смеётся": "uw ch iy t s ax | s m ih y ao t s ax",
    "любовь друг снег нож хлеб город": "l y uw b ao f | d r uw k | s n y eh k | n ao sh | hh l y eh p | g ao r ax t",
    "сделать отдать просьба вокзал всё": "z d y eh l ax t | ah d d aa t | p r ao z b ax | v ah g z aa l | f s y ao",
    "семья съезд вьюга бульон": "s y eh m y ax",
    "ёлка её ещё": "y ao l k ax | y ih y ao | y ih sh ao",
    "жизнь шёл цирк чай щука живу": "zh ih z n | sh ao l | t s ih r k | ch ay | sh uw k ax | zh ih v uw",
    "солнце сердце поздно честно счастье":
      "s ao n t s eh | s y eh r t s eh | p ao z n ax | ch eh s n ax | sh aa s t y eh",
    "молоко вода мама": "m ax l ah k ao | v ah d aa | m aa m ax",
    "мой моя твоей синий": "m oy | m ah y aa | t v ah y ey | s iy n iy",
  };
  for (const [text, phones] of Object.entries(words))
    assert.ok(said(text).startsWith(phones), `${text}: ${said(text)}`);
});

test("short words without a vowel are said with their neighbours, and keep their places in the text", () => {
  const text = "в лесу с ним, я б к 2";
  const words = pronounce(text);
  assert.deepEqual(
    words.map(({ from, to }) => text.slice(from, to)),
    ["в лесу", "с ним", "я б", "к 2"],
  );
  assert.equal(said(text), "v l ih s uw | s n iy m | y aa p | g d v aa");
  for (const { from, to } of pronounce("в ".repeat(500))) assert.ok(to - from <= 64, "however many there are");
  assert.equal(said("в поле"), "f p ao l y eh");
});

test("stress is taken from what is written, from known words, and else from the ends of words", () => {
  const stressed = (word: string): string => {
    const vowels = [...word].flatMap((letter, at) => ("аеёиоуыэюя".includes(letter) ? [at] : []));
    const at = vowels[stressedVowel(word)]!;
    return word.slice(0, at) + word[at]!.toUpperCase() + word.slice(at + 1);
  };
  for (const word of [
    "тебЯ",
    "дорОга",
    "мечтАть",
    "летАешь",
    "говорИт",
    "звездОй",
    "человЕк",
    "крАсная",
    "рАдость",
    "пришЁл",
    "глазАми",
  ])
    assert.equal(stressed(word.toLowerCase()), word);
  assert.equal(said("за\u0301мок"), "z aa m ax k");
  assert.equal(said("замо\u0301к"), "z ah m ao k");
});

test("Ukrainian and Belarusian are read by their own letters; letters in disguise are Cyrillic", () => {
  assert.equal(
    said("Ще не вмерла їжа, ґава і гай"),
    "sh ch eh | n eh | w m eh r l aa | y iy zh aa | g aa v aa | iy | hh ay",
  );
  assert.equal(said("път към съня"), "p ax t | k ax m | s ax n y aa");
  assert.equal(said("ў полі ты"), "w p ao l iy | t ih");
  assert.equal(said("Пpивeт"), said("Привет"));
});

test("words in scripts that no rule knows are told apart from those that are said", () => {
  const { words, unread } = readWords("love αγάπη любовь 愛 مرحبا ꙮꙮ");
  assert.deepEqual([words.length, unread], [2, ["αγάπη", "愛", "مرحبا", "ꙮꙮ"]]);
  assert.deepEqual(readWords("hmm shh Straße").unread, []);
});

test("letters stand for the phones that they write, Cyrillic ones too", () => {
  const phones = pronounce("солнце")[0]!.syllables.flatMap((syllable) => syllable.phones);
  const owners = matchLetters("солнце", phones);
  assert.equal(owners.map((owner, at) => `${"солнце"[at]}:${phones[owner]}`).join(" "), "с:s о:ao л:ao н:n ц:s е:eh");
});

test("every letter has a phone, even one that is longer in small letters", () => {
  const phones = pronounce("İstanbul")[0]!.syllables.flatMap((syllable) => syllable.phones);
  assert.equal(matchLetters("İstanbul", phones).length, 8);
});

test("any Cyrillic text becomes syllables of known phones, in order", () => {
  const letters = [..."абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў", " ", " ", "'", "\u0301", "-"];
  const random = seeded(11);
  for (let turn = 0; turn < 500; turn++) {
    const text = Array.from({ length: 40 }, () => letters[Math.floor(random() * letters.length)]!).join("");
    let end = 0;
    for (const { from, to, syllables } of pronounce(text)) {
      assert.ok(from >= end && to > from, text);
      end = to;
      for (const { phones, vowel } of syllables) {
        assert.ok(
          phones.every((phone) => allPhones.includes(phone)),
          text,
        );
        assert.deepEqual(
          phones.map(isVowel),
          phones.map((_, at) => at === vowel),
          text,
        );
      }
    }
  }
});
