/** What is left out of pasted lyrics. */

/** What was left out of a text. */
export type Kind =
  | "section names"
  | "repeat marks"
  | "chords"
  | "time stamps"
  | "song details"
  | "links"
  | "mentions"
  | "emoji"
  | "spoilers"
  | "code";

/** Collects what is left out. */
export type Dropped = Set<Kind>;
