/** Reading JSON that came over a wire: unknown until looked at. */

export type Fields = { readonly [key: string]: unknown };

export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** The JSON object in a frame, or nothing if it is none. */
export function parsed(bytes: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(bytes);
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
