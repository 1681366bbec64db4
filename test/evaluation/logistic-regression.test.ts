/** The classifier finds the bottom of its loss, tells what can be told apart, and no more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Example, fitLogisticRegression } from "../../src/evaluation/logistic-regression.ts";
import { seeded } from "../support/random.ts";

/** Clouds around a place of their own, one feature the same for all. */
function clouds(random: () => number, count: number, spread: number): Example[] {
  const places = { low: [0, 300], middle: [4, 0], high: [9, 200] };
  return Object.entries(places).flatMap(([label, [x, y]]) =>
    Array.from({ length: count }, () => ({
      label,
      features: Float32Array.of(x! + spread * (random() - 0.5), y! + 50 * spread * (random() - 0.5), 7),
    })),
  );
}

test("clouds that lie apart are told apart, those not learned from too", () => {
  const learned = fitLogisticRegression(clouds(seeded(1), 20, 2));
  assert.deepEqual(learned.classes, ["high", "low", "middle"]);
  for (const { features, label } of clouds(seeded(2), 30, 2)) assert.equal(learned.guess(features), label);
});

test("where classes overlap, probabilities are as far from sure as the shares are", () => {
  const random = seeded(3);
  const examples = Array.from({ length: 400 }, (_, at) => ({
    features: Float32Array.of(at % 2),
    label: random() < (at % 2 ? 0.8 : 0.3) ? "yes" : "no",
  }));
  const learned = fitLogisticRegression(examples, { l2: 0, steps: 3000 });
  for (const value of [0, 1]) {
    const there = examples.filter(({ features }) => features[0] === value);
    const share = there.filter(({ label }) => label === "yes").length / there.length;
    assert.ok(Math.abs(learned.probabilitiesOf(Float32Array.of(value))[1]! - share) < 1e-3);
  }
});

test("at the end the loss with its L2 term has no slope left", () => {
  const examples = clouds(seeded(5), 10, 12);
  const l2 = 0.1;
  const learned = fitLogisticRegression(examples, { l2, steps: 4000 });
  // the loss has no slope when, for each class, l2 · weight = mean of (truth − probability) · feature: weights are read
  // back from log-odds, and compared with that mean
  for (const feature of [0, 1]) {
    const values = examples.map(({ features }) => features[feature]!);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length);
    const base = examples[0]!.features;
    const moved = base.map((one, at) => (at === feature ? one + 0.1 * deviation : one));
    const slopes = learned.classes.map((name, row) =>
      examples.reduce(
        (sum, { features, label }) =>
          sum +
          ((Number(label === name) - learned.probabilitiesOf(features)[row]!) * (features[feature]! - mean)) /
            deviation,
        0,
      ),
    );
    for (const row of [1, 2]) {
      const odds = (features: Float32Array): number =>
        Math.log(learned.probabilitiesOf(features)[row]! / learned.probabilitiesOf(features)[0]!);
      const weight = (odds(moved) - odds(base)) / 0.1;
      assert.ok(Math.abs(l2 * weight - (slopes[row]! - slopes[0]!) / examples.length) < 1e-4);
    }
  }
});

test("the same examples give the same classifier, and none are refused", () => {
  const [a, b] = [0, 1].map(() => fitLogisticRegression(clouds(seeded(7), 5, 9)));
  assert.deepEqual(a!.probabilitiesOf(Float32Array.of(3, 100, 7)), b!.probabilitiesOf(Float32Array.of(3, 100, 7)));
  assert.throws(() => fitLogisticRegression([]), /no examples/);
});
