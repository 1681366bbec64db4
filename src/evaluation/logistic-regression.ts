/** Multinomial logistic regression on standardised features, by plain gradient descent. */

export interface LogisticRegression {
  readonly classes: readonly string[];
  /** Probability of each class. */
  probabilitiesOf(features: Float32Array): Float64Array;
  /** The likeliest class. */
  guess(features: Float32Array): string;
}

export interface Example {
  readonly features: Float32Array;
  readonly label: string;
}

export interface FitOptions {
  /** Weight of half the squared weights in the loss; the biases are free. */
  readonly l2?: number;
  readonly rate?: number;
  readonly steps?: number;
}

/** Starts from zero weights, so the same examples give the same classifier. */
export function fitLogisticRegression(
  examples: readonly Example[],
  { l2 = 0.01, rate = 0.2, steps = 300 }: FitOptions = {},
): LogisticRegression {
  const classes = [...new Set(examples.map(({ label }) => label))].sort();
  if (classes.length === 0) throw new Error("there are no examples to fit");
  const scale = scaling(examples.map(({ features }) => features));
  const inputs = examples.map(({ features }) => scale(features));
  const labels = examples.map(({ label }) => classes.indexOf(label));
  const width = inputs[0]!.length; // the last one is 1, for the bias
  const weights = new Float64Array(classes.length * width);
  const slopes = new Float64Array(weights.length);
  for (let step = 0; step < steps; step++) {
    for (let at = 0; at < slopes.length; at++) slopes[at] = at % width < width - 1 ? l2 * weights[at]! : 0;
    for (const [index, input] of inputs.entries()) {
      const shares = probabilities(weights, input);
      shares[labels[index]!]! -= 1;
      addOuter(slopes, shares, input, 1 / inputs.length);
    }
    for (let at = 0; at < weights.length; at++) weights[at]! -= rate * slopes[at]!;
  }
  const probabilitiesOf = (features: Float32Array): Float64Array => probabilities(weights, scale(features));
  return { classes, probabilitiesOf, guess: (features) => classes[highest(probabilitiesOf(features))]! };
}

/** Brings each feature to mean 0 and deviation 1 over the examples; what is further out counts as 5. A 1 comes last. */
function scaling(all: readonly Float32Array[]): (features: Float32Array) => Float64Array {
  const width = all[0]!.length;
  const [means, deviations] = [new Float64Array(width), new Float64Array(width)];
  for (const features of all) for (let at = 0; at < width; at++) means[at]! += features[at]! / all.length;
  for (const features of all)
    for (let at = 0; at < width; at++) deviations[at]! += (features[at]! - means[at]!) ** 2 / all.length;
  return (features) => {
    const scaled = new Float64Array(width + 1).fill(1);
    for (let at = 0; at < width; at++) {
      const deviation = Math.sqrt(deviations[at]!);
      const far = deviation < 1e-6 ? 0 : (features[at]! - means[at]!) / deviation;
      scaled[at] = Math.max(-5, Math.min(5, far));
    }
    return scaled;
  };
}

/** Of each class, a row of weights [classes, width]. */
function probabilities(weights: Float64Array, input: Float64Array): Float64Array {
  const width = input.length;
  const shares = new Float64Array(weights.length / width);
  let most = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < shares.length; row++) {
    let sum = 0;
    for (let at = 0; at < width; at++) sum += weights[row * width + at]! * input[at]!;
    shares[row] = sum;
    most = Math.max(most, sum);
  }
  let total = 0;
  for (let row = 0; row < shares.length; row++) {
    shares[row] = Math.exp(shares[row]! - most);
    total += shares[row]!;
  }
  for (let row = 0; row < shares.length; row++) shares[row]! /= total;
  return shares;
}

/** Adds factor · column · rowᵀ. */
function addOuter(into: Float64Array, column: Float64Array, row: Float64Array, factor: number): void {
  for (let y = 0; y < column.length; y++) {
    const scaled = factor * column[y]!;
    for (let x = 0; x < row.length; x++) into[y * row.length + x]! += scaled * row[x]!;
  }
}

const highest = (numbers: Float64Array): number =>
  numbers.reduce((best, one, at) => (one > numbers[best]! ? at : best), 0);
