/** A press of a score. Other presses are over with the conversation, and this one begins there. */
export function isRating(text: string): boolean {
  return /^\/rate \d/.test(text);
}
