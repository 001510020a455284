/** What nobody may find of an API token, behind its prefix and id. It may contain `_` itself. */
export function randomPart(secret: string): string {
  return secret.slice(`sct_${'0'.repeat(36)}_`.length);
}
