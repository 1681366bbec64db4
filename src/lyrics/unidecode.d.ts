/** What is used of the library `unidecode`, which comes without types. */
declare module "unidecode" {
  export default function unidecode(text: string): string;
}
