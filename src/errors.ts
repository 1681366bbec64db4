/** The one error a user is shown: what was wrong, and what to do about it. */

/** Something the user can mend; its message is shown word for word. Anything else thrown is a bug and is logged. */
export class UserError extends Error {
  override readonly name = "UserError";
}
