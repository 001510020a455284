/** Buttons that send a message of the customer. The id of such a button is `say TEXT`. Pure. */

const SAY = 'say ';

export function sayingId(text: string): string {
  return `${SAY}${text}`;
}

/** The message that pressing the button sends. Undefined for the button of a command. */
export function saidBy(id: string): string | undefined {
  return id.startsWith(SAY) ? id.slice(SAY.length).trim() || undefined : undefined;
}
