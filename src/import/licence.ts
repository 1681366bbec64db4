/** What the licence of the released weights asks for, in our own words: printed once, and kept beside the weights. */

export const LICENCE_FILE = "LICENCE-OF-THE-WEIGHTS.txt";

export const LICENCE = `The Jukebox weights were released by OpenAI under a licence for noncommercial use only. In our own words, which do not
replace it: neither the weights, nor what is made from them, nor any sound created with them may be used commercially,
sold, or be part of something that is sold; who passes the weights on passes this on with them; and nobody warrants
anything. The licence itself is the file LICENSE of the repository openai/jukebox: read it before you use the weights.
Music that this program makes with other models, trained without these weights, is not concerned.
`;
